// SPDX-License-Identifier: BSL-1.0
#pragma once

// The environment of tasks: the user's, without what says that this process is a rank; and the cores of the whole job.

#include <sched.h>

#include <string>
#include <vector>

namespace farm {

class Environment {
 public:
  /// Of this process. Call it before cohort::Session.
  Environment();

  /// A variable that every task gets, or that the next one does.
  void set(const std::string& name, const std::string& value);
  /// For execve; it holds until the next set().
  char* const* pointers();

 private:
  std::vector<std::string> variables_;
  std::vector<char*> pointers_;
};

/// Says that this process is one of many: mpirun's, PMIx's, Slurm's.
bool is_of_a_rank(const std::string& variable);

/// Those that the launcher may use: ranks are bound to some of them, tasks are not.
cpu_set_t cores_of_launcher();

}  // namespace farm
