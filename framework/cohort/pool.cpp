// SPDX-License-Identifier: BSL-1.0
#include "cohort/pool.hpp"

#include "cohort/process/child.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {

Pool::Pool(const PoolOptions& options) {
  PoolSpec spec;
  spec.in_children = runs_in_child(options.isolation);
  if (options.max_tasks_per_child < 0)
    throw std::invalid_argument("max_tasks_per_child is " + std::to_string(options.max_tasks_per_child) +
                                "; 0 is no limit");
  if (options.max_tasks_per_child != 0 && !spec.in_children)
    throw UsageError(
        "max_tasks_per_child needs Isolation::child: a rank's tasks share one operating system process");
  spec.tasks_per_child = options.max_tasks_per_child;
  if (options.processes != 0) spec.parties = options.processes;
  spec.initializer = options.initializer.encoded();
  reference_ = open_pool(spec, typeid(Pool).name());
}

Pool::Pool(int processes) {
  const PoolSpec spec = {.parties = processes, .in_children = runs_in_child(Isolation::rank)};
  reference_ = open_pool(spec, typeid(Pool).name());
}

Pool::~Pool() {
  if (!current_window.open()) return;
  try {
    close_pool(reference_, unwinding_here());
    if (!unwinding_here()) join_pool(reference_);
  } catch (const std::exception& error) {
    log_error(std::string("a Pool could not be joined: ") + error.what());
  }
}

}  // namespace cohort
