// SPDX-License-Identifier: BSL-1.0
// Histories of Lock, RLock, Semaphore and Event, judged as objects_history.hpp says. Who waits does so for moments,
// so that no burst can come to a standstill.
#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "api/objects_history.hpp"

namespace cohort::test {
namespace {

constexpr auto kMoment = std::chrono::microseconds(20);
bool waits(const Call& call) { return call.key == 0; }

template <class L>
struct LockSubject {
  using Object = L;
  // The owner, 0 where it is free, and how often beyond the first it was taken.
  using Model = std::pair<std::int32_t, int>;
  static constexpr int kOperations = 6;
  static constexpr bool kAgain = std::is_same_v<L, RLock>;

  static void reset(const Object&) {}
  static void leave(const Object& lock) {
    try {
      for (;;) lock.unlock();
    } catch (const UsageError&) {
    }
  }
  static std::int64_t perform(const Object& lock, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        return lock.try_lock() ? 1 : 0;
      case 2:
        return (waits(call) ? lock.try_lock_for(kMoment) : lock.try_lock()) ? 1 : 0;
      case 3:
        return lock.locked() ? 1 : 0;
      default:
        lock.unlock();
        return 0;
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    auto& [owner, more] = model;
    const std::int32_t me = call.party + 1;
    switch (call.operation) {
      case 0:
      case 1:
      case 2:
        if (owner == me && !kAgain) return call.operation == 2 && waits(call) ? kRefused : 0;
        if (owner == me) ++more;
        if (owner == 0) owner = me;
        return owner == me ? 1 : 0;
      case 3:
        return owner != 0 ? 1 : 0;
      default:
        if (owner != me) return kRefused;
        if (more-- == 0) model = {};
        return 0;
    }
  }
};

struct SemaphoreSubject {
  using Object = Semaphore;
  using Model = std::int64_t;  // units
  static constexpr int kOperations = 4;
  static void reset(const Object& semaphore) {
    while (semaphore.try_acquire()) {
    }
  }
  static std::int64_t perform(const Object& semaphore, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        return semaphore.try_acquire() ? 1 : 0;
      case 2:
        return (waits(call) ? semaphore.try_acquire_for(kMoment) : semaphore.try_acquire()) ? 1 : 0;
      default:
        semaphore.release(call.key);  // none of them: refused
        return 1;
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    if (call.operation < 3) return model > 0 && --model >= 0 ? 1 : 0;
    model += call.key;
    return call.key > 0 ? 1 : kNone;
  }
};

struct EventSubject {
  using Object = Event;
  using Model = bool;
  static constexpr int kOperations = 4;
  static void reset(const Object& event) { event.clear(); }
  static std::int64_t perform(const Object& event, const Call& call) {
    switch (call.operation) {
      case 0:
        event.set();
        return 0;
      case 1:
        event.clear();
        return 0;
      case 2:
        return event.is_set() ? 1 : 0;
      default:
        return (waits(call) ? event.wait(kMoment) : event.is_set()) ? 1 : 0;
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    if (call.operation >= 2) return model ? 1 : 0;
    model = call.operation == 0;
    return 0;
  }
};

// What the judge is to find.

template <class L>
struct TwoOwners : LockSubject<L> {
  static std::int64_t perform(const L& lock, const Call& call) {
    const std::int64_t result = LockSubject<L>::perform(lock, call);
    return call.operation == 0 ? 1 : result;
  }
};
struct OneUnitTooFew : SemaphoreSubject {
  static std::int64_t perform(const Object& semaphore, Call call) {
    if (call.operation == 3 && call.key == 2) call.key = 1;
    return SemaphoreSubject::perform(semaphore, call);
  }
};
// Whoever looks sees what it saw when it looked before.
struct LooksIntoThePast : EventSubject {
  static std::int64_t perform(const Object& event, const Call& call) {
    thread_local std::int64_t before = 0;
    const std::int64_t result = EventSubject::perform(event, call);
    return call.operation == 2 ? std::exchange(before, result) : result;
  }
};

TEST(SynchronizersLinearizable, Lock) { expect_linearizable<LockSubject<Lock>>(repetitions(1'500)); }
TEST(SynchronizersLinearizable, RLock) { expect_linearizable<LockSubject<RLock>>(repetitions(1'500)); }
TEST(SynchronizersLinearizable, Semaphore) { expect_linearizable<SemaphoreSubject>(repetitions(1'500), 0); }
TEST(SynchronizersLinearizable, Event) { expect_linearizable<EventSubject>(repetitions(1'500)); }

TEST(SynchronizersDefect, OfALockIsFound) {
  expect_found<TwoOwners<Lock>>(repetitions(100));
  expect_found<TwoOwners<RLock>>(repetitions(100));
}
TEST(SynchronizersDefect, OfASemaphoreIsFound) { expect_found<OneUnitTooFew>(repetitions(100), 0); }
TEST(SynchronizersDefect, OfAnEventIsFound) { expect_found<LooksIntoThePast>(repetitions(100)); }

}  // namespace
}  // namespace cohort::test
