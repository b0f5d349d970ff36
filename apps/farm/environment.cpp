// SPDX-License-Identifier: BSL-1.0
#include "environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace farm {

bool is_of_a_rank(const std::string& variable) {
  // Of OMPI_MCA_ those stay that a user has set for an MPI program, which a task may be.
  static constexpr std::array<std::string_view, 29> kBeginnings = {"PMIX_",
                                                                   "PMI_",
                                                                   "OMPI_COMM_WORLD_",
                                                                   "OMPI_MCA_orte_",
                                                                   "OMPI_MCA_ess",
                                                                   "OMPI_MCA_pmix",
                                                                   "OMPI_MCA_initial_",
                                                                   "OMPI_MCA_mpi_oversubscribe",
                                                                   "OMPI_MCA_shmem_RUNTIME_",
                                                                   "OMPI_UNIVERSE_SIZE",
                                                                   "OMPI_COMMAND",
                                                                   "OMPI_ARGV",
                                                                   "OMPI_NUM_APP_CTX",
                                                                   "OMPI_FIRST_RANKS",
                                                                   "OMPI_APP_CTX_NUM_PROCS",
                                                                   "OMPI_FILE_LOCATION",
                                                                   "SLURM_PROCID",
                                                                   "SLURM_LOCALID",
                                                                   "SLURM_NODEID",
                                                                   "SLURM_GTIDS",
                                                                   "SLURM_TASK_PID",
                                                                   "SLURM_STEP",
                                                                   "SLURM_LAUNCH_NODE_IPADDR",
                                                                   "SLURM_SRUN_COMM_",
                                                                   "SLURM_CPU_BIND",
                                                                   "SLURM_DISTRIBUTION",
                                                                   "SLURM_MPI_TYPE",
                                                                   "SLURM_PMIX",
                                                                   "FARM_"};
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view beginning) { return variable.starts_with(beginning); });
}

Environment::Environment() {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_of_a_rank(*variable)) variables_.emplace_back(*variable);
  }
}

void Environment::set(const std::string& name, const std::string& value) {
  const std::string beginning = name + "=";
  const auto found =
      std::ranges::find_if(variables_, [&](const auto& one) { return one.starts_with(beginning); });
  if (found == variables_.end()) {
    variables_.push_back(beginning + value);
  } else {
    *found = beginning + value;
  }
}

char* const* Environment::pointers() {
  pointers_.clear();
  for (std::string& variable : variables_) pointers_.push_back(variable.data());
  pointers_.push_back(nullptr);
  return pointers_.data();
}

cpu_set_t cores_of_launcher() {
  cpu_set_t mine = {};
  cpu_set_t launchers = {};
  ::sched_getaffinity(0, sizeof mine, &mine);
  if (::sched_getaffinity(::getppid(), sizeof launchers, &launchers) != 0) return mine;
  // (A parent that is elsewhere, as srun's daemon, may be bound as it likes.)
  CPU_OR(&launchers, &launchers, &mine);
  return launchers;
}

}  // namespace farm
