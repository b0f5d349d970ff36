// SPDX-License-Identifier: BSL-1.0
// Lock, RLock, Semaphore, BoundedSemaphore: what they promise, between Processes and in one thread.
#include "process/process_support.hpp"

#include <mutex>

namespace cohort::test {
namespace {

template <class Act>
std::string invalid_argument(Act&& act) {
  try {
    act();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

template <class L>
class Locks : public ::testing::Test {};
using LockTypes = ::testing::Types<Lock, RLock>;
TYPED_TEST_SUITE(Locks, LockTypes);

template <class L>
L make() {
  if constexpr (std::is_same_v<L, Lock>) {
    return shared().lock();
  } else {
    return shared().rlock();
  }
}

TYPED_TEST(Locks, OneThreadLocksAndUnlocks) {
  on_manager([] {
    const auto lock = make<TypeParam>();
    EXPECT_FALSE(lock.locked());
    lock.lock();
    EXPECT_TRUE(lock.locked());
    lock.unlock();
    EXPECT_TRUE(lock.try_lock());
    EXPECT_TRUE(lock.locked());
    lock.unlock();
    EXPECT_TRUE(lock.try_lock_for(1h));
    lock.unlock();
    EXPECT_TRUE(lock.try_lock_until(std::chrono::system_clock::now() - 1h)) << "free, if late";
    lock.unlock();
    EXPECT_FALSE(lock.locked());
  });
}

TYPED_TEST(Locks, EmptyHandleIsAUsageError) {
  on_manager([] {
    EXPECT_TRUE(has(usage_error([] { TypeParam().lock(); }), "empty"))
        << usage_error([] { TypeParam().lock(); });
  });
}

TYPED_TEST(Locks, UnlockingWhatIsNotHeldIsAUsageError) {
  on_manager([] {
    const auto lock = make<TypeParam>();
    EXPECT_EQ(usage_error([&] { lock.unlock(); }),
              "unlock(): this thread does not hold the lock; it is free");
    lock.lock();
    std::thread([&] {
      EXPECT_EQ(usage_error([&] { lock.unlock(); }),
                "unlock(): this thread does not hold the lock; a thread of rank 0 holds it");
      EXPECT_FALSE(lock.try_lock());
      EXPECT_FALSE(lock.try_lock_for(1ms));
      EXPECT_FALSE(lock.try_lock_for(-1h));
      EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::now()));
    }).join();
    EXPECT_TRUE(lock.locked());
    lock.unlock();
  });
}

TYPED_TEST(Locks, StandardGuardsWork) {
  on_manager([] {
    auto a = make<TypeParam>();
    auto b = make<TypeParam>();
    {
      const std::scoped_lock both(a, b);
      EXPECT_TRUE(a.locked() && b.locked());
    }
    EXPECT_FALSE(a.locked() || b.locked());
    std::unique_lock<TypeParam> guard(a, 1h);
    EXPECT_TRUE(guard.owns_lock());
    std::thread([&] {
      const std::unique_lock<TypeParam> other(a, 1ms);
      EXPECT_FALSE(other.owns_lock());
      const std::unique_lock<TypeParam> third(a, std::try_to_lock);
      EXPECT_FALSE(third.owns_lock());
    }).join();
  });
}

// Two locks, taken in both orders; scoped_lock sorts it out.
TYPED_TEST(Locks, GuardACounterOfManyProcesses) {
  on_manager([] {
    const auto a = make<TypeParam>();
    const auto b = make<TypeParam>();
    const auto count = shared().template list<int>({0});
    const int each = rounds(40);
    const int many = rounds(100) < 50 ? 30 : 100;
    std::vector<Process> processes;
    for (int i = 0; i < many; ++i) {
      processes.emplace_back(
          [](TypeParam first, TypeParam second, List<int> total, int n) {
            for (int k = 0; k < n; ++k) {
              const std::scoped_lock both(first, second);
              const int seen = total.get(0);
              if (k == n / 2) std::this_thread::yield();
              total.set(0, seen + 1);
            }
          },
          i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, count, each);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(count.get(0), many * each);
    EXPECT_FALSE(a.locked() || b.locked());
  });
}

// The holder sleeps on something else meanwhile, so that all the others have to sleep, too.
TYPED_TEST(Locks, WaitersSleepUntilItIsTheirs) {
  on_manager([] {
    const auto lock = make<TypeParam>();
    const auto waiting = shared().value(0);
    const auto in = shared().value(0);
    std::vector<Process> processes;
    lock.lock();
    for (int i = 0; i < 20; ++i) {
      processes.emplace_back(
          [](TypeParam theirs, Value<int> before, Value<int> inside) {
            ++before;
            const std::scoped_lock held(theirs);
            if (++inside != 1) throw std::runtime_error("two at once");
            --inside;
          },
          lock, waiting, in);
    }
    start_all(processes);
    wait_for(waiting, 20);  // all of them, on few ranks: each that sleeps makes room for the next
    EXPECT_EQ(in.get(), 0);
    lock.unlock();
    join_all(processes);
    EXPECT_FALSE(lock.locked());
  });
}

TEST(Lock, TwiceByOneThreadIsAUsageError) {
  on_manager([] {
    const auto lock = shared().lock();
    lock.lock();
    const char* const text =
        "lock(): this thread holds the Lock already; only an RLock (manager.rlock()) can be taken again";
    EXPECT_EQ(usage_error([&] { lock.lock(); }), text);
    EXPECT_EQ(usage_error([&] { static_cast<void>(lock.try_lock_for(1h)); }), text);
    EXPECT_FALSE(lock.try_lock());
    lock.unlock();
    EXPECT_FALSE(lock.locked());
  });
}

TEST(RLock, IsFreeAfterAsManyUnlocks) {
  on_manager([] {
    const auto lock = shared().rlock();
    lock.lock();
    EXPECT_TRUE(lock.try_lock());
    EXPECT_TRUE(lock.try_lock_for(0s));
    lock.unlock();
    lock.unlock();
    EXPECT_TRUE(lock.locked());
    std::thread([&] { EXPECT_FALSE(lock.try_lock()); }).join();
    lock.unlock();
    EXPECT_FALSE(lock.locked());
    EXPECT_EQ(usage_error([&] { lock.unlock(); }),
              "unlock(): this thread does not hold the lock; it is free");
  });
}

// join() runs it on this very thread; it is another owner all the same.
TEST(RLock, DoesNotLetInAProcessThatItsJoinerRuns) {
  if (ranks() != 1) return;
  on_manager([] {
    const auto lock = shared().rlock();
    const auto log = shared().list<std::string>();
    lock.lock();
    Process process(
        [](RLock theirs, Log texts) {
          texts.append(theirs.try_lock() ? "let in" : "not let in");
          texts.append(usage_error([&] { theirs.lock(); }));
        },
        lock, log);
    process.start();
    process.join();
    lock.unlock();
    EXPECT_EQ(log.get(0), "not let in");
    EXPECT_TRUE(has(log.get(1), "held by another Process of this thread")) << log;
  });
}

TEST(Lock, IsFoundByItsName) {
  const auto lock = session().manager().open<Lock>("locks_test");
  const auto semaphore = session().manager().open<BoundedSemaphore>("locks_test.semaphore", 2);
  const auto count = session().manager().open<Value<int>>("locks_test.count");
  for (int i = 0; i < 100; ++i) {
    const std::scoped_lock held(lock);
    semaphore.acquire();
    const int seen = count.get();
    count.set(seen + 1);
    semaphore.release();
  }
  session().join();
  EXPECT_EQ(count.get(), 100 * ranks());
  session().join();
}

// ---------------------------------------------------------------------------------------------------------

TEST(Semaphore, CountsItsUnits) {
  on_manager([] {
    const auto semaphore = shared().semaphore(2);
    semaphore.acquire();
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire_for(1ms));
    EXPECT_FALSE(semaphore.try_acquire_for(-1s));
    semaphore.release(3);
    EXPECT_TRUE(semaphore.try_acquire_for(1h));
    EXPECT_TRUE(semaphore.try_acquire_until(std::chrono::steady_clock::now()));
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    std::thread([&] { semaphore.release(); }).join();
    semaphore.acquire();
  });
}

TEST(Semaphore, RefusesWrongNumbers) {
  on_manager([] {
    EXPECT_EQ(invalid_argument([] { static_cast<void>(shared().semaphore(-1)); }),
              "semaphore(n): n is -1; it may be 0 to 2147483647");
    EXPECT_THROW(static_cast<void>(shared().bounded_semaphore(1L << 31)), std::invalid_argument);
    const auto semaphore = shared().semaphore(0);
    EXPECT_EQ(invalid_argument([&] { semaphore.release(0); }), "release(n): n is 0; it must be at least 1");
    EXPECT_THROW(semaphore.release(-1), std::invalid_argument);
    EXPECT_THROW(semaphore.release(1L << 40), std::invalid_argument);
    EXPECT_FALSE(semaphore.try_acquire()) << "nothing was changed";
    EXPECT_TRUE(has(usage_error([] { Semaphore().acquire(); }), "Semaphore"));
  });
}

TEST(BoundedSemaphore, NeverHasMoreThanAtFirst) {
  on_manager([] {
    const auto semaphore = shared().bounded_semaphore(2);
    EXPECT_EQ(invalid_argument([&] { semaphore.release(); }),
              "release(1): with the 2 there, the semaphore would have more than 2 units");
    semaphore.acquire();
    EXPECT_THROW(semaphore.release(2), std::invalid_argument);
    semaphore.release();
    EXPECT_TRUE(semaphore.try_acquire() && semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release(2);
  });
}

// More Processes than ranks, each of which waits for units that only another one gives.
TEST(Semaphore, LetsInAsManyAsItHasUnits) {
  on_manager([] {
    const auto semaphore = shared().semaphore(3);
    const auto in = shared().value(0);
    const auto most = shared().value(0);
    std::vector<Process> processes;
    for (int i = 0; i < 20; ++i) {
      processes.emplace_back(
          [](Semaphore theirs, Value<int> inside, Value<int> seen, int n) {
            for (int k = 0; k < n; ++k) {
              theirs.acquire();
              seen.fetch_max(++inside);
              std::this_thread::yield();
              --inside;
              theirs.release();
            }
          },
          semaphore, in, most, rounds(100));
    }
    start_all(processes);
    join_all(processes);
    EXPECT_LE(most.get(), 3);
    EXPECT_EQ(in.get(), 0);
    EXPECT_TRUE(semaphore.try_acquire() && semaphore.try_acquire() && semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
  });
}

TEST(Semaphore, OneReleaseLetsManyGo) {
  on_manager([] {
    const auto semaphore = shared().semaphore(0);
    std::vector<Process> processes;
    for (int i = 0; i < 10; ++i)
      processes.emplace_back([](Semaphore theirs) { theirs.acquire(); }, semaphore);
    start_all(processes);
    semaphore.release(10);
    join_all(processes);
    EXPECT_FALSE(semaphore.try_acquire());
  });
}

}  // namespace
}  // namespace cohort::test
