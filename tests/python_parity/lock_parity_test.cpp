// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its locks and of what is made of them, asked of ours.
// Its threads are Processes here. Left out is what C++ has not (repr, weak references, fork) and what the
// table of differences says to be different.
#include "process/process_support.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>

namespace cohort::test {
namespace {

constexpr int kWorkers = 5;

/// Starts so many Processes of one kind; joins them where it ends.
class Bunch {
 public:
  template <class F, class... Args>
  explicit Bunch(int count, F work, const Args&... args) {
    for (int i = 0; i < count; ++i) processes_.emplace_back(work, args...);
    start_all(processes_);
  }
  ~Bunch() { EXPECT_NO_THROW(join_all(processes_)); }

 private:
  std::vector<Process> processes_;
};

/// Waits without keeping the rank from running the Bunch.
template <class True>
void until(True is_true) {
  const auto limit = std::chrono::steady_clock::now() + 60s;
  blocking([&] {
    while (!is_true() && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(100us);
  });
  EXPECT_TRUE(is_true());
}
void until_size(const List<int>& list, std::size_t size) {
  until([&] { return list.size() >= size; });
}
std::vector<int> sorted(const List<int>& list) {
  auto all = list.copy();
  std::sort(all.begin(), all.end());
  return all;
}
template <class Act>
bool refused(Act&& act) {
  return !usage_error(std::forward<Act>(act)).empty();
}

// ------------------------------------------------------------------------------ BaseLockTests, LockTests

template <class L>
class LockParity : public ::testing::Test {
 public:
  static L make() {
    if constexpr (std::is_same_v<L, Lock>) {
      return shared().lock();
    } else {
      return shared().rlock();
    }
  }
};
using LockTypes = ::testing::Types<Lock, RLock>;
TYPED_TEST_SUITE(LockParity, LockTypes);

TYPED_TEST(LockParity, AcquireDestroy) {
  on_manager([] {
    TestFixture::make().lock();
    EXPECT_TRUE(TestFixture::make().try_lock()) << "another one";
  });
}

TYPED_TEST(LockParity, TryAcquireContended) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto results = shared().template list<int>();
    lock.lock();
    std::thread([&] { results.append(lock.try_lock() ? 1 : 0); }).join();
    EXPECT_EQ(results.copy(), std::vector{0});
    lock.unlock();
  });
}

TYPED_TEST(LockParity, AcquireContended) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto came = shared().template list<int>();
    const auto passed = shared().template list<int>();
    lock.lock();
    {
      const Bunch bunch(
          kWorkers,
          [](TypeParam theirs, List<int> before, List<int> behind) {
            before.append(1);
            theirs.lock();
            behind.append(1);
            theirs.unlock();
          },
          lock, came, passed);
      until_size(came, kWorkers);
      EXPECT_EQ(passed.size(), 0U);
      lock.unlock();
    }
    EXPECT_EQ(passed.size(), static_cast<std::size_t>(kWorkers));
  });
}

TYPED_TEST(LockParity, With) {
  on_manager([] {
    const auto lock = TestFixture::make();
    const auto is_free = [&] {
      bool got = false;
      std::thread([&] {
        got = lock.try_lock();
        if (got) lock.unlock();
      }).join();
      return got;
    };
    {
      const std::scoped_lock held(lock);
      EXPECT_FALSE(is_free());
    }
    EXPECT_TRUE(is_free());
    const auto fail = [&] {
      const std::scoped_lock held(lock);
      throw std::runtime_error("no");
    };
    EXPECT_THROW(fail(), std::runtime_error);
    EXPECT_TRUE(is_free());
  });
}

TYPED_TEST(LockParity, StateAfterTimeout) {
  on_manager([] {
    const auto lock = TestFixture::make();
    lock.lock();
    std::thread([&] { EXPECT_FALSE(lock.try_lock_for(10ms)); }).join();
    lock.unlock();
    std::thread([&] {
      EXPECT_TRUE(lock.try_lock());
      lock.unlock();
    }).join();
  });
}

// ------------------------------------------------------------------------------------------- RLockTests

TEST(RLockParity, ReacquireReleaseUnacquiredAndRecursionCount) {
  on_manager([] {
    const auto lock = shared().rlock();
    EXPECT_TRUE(refused([&] { lock.unlock(); }));
    for (int i = 0; i < 3; ++i) lock.lock();
    for (int i = 0; i < 3; ++i) lock.unlock();
    EXPECT_TRUE(refused([&] { lock.unlock(); }));
  });
}

TEST(RLockParity, DifferentThread) {
  on_manager([] {
    const auto lock = shared().rlock();
    lock.lock();
    std::thread([&] { EXPECT_TRUE(refused([&] { lock.unlock(); })); }).join();
    lock.unlock();
  });
}

// ------------------------------------------------------------------------------------------- EventTests

TEST(EventParity, IsSetAndNotify) {
  on_manager([] {
    const auto event = shared().event();
    EXPECT_FALSE(event.is_set());
    event.set();
    event.set();
    EXPECT_TRUE(event.is_set());
    event.clear();
    event.clear();
    EXPECT_FALSE(event.is_set());
    const auto passed = shared().list<int>();
    {
      const Bunch bunch(
          kWorkers,
          [](Event theirs, List<int> behind) {
            theirs.wait();
            behind.append(1);
            theirs.wait();
            behind.append(2);
          },
          event, passed);
      EXPECT_EQ(passed.size(), 0U);
      event.set();
    }
    EXPECT_EQ(passed.size(), 2U * kWorkers);
  });
}

TEST(EventParity, Timeout) {
  on_manager([] {
    const auto event = shared().event();
    EXPECT_FALSE(event.wait(0s));
    EXPECT_FALSE(event.wait(5ms));
    event.set();
    EXPECT_TRUE(event.wait(0s));
    EXPECT_TRUE(event.wait(5ms));
  });
}

TEST(EventParity, SetAndClearLetsAllGo) {
  on_manager([] {
    const auto event = shared().event();
    const auto came = shared().list<int>();
    const auto results = shared().list<int>();
    {
      const Bunch bunch(
          kWorkers,
          [](Event theirs, List<int> before, List<int> behind) {
            before.append(1);
            behind.append(theirs.wait(1h) ? 1 : 0);
          },
          event, came, results);
      until_size(came, kWorkers);
      // Whoever is not asleep yet is let go by a later one.
      while (results.size() < kWorkers) {
        event.set();
        event.clear();
        blocking([] { std::this_thread::yield(); });
      }
    }
    EXPECT_EQ(results.copy(), std::vector<int>(kWorkers, 1));
  });
}

// --------------------------------------------------------------------------------------- ConditionTests

TEST(ConditionParity, UnacquiredWaitAndNotify) {
  on_manager([] {
    const auto condition = shared().condition();
    EXPECT_TRUE(refused([&] { condition.wait(); }));
    EXPECT_TRUE(refused([&] { condition.notify(); }));
  });
}

TEST(ConditionParity, Notify) {
  on_manager([] {
    const auto condition = shared().condition();
    for (int time = 0; time < 2; ++time) {
      const auto ready = shared().list<int>();
      const auto phase = shared().value(0);
      const auto first = shared().list<int>();
      const auto second = shared().list<int>();
      const Bunch bunch(
          kWorkers,
          [](Condition theirs, List<int> before, Value<int> now, List<int> one, List<int> two) {
            for (const auto& results : {one, two}) {
              theirs.lock();
              before.append(1);
              theirs.wait();
              theirs.unlock();
              results.append(now.get());
            }
          },
          condition, ready, phase, first, second);
      const auto notify = [&](int count) {
        condition.lock();
        condition.notify(count);
        ++phase;
        condition.unlock();
      };
      // Ready is said with the lock held, which is free once the last one waits.
      until_size(ready, kWorkers);
      notify(3);
      until_size(first, 3);
      EXPECT_EQ(first.copy(), std::vector<int>(3, 1));
      EXPECT_TRUE(second.empty());
      until_size(ready, kWorkers + 3);
      notify(5);
      until([&] { return first.size() + second.size() >= kWorkers + 3; });
      EXPECT_EQ(sorted(first), (std::vector{1, 1, 1, 2, 2}));
      EXPECT_EQ(second.copy(), std::vector<int>(3, 2));
      until_size(ready, 2 * kWorkers);
      condition.lock();
      condition.notify_all();
      ++phase;
      condition.unlock();
      until_size(second, kWorkers);
      EXPECT_EQ(sorted(second), (std::vector{2, 2, 2, 3, 3}));
    }
  });
}

TEST(ConditionParity, TimeoutOfMany) {
  on_manager([] {
    const auto results = shared().list<int>();
    {
      const Bunch bunch(
          kWorkers,
          [](Condition theirs, List<int> behind) {
            theirs.lock();
            behind.append(theirs.wait(20ms) ? 1 : 0);
            theirs.unlock();
          },
          shared().condition(), results);
    }
    EXPECT_EQ(results.copy(), std::vector<int>(kWorkers, 0));
  });
}

TEST(ConditionParity, WaitForWithAndWithoutATimeLimit) {
  on_manager([] {
    for (const int steps : {4, 3}) {
      const auto condition = shared().condition();
      const auto state = shared().value(0);
      const Bunch bunch(
          1,
          [](Condition theirs, Value<int> now, int last) {
            const std::scoped_lock held(theirs);
            const bool there = theirs.wait(last == 4 ? 1h : 20ms, [&] { return now.get() == 4; });
            if (there != (last == 4)) throw std::runtime_error("wrong");
          },
          condition, state, steps);
      for (int i = 0; i < steps; ++i) {
        const std::scoped_lock held(condition);
        ++state;
        condition.notify();
      }
    }
  });
}

// --------------------------------------------------------------------------------------- SemaphoreTests

template <class S>
class SemaphoreParity : public ::testing::Test {
 public:
  static S make(int n) {
    if constexpr (std::is_same_v<S, Semaphore>) {
      return shared().semaphore(n);
    } else {
      return shared().bounded_semaphore(n);
    }
  }
};
using SemaphoreTypes = ::testing::Types<Semaphore, BoundedSemaphore>;
TYPED_TEST_SUITE(SemaphoreParity, SemaphoreTypes);

TYPED_TEST(SemaphoreParity, ConstructorAcquireAndTimeout) {
  on_manager([] {
    EXPECT_THROW(TestFixture::make(-1), std::invalid_argument);
    const auto semaphore = TestFixture::make(2);
    semaphore.acquire();
    semaphore.acquire();
    EXPECT_FALSE(semaphore.try_acquire_for(5ms));
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
    EXPECT_TRUE(semaphore.try_acquire_for(5ms));
    semaphore.release();
    semaphore.release();
  });
}

// Two units are taken; seven of ten workers come by as more are given.
TYPED_TEST(SemaphoreParity, AcquireContendedAndMultirelease) {
  on_manager([] {
    const auto semaphore = TestFixture::make(7);
    semaphore.acquire();
    semaphore.acquire();
    const auto phase = shared().value(0);
    const auto results = shared().template list<int>();
    {
      const Bunch bunch(
          10,
          [](TypeParam theirs, Value<int> now, List<int> behind) {
            theirs.acquire();
            behind.append(now.get());
          },
          semaphore, phase, results);
      until_size(results, 5);
      EXPECT_EQ(results.copy(), std::vector<int>(5, 0));
      phase.set(1);
      semaphore.release(2);
      until_size(results, 7);
      phase.set(2);
      semaphore.release(3);
      until_size(results, 10);
    }
    EXPECT_EQ(sorted(results), (std::vector{0, 0, 0, 0, 0, 1, 1, 2, 2, 2}));
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
  });
}

TYPED_TEST(SemaphoreParity, TryAcquireContended) {
  on_manager([] {
    const auto semaphore = TestFixture::make(4);
    semaphore.acquire();
    const auto results = shared().template list<int>();
    {
      const Bunch bunch(
          kWorkers,
          [](TypeParam theirs, List<int> behind) {
            behind.append(theirs.try_acquire() ? 1 : 0);
            behind.append(theirs.try_acquire() ? 1 : 0);
          },
          semaphore, results);
    }
    EXPECT_EQ(std::accumulate(results.begin(), results.end(), 0), 3);
  });
}

TEST(SemaphoreDefaults, DefaultValueIsOneAndReleaseUnacquired) {
  on_manager([] {
    const auto semaphore = shared().semaphore();
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    semaphore.release();
    semaphore.release();
    EXPECT_TRUE(semaphore.try_acquire() && semaphore.try_acquire());
    EXPECT_THROW(shared().bounded_semaphore().release(), std::invalid_argument);
  });
}

// ----------------------------------------------------------------------------------------- BarrierTests

struct Tally {
  List<int> passed = shared().list<int>();
  List<int> broken = shared().list<int>();
  List<int> behind = shared().list<int>();
};
// Runs work(barrier, second barrier, passed, broken, behind) in five Processes.
template <class F>
Tally run_parties(const Barrier& barrier, F work) {
  Tally tally;
  const Bunch bunch(kWorkers, work, barrier, shared().barrier(kWorkers), tally.passed, tally.broken,
                    tally.behind);
  return tally;
}

TEST(BarrierParity, TenTimesAndWaitReturn) {
  on_manager([] {
    const auto barrier = shared().barrier(kWorkers);
    const Tally tally =
        run_parties(barrier, [](Barrier theirs, Barrier, List<int> indices, List<int>, List<int> counts) {
          for (int i = 0; i < 10; ++i) {
            counts.append(i);
            indices.append(theirs.wait());
            if (counts.count(i) != kWorkers) throw std::runtime_error("passed too early");
          }
        });
    EXPECT_EQ(std::accumulate(tally.passed.begin(), tally.passed.end(), 0), 10 * (0 + 1 + 2 + 3 + 4));
    EXPECT_EQ(barrier.n_waiting(), 0);
    EXPECT_FALSE(barrier.broken());
  });
}

// One of them aborts instead of coming a second time; then they meet elsewhere, mend it, and pass.
TEST(BarrierParity, AbortAndReset) {
  on_manager([] {
    const auto barrier = shared().barrier(kWorkers);
    const Tally tally = run_parties(
        barrier, [](Barrier one, Barrier two, List<int> passed, List<int> broken, List<int> behind) {
          try {
            if (one.wait() == kWorkers / 2) {
              one.abort();
            } else {
              one.wait();
              passed.append(1);
            }
          } catch (const BrokenBarrier&) {
            broken.append(1);
          }
          if (!one.broken()) throw std::runtime_error("not broken");
          if (two.wait() == kWorkers / 2) one.reset();
          two.wait();
          one.wait();
          behind.append(1);
        });
    EXPECT_EQ(tally.passed.size(), 0U);
    EXPECT_EQ(tally.broken.size(), kWorkers - 1U);
    EXPECT_EQ(tally.behind.size(), kWorkers + 0U);
  });
}

TEST(BarrierParity, Reset) {
  on_manager([] {
    const Tally tally = run_parties(shared().barrier(kWorkers), [](Barrier one, Barrier, List<int> passed,
                                                                   List<int> broken, List<int> behind) {
      if (one.wait() == kWorkers / 2) {
        blocking([&] {
          while (one.n_waiting() < kWorkers - 1) std::this_thread::yield();
        });
        one.reset();
      } else {
        try {
          one.wait();
          passed.append(1);
        } catch (const BrokenBarrier&) {
          broken.append(1);
        }
      }
      one.wait();
      behind.append(1);
    });
    EXPECT_EQ(tally.passed.size(), 0U);
    EXPECT_EQ(tally.broken.size(), kWorkers - 1U);
    EXPECT_EQ(tally.behind.size(), kWorkers + 0U);
  });
}

TEST(BarrierParity, TimeoutWhereOneIsLate) {
  on_manager([] {
    const auto barrier = shared().barrier(kWorkers);
    const Tally tally =
        run_parties(barrier, [](Barrier one, Barrier two, List<int>, List<int> broken, List<int>) {
          const int index = one.wait();
          if (index == 0) two.wait();  // this one comes once the others have given up
          try {
            one.wait(5ms);
          } catch (const BrokenBarrier&) {
            broken.append(index);
          }
          if (index != 0) two.wait();
        });
    EXPECT_EQ(sorted(tally.broken), (std::vector{0, 1, 2, 3, 4}));
    EXPECT_TRUE(barrier.broken());
  });
}

TEST(BarrierParity, SingleThread) {
  on_manager([] {
    const auto barrier = shared().barrier(1);
    EXPECT_EQ(barrier.wait(), 0);
    EXPECT_EQ(barrier.wait(), 0);
  });
}

}  // namespace
}  // namespace cohort::test
