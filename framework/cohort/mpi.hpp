// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/mpi/communicator.hpp>

#include "cohort/session.hpp"

namespace cohort {

/// Collective. A communicator over the session's ranks for the program's own MPI, apart from Cohort's.
/// It must be gone before the Session is. Wrap calls that wait in cohort::blocking.
boost::mpi::communicator communicator(const Session& session);

}  // namespace cohort
