// SPDX-License-Identifier: BSL-1.0
#include "cohort/pool.hpp"

#include "cohort/process/runner.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {

Pool::Pool(const PoolOptions& options) {
  if (options.isolation == Isolation::child)
    throw UsageError("a Pool's tasks run in ranks in this version of Cohort; leave isolation at rank");
  if (options.max_tasks_per_child != 0)
    throw UsageError(
        "max_tasks_per_child needs Isolation::child: a rank's tasks share one operating system process");
  reference_ = make(options.processes == 0 ? std::nullopt : std::optional(options.processes),
                    options.initializer.encoded());
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

Reference Pool::make(std::optional<int> processes, const Encoded& initializer) {
  return open_pool(processes, initializer, typeid(Pool).name());
}

}  // namespace cohort
