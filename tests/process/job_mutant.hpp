// SPDX-License-Identifier: BSL-1.0
#pragma once

// The scheduled window with one seeded defect: what jobs and pools would do if their author had erred in one
// place. And a witness of how often, and when, a job ends.

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "cohort/process/pool_core.hpp"
#include "support/scheduled_access.hpp"

namespace cohort::test {

enum class JobDefect {
  none,
  stands_up_without_a_look,  // into the list, for what came meanwhile
  sits_in_two_steps,         // a load and a store instead of a compare-exchange
  claims_in_two_steps,       // the same, where a share is claimed
  drops_in_two_steps,
  drops_at_the_back,             // of a job with two ends, where a task has failed
  counts_in_two_steps,           // what is done
  counts_before_it_tells,        // the error, which is written after its task was counted
  looks_for_waiters_before_end,  // of any job, and only then stores the state
  any_waiter_does_not_register,  // before it looks whether a job has ended
  wakes_nobody,
  removes_without_a_second_look,  // under the latch
};

/// What the mutants of a run share.
struct JobWitness {
  struct Seen {
    Address job;
    Address body;
  };
  JobDefect defect = JobDefect::none;
  Address pool = {};
  std::vector<Seen> jobs = {};
  std::function<void(Address)> on_end = {};  // as a job's state leaves 0
};
inline JobWitness* witness = nullptr;

class JobMutantAccess : public ScheduledAccess {
 public:
  /// What an actor does wrongly in the middle of.
  struct Doing {
    bool stood_up = false;
    bool looked = false;
    Word seen = 0;
    int registered = 0;
    bool listed = false;
  };
  JobMutantAccess(Schedule& schedule, Doing& doing) : ScheduledAccess(schedule), doing_(&doing) {}

  std::uint64_t load(Address a) const {
    if (is(JobDefect::stands_up_without_a_look) && a == own_field(witness->pool, 2) &&
        std::exchange(doing_->stood_up, false))
      return 0;
    if (is(JobDefect::looks_for_waiters_before_end) && a == kAnyWaiters &&
        std::exchange(doing_->looked, false))
      return doing_->seen;
    if (is(JobDefect::removes_without_a_second_look) && job_with(own_field(Address(), 5), a)) {
      if (std::exchange(doing_->listed, false)) return 1;
      const Word seen = ScheduledAccess::load(a);
      doing_->listed = seen != 0;
      return seen;
    }
    return ScheduledAccess::load(a);
  }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const {
    if (witness != nullptr && a == own_field(witness->pool, 4) && value == ~Word{0}) doing_->stood_up = true;
    if (is(JobDefect::looks_for_waiters_before_end) && is_body(a, Core::kDone)) {
      doing_->seen = ScheduledAccess::load(kAnyWaiters);
      doing_->looked = true;
    }
    if (is(JobDefect::counts_in_two_steps) && is_body(a, Core::kDone))
      return in_two_steps(a, [=](Word before) { return before + value; });
    if (is(JobDefect::any_waiter_does_not_register) && a == kAnyWaiters) {
      if (value == 1 && doing_->registered++ == 0) return 0;
      if (value == ~Word{0} && --doing_->registered == 0) return 0;
    }
    return ScheduledAccess::fetch_add(a, value);
  }
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
    const bool claims = is_body(a, Core::kClaimed);
    const bool wrong = (is(JobDefect::sits_in_two_steps) && a == own_field(witness->pool, 4)) ||
                       (is(JobDefect::claims_in_two_steps) && claims && desired != kAllDropped) ||
                       (is(JobDefect::drops_in_two_steps) && claims && desired == kAllDropped);
    if (!wrong) {
      const bool changed = ScheduledAccess::compare_exchange(a, expected, desired);
      const auto job = job_with(own_field(Address(), 0), a);
      if (changed && job && desired != 0 && witness->on_end) witness->on_end(job->job);
      return changed;
    }
    const Word seen = ScheduledAccess::load(a);
    if (seen == expected) ScheduledAccess::store(a, desired);
    return std::exchange(expected, seen) == seen;
  }
  void wake(Address a, int count) const {
    if (!is(JobDefect::wakes_nobody)) ScheduledAccess::wake(a, count);
  }

 private:
  using Core = JobCore<JobMutantAccess>;
  static constexpr Address kAnyWaiters =
      header_field(COHORT_FIELD(WindowHeader, any_done)) + COHORT_FIELD(WaitWord, waiters);

  static bool is(JobDefect defect) { return witness != nullptr && witness->defect == defect; }
  // The job whose word this is.
  static const JobWitness::Seen* job_with(Address field, Address a) {
    if (witness == nullptr) return nullptr;
    for (const auto& seen : witness->jobs) {
      if (a == seen.job + field.bits()) return &seen;
    }
    return nullptr;
  }
  static bool is_body(Address a, std::size_t field) {
    return witness != nullptr && std::any_of(witness->jobs.begin(), witness->jobs.end(),
                                             [&](const auto& seen) { return a == seen.body + field; });
  }
  template <class Change>
  std::uint64_t in_two_steps(Address a, Change change) const {
    const Word before = ScheduledAccess::load(a);
    ScheduledAccess::store(a, change(before));
    return before;
  }

  Doing* doing_;
};

}  // namespace cohort::test
