// SPDX-License-Identifier: BSL-1.0
#include "cohort/mpi.hpp"

#include "cohort/process/child.hpp"
#include "cohort/session/runtime.hpp"

namespace cohort {

boost::mpi::communicator communicator(const Session&) {
  refuse_in_child("communicator()");
  return {Runtime::current()->launch().communicator(), boost::mpi::comm_duplicate};
}

}  // namespace cohort
