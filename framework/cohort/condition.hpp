// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <limits>

#include "cohort/lock.hpp"

namespace cohort {

/// A lock, and a queue of those who wait until another one has changed what it guards. Python:
/// `Condition(lock)`. A handle, as List is; it holds its lock, and is one itself (std::scoped_lock works):
///
///     std::scoped_lock held(condition);            std::scoped_lock held(condition);
///     condition.wait([&] { return !l.empty(); });  l.append(3);
///     int x = l.pop();                             condition.notify();
///
/// First in, first out, no wake-up is lost, and nobody wakes without a notification.
class Condition : public Handle {
 public:
  static constexpr Word kKind = make_kind(ObjectKind::condition, 0, 0);
  Condition() = default;
  explicit Condition(Reference reference) : Handle(std::move(reference)) {}

  // Those of its lock.
  void lock(CallSite where = CallSite::current()) const { lock_until(std::nullopt, where); }
  bool try_lock() const;
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return lock_until(deadline_in(timeout), where);
  }
  template <class Clock, class Duration>
  bool try_lock_until(std::chrono::time_point<Clock, Duration> time,
                      CallSite where = CallSite::current()) const {
    return try_lock_for(time - Clock::now(), where);
  }
  void unlock() const;

  /// Frees the lock (an RLock: altogether), blocks until notified, and takes the lock as it was; meanwhile the
  /// rank may run another Process. Throws UsageError where this thread does not hold the lock.
  void wait(CallSite where = CallSite::current()) const { wait_until(std::nullopt, where); }
  /// False: the time was over, and nobody had notified it. The lock is taken again in any case.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return wait_until(deadline_in(timeout), where);
  }
  /// Waits again until predicate() is true, which is asked with the lock held, and first of all at once.
  template <class Predicate>
    requires std::is_invocable_r_v<bool, Predicate&>
  void wait(Predicate predicate, CallSite where = CallSite::current()) const {
    while (!predicate()) wait(where);
  }
  /// The predicate's last answer; false: the time was over. Python: wait_for.
  template <class Rep, class Period, class Predicate>
    requires std::is_invocable_r_v<bool, Predicate&>
  bool wait(std::chrono::duration<Rep, Period> timeout, Predicate predicate,
            CallSite where = CallSite::current()) const {
    const Deadline deadline = deadline_in(timeout);
    while (!predicate()) {
      if (!wait_until(deadline, where)) return predicate();
    }
    return true;
  }

  /// Lets go the n that have waited longest, or as many as there are. They go on once the lock is free.
  /// Throws UsageError where this thread does not hold the lock, std::invalid_argument where n is negative.
  void notify(std::ptrdiff_t n = 1) const;
  void notify_all() const { notify(std::numeric_limits<std::ptrdiff_t>::max()); }

 private:
  bool lock_until(Deadline deadline, CallSite where) const;
  bool wait_until(Deadline deadline, CallSite where) const;
};

namespace detail {
/// Throws UsageError where the lock's handle is empty.
Condition make_condition(const Handle& lock, Word creator);
}  // namespace detail

}  // namespace cohort
