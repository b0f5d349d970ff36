// SPDX-License-Identifier: BSL-1.0
#pragma once

// Activity: what the threads of this rank do, told for COHORT_REPORT.
//
// The clock is read only where a thread begins or ends a Process, its part of a job or a wait in which it sleeps, never
// for a task of a chunk, a wait that ends while it spins, or a latch that is free. Without COHORT_REPORT each of these
// places costs a branch.

#include "cohort/process/rank_times.hpp"

namespace cohort {

/// Set while one thread runs, at the session's start and end.
inline bool report_on = false;

/// From now on; the calling thread is the rank's main.
void begin_report();
/// Until now, when no other thread of this rank uses the session any more.
RankReport end_report();

/// Tasks that this rank has done.
void count_tasks(std::uint64_t count) noexcept;

/// What this thread does, for a scope.
class Doing {
 public:
  explicit Doing(Activity what) noexcept {
    if (report_on) [[unlikely]]
      begin(what);
  }
  ~Doing() {
    if (told_) [[unlikely]]
      end();
  }
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

 private:
  void begin(Activity what) noexcept;
  void end() noexcept;

  bool told_ = false;
  Activity before_ = Activity::none;
};

namespace detail {
void tell_block(WaitKind what) noexcept;
void tell_unblock(WaitKind what) noexcept;
}  // namespace detail

/// This thread begins to wait.
inline void report_block(WaitKind what) noexcept {
  if (report_on) [[unlikely]]
    detail::tell_block(what);
}
/// It goes on.
inline void report_unblock(WaitKind what) noexcept {
  if (report_on) [[unlikely]]
    detail::tell_unblock(what);
}

}  // namespace cohort
