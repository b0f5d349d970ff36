// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>

#include "cohort/lock.hpp"
#include "cohort/sync/semaphore_core.hpp"

namespace cohort {

/// A number of units that all ranks take and give back. Python: `Semaphore(n)`. Anybody may release.
/// A handle, as List is. Holds at most 2^31 - 1 units.
class Semaphore : public Handle {
  // Before its first use: its return type is deduced.
  template <class Work>
  decltype(auto) with(Work&& work) const {
    const Address at = object("Semaphore");
    return with_heap(
        [&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(SemaphoreCore<A>(heap, at)); });
  }

 public:
  static constexpr Word kKind = make_kind(ObjectKind::semaphore, 0, 0);
  Semaphore() = default;
  explicit Semaphore(Reference reference) : Handle(std::move(reference)) {}

  /// Takes a unit. Blocks while there is none: looks for a while, then sleeps, and the rank may run
  /// another Process. Whoever has slept and is overtaken by a later one goes next.
  void acquire(CallSite where = CallSite::current()) const {
    if (!try_acquire()) [[unlikely]]
      wait_for_it(std::nullopt, where);
  }
  /// False: there is none. Does not block.
  bool try_acquire() const {
    return with([](const auto& core) { return core.try_acquire(); });
  }
  /// Blocks for at most `timeout`. False: there was none.
  template <class Rep, class Period>
  bool try_acquire_for(std::chrono::duration<Rep, Period> timeout,
                       CallSite where = CallSite::current()) const {
    return try_acquire() || wait_for_it(deadline_in(timeout), where);
  }
  template <class Clock, class Duration>
  bool try_acquire_until(std::chrono::time_point<Clock, Duration> time,
                         CallSite where = CallSite::current()) const {
    return try_acquire_for(time - Clock::now(), where);
  }
  /// Gives n units, at once. Throws std::invalid_argument where n is not positive, or there would be too
  /// many; nothing was changed then.
  void release(std::ptrdiff_t n = 1) const;

 private:
  [[gnu::noinline]] bool wait_for_it(Deadline deadline, CallSite where) const {
    const WaitSite site(where);
    return with([deadline](const auto& core) { return core.acquire(deadline); });
  }
};

/// A Semaphore that never has more units than it was made with: release() throws std::invalid_argument.
/// Python: `BoundedSemaphore(n)`.
class BoundedSemaphore : public Semaphore {
 public:
  BoundedSemaphore() = default;
  explicit BoundedSemaphore(Reference reference) : Semaphore(std::move(reference)) {}
};

namespace detail {
/// Throw std::invalid_argument where n is negative or above 2^31 - 1.
Semaphore make_semaphore(std::ptrdiff_t n, Word creator);
BoundedSemaphore make_bounded_semaphore(std::ptrdiff_t n, Word creator);
}  // namespace detail

}  // namespace cohort
