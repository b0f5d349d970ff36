// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/launch.hpp"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <cstdlib>
#include <iostream>

#include "cohort/error.hpp"
#include "cohort/window/cores.hpp"
#include "cohort/window/mpi_check.hpp"
#include "cohort/window/threads.hpp"

namespace cohort {
namespace {

// Before 4.1.5, osc/rdma crashes in a 64-bit Compare_and_swap on one node (open-mpi/ompi pull request 10513).
bool osc_rdma_crashes() {
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(version, &length);
  int major = 0, minor = 0, patch = 0;
  return std::sscanf(version, "Open MPI v%d.%d.%d", &major, &minor, &patch) == 3 &&
         major * 10000 + minor * 100 + patch < 40105;
}

// Open MPI reads its settings from the environment when it starts; what the user has set stays.
void prepare_environment() {
  if (osc_rdma_crashes()) ::setenv("OMPI_MCA_osc", "^rdma", 0);
  const char* local_ranks = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (local_ranks == nullptr) {
    ::setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);  // without mpirun: no helper daemon is needed
  } else if (std::atoi(local_ranks) >
             std::min(static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)), cgroup_cores())) {
    ::setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);  // more ranks than cores: MPI's waits must yield
  }
}

}  // namespace

void check_mpi(int code, const char* routine) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw MpiError(routine, code, text);
}

Launch::Launch(int& argc, char**& argv) {
  int running = 0;
  MPI_Initialized(&running);
  int threads = MPI_THREAD_SINGLE;
  if (running != 0) {
    MPI_Query_thread(&threads);
  } else {
    prepare_environment();
    const bool alone = thread_count(::getpid()) == 1;
    check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &threads), "MPI_Init_thread");
    if (const auto now = thread_count(::getpid()); alone && now) mpi_threads_ = *now - 1;
    started_here_ = true;
  }
  MPI_Comm own = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &own), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  communicator_ = std::make_unique<boost::mpi::communicator>(own, boost::mpi::comm_take_ownership);
  rank_ = communicator_->rank();
  size_ = communicator_->size();
  agree(
      threads == MPI_THREAD_MULTIPLE
          ? ""
          : "this MPI gives no MPI_THREAD_MULTIPLE; ask for it in MPI_Init_thread, or let Cohort start MPI");

  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(own, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  int node_size = 0;
  MPI_Comm_size(node, &node_size);
  MPI_Comm_free(&node);
  one_node_ = boost::mpi::all_reduce(*communicator_, node_size, boost::mpi::minimum<int>()) == size_;

  std::string mask;
  for (const auto& other : gather(affinity_mask())) mask = union_of_masks(mask, other);
  cores_ = std::min(cores_of(mask), cgroup_cores());
}

bool Launch::rma_crashes() const {
  const char* chosen = std::getenv("OMPI_MCA_osc");
  const std::string osc = chosen != nullptr ? chosen : "";
  const bool named = osc.find("rdma") != std::string::npos;
  return size_ > 1 && osc_rdma_crashes() && (osc.empty() || named != osc.starts_with('^'));
}

Launch::~Launch() {
  communicator_.reset();
  if (started_here_) MPI_Finalize();
}

std::vector<std::string> Launch::gather(const std::string& text) const {
  std::vector<std::string> all;
  boost::mpi::all_gather(*communicator_, text, all);
  return all;
}

void Launch::agree(const std::string& problem) const {
  for (const auto& text : gather(problem)) {
    if (text.empty()) continue;
    if (rank_ == 0) std::cerr << "cohort: LaunchError: " + text + "\n" << std::flush;
    communicator_->barrier();  // said before the first rank ends, which may end them all
    throw LaunchError(text);
  }
}

std::string Launch::broadcast(std::string text) const {
  boost::mpi::broadcast(*communicator_, text, 0);
  return text;
}

void Launch::barrier() const { communicator_->barrier(); }

void Launch::abort(int code) noexcept {
  int running = 0;
  int ended = 0;
  MPI_Initialized(&running);
  MPI_Finalized(&ended);
  if (running != 0 && ended == 0) MPI_Abort(MPI_COMM_WORLD, code);
  ::_exit(code);
}

}  // namespace cohort
