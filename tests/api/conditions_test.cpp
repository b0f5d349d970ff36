// SPDX-License-Identifier: BSL-1.0
// Condition, Event, Barrier: what they promise, between Processes and in one thread.
#include "process/process_support.hpp"

#include <algorithm>
#include <mutex>

namespace cohort::test {
namespace {

using Guard = std::scoped_lock<const Condition>;

TEST(Condition, WithoutTheLockIsAUsageError) {
  on_manager([] {
    const auto lock = shared().lock();
    const auto condition = shared().condition(lock);
    EXPECT_EQ(usage_error([&] { condition.wait(); }),
              "wait(): this thread does not hold the lock; it is free");
    EXPECT_EQ(usage_error([&] { condition.notify_all(); }),
              "notify(): this thread does not hold the lock; it is free");
    EXPECT_TRUE(has(usage_error([&] { condition.unlock(); }), "unlock()"));
    EXPECT_TRUE(has(usage_error([] { Condition().lock(); }), "Condition"));
    EXPECT_TRUE(has(usage_error([] { static_cast<void>(shared().condition(Lock())); }), "empty"));
    const Guard held(condition);
    EXPECT_TRUE(lock.locked());
    EXPECT_THROW(condition.notify(-1), std::invalid_argument);
    condition.notify();
  });
}

TEST(Condition, TimesOutWithTheLockHeld) {
  on_manager([] {
    for (const auto& condition :
         {shared().condition(), shared().condition(shared().lock()), shared().condition(shared().rlock())}) {
      const Guard held(condition);
      EXPECT_FALSE(condition.wait(1ms));
      EXPECT_FALSE(condition.wait(-1s));
      int asked = 0;
      EXPECT_FALSE(condition.wait(1ms, [&] { return ++asked > 100; }));
      EXPECT_EQ(asked, 2);
      EXPECT_TRUE(condition.wait(0s, [] { return true; }));
      EXPECT_THROW(condition.wait([]() -> bool { throw std::logic_error("no"); }), std::logic_error);
      condition.notify_all();
    }
  });
}

TEST(Condition, HoldsItsLock) {
  on_manager([] {
    auto lock = shared().lock();
    const auto condition = shared().condition(lock);
    lock = Lock();
    for (int i = 0; i < 10; ++i) static_cast<void>(shared().lock());
    EXPECT_TRUE(condition.try_lock());
    EXPECT_FALSE(condition.try_lock());
    condition.unlock();
    EXPECT_TRUE(condition.try_lock_for(1h));
    condition.unlock();
  });
}

TEST(Condition, FreesAnRLockAltogether) {
  on_manager([] {
    const auto lock = shared().rlock();
    const auto condition = shared().condition(lock);
    Process process(
        [](RLock theirs, Condition told) {
          const std::scoped_lock held(theirs);
          told.notify();
        },
        lock, condition);
    lock.lock();
    lock.lock();
    process.start();
    condition.wait();
    lock.unlock();
    EXPECT_TRUE(lock.locked()) << "taken twice, as before";
    lock.unlock();
    EXPECT_FALSE(lock.locked());
    process.join();
  });
}

// Each waits for its own notification; the log says in which order they came and went.
TEST(Condition, NotifiesExactlyAsManyFirstComeFirstServed) {
  on_manager([] {
    const auto condition = shared().condition();
    const auto came = shared().list<int>();
    const auto gone = shared().list<int>();
    constexpr int kWaiters = 12;
    std::vector<Process> processes;
    for (int i = 0; i < kWaiters; ++i) {
      processes.emplace_back(
          [](Condition theirs, List<int> in, List<int> out, int me) {
            const Guard held(theirs);
            in.append(me);
            theirs.wait();
            out.append(me);
          },
          condition, came, gone, i);
    }
    start_all(processes);
    const auto until = [&](const List<int>& list, std::size_t size) {
      for (;;) {
        const Guard held(condition);
        if (list.size() >= size) return list.size();
        condition.wait(1ms);
      }
    };
    until(came, kWaiters);
    std::size_t notified = 0;
    for (const int n : {1, 2, 0, 3, 1}) {
      {
        const Guard held(condition);
        condition.notify(n);
      }
      notified += static_cast<std::size_t>(n);
      EXPECT_EQ(until(gone, notified), notified);
      auto expected = came.slice({}, static_cast<std::ptrdiff_t>(notified));
      auto got = gone.copy();
      std::sort(expected.begin(), expected.end());
      std::sort(got.begin(), got.end());
      EXPECT_EQ(got, expected) << "the longest waiters, in whatever order they took the lock";
    }
    {
      const Guard held(condition);
      condition.notify_all();
    }
    join_all(processes);
    EXPECT_EQ(gone.size(), static_cast<std::size_t>(kWaiters));
  });
}

TEST(Condition, CarriesAQueueOfManyProcesses) {
  on_manager([] {
    const auto condition = shared().condition(shared().lock());
    const auto items = shared().list<int>();
    const auto sum = shared().value(0L);
    const int each = rounds(100);
    std::vector<Process> processes;
    for (int i = 0; i < 5; ++i) {
      processes.emplace_back(
          [](Condition theirs, List<int> queue, Value<long> total, int n) {
            for (int k = 0; k < n; ++k) {
              const Guard held(theirs);
              theirs.wait([&] { return !queue.empty(); });
              total += queue.pop(0);
            }
          },
          condition, items, sum, each);
      processes.emplace_back(
          [](Condition theirs, List<int> queue, int n) {
            for (int k = 0; k < n; ++k) {
              const Guard held(theirs);
              queue.append(k);
              theirs.notify();
            }
          },
          condition, items, each);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(sum.get(), 5L * each * (each - 1) / 2);
    EXPECT_TRUE(items.empty());
  });
}

// ---------------------------------------------------------------------------------------------------------

TEST(Event, SetsAndClears) {
  on_manager([] {
    const auto event = shared().event();
    EXPECT_FALSE(event.is_set());
    EXPECT_FALSE(event.wait(1ms));
    event.clear();
    event.set();
    event.set();
    EXPECT_TRUE(event.is_set());
    event.wait();
    EXPECT_TRUE(event.wait(0s));
    event.clear();
    EXPECT_FALSE(event.wait(-1s));
    EXPECT_TRUE(has(usage_error([] { Event().set(); }), "Event"));
  });
}

TEST(Event, LetsAllProcessesGo) {
  on_manager([] {
    for (int round = 0; round < 5; ++round) {
      const auto event = shared().event();
      const auto passed = shared().value(0);
      std::vector<Process> processes;
      for (int i = 0; i < 10; ++i) {
        processes.emplace_back(
            [](Event theirs, Value<int> count) {
              theirs.wait();
              ++count;
            },
            event, passed);
      }
      start_all(processes);
      EXPECT_EQ(passed.get(), 0);
      event.set();
      join_all(processes);
      EXPECT_EQ(passed.get(), 10);
    }
  });
}

// ---------------------------------------------------------------------------------------------------------

// "index i", or how it ended.
std::string outcome(const Barrier& barrier) {
  try {
    return "index " + std::to_string(barrier.wait());
  } catch (const BrokenBarrier& error) {
    return has(error.what(), "reset meanwhile") ? "reset" : "broken";
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Starts so many Processes that come to the barrier once.
std::vector<Process> comers(int count, const Barrier& barrier, const Log& log) {
  std::vector<Process> processes;
  for (int i = 0; i < count; ++i)
    processes.emplace_back([](Barrier theirs, Log texts) { texts.append(outcome(theirs)); }, barrier, log);
  start_all(processes);
  return processes;
}
void until_waiting(const Barrier& barrier, int count) {
  // Not busy_until: this rank may have to run them.
  const auto limit = std::chrono::steady_clock::now() + 60s;
  blocking([&] {
    while (barrier.n_waiting() != count && std::chrono::steady_clock::now() < limit)
      std::this_thread::yield();
  });
  EXPECT_EQ(barrier.n_waiting(), count);
}
std::vector<std::string> sorted(const Log& log) {
  auto all = log.copy();
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Barrier, RefusesWrongNumbers) {
  on_manager([] {
    for (const std::ptrdiff_t parties : {0L, -1L, 16384L})
      EXPECT_THROW(static_cast<void>(shared().barrier(parties)), std::invalid_argument);
    EXPECT_EQ(shared().barrier(16383).parties(), 16383);
    EXPECT_TRUE(has(usage_error([] { Barrier().wait(); }), "Barrier"));
  });
}

TEST(Barrier, OfOneParty) {
  on_manager([] {
    const auto barrier = shared().barrier(1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(barrier.wait(), 0);
    EXPECT_EQ(barrier.wait(0s), 0);
    EXPECT_EQ(barrier.n_waiting(), 0);
  });
}

// Each adds to the sum before the barrier, and sees all of it behind.
TEST(Barrier, ManyMoreProcessesThanRanksMeetAgainAndAgain) {
  on_manager([] {
    constexpr int kParties = 20;
    const int times = rounds(ranks() > 4 ? 40 : 200);
    const auto barrier = shared().barrier(kParties);
    const auto sum = shared().value(0);
    const auto indices = shared().value(0L);
    std::vector<Process> processes;
    for (int i = 0; i < kParties; ++i) {
      processes.emplace_back(
          [](Barrier theirs, Value<int> total, Value<long> all, int n) {
            for (int k = 1; k <= n; ++k) {
              ++total;
              all += 1L << theirs.wait();
              if (total.get() < k * theirs.parties()) throw std::runtime_error("passed too early");
              theirs.wait();
            }
          },
          barrier, sum, indices, times);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(sum.get(), kParties * times);
    EXPECT_EQ(indices.get(), times * ((1L << kParties) - 1)) << "each index once a round";
  });
}

TEST(Barrier, OfTwoAThousandTimes) {
  on_manager([] {
    const auto barrier = shared().barrier(2);
    Process process(
        [](Barrier theirs, int n) {
          for (int i = 0; i < n; ++i) theirs.wait();
        },
        barrier, 1000);
    process.start();
    for (int i = 0; i < 1000; ++i) {
      const int index = barrier.wait();
      EXPECT_TRUE(index == 0 || index == 1);
    }
    process.join();
  });
}

struct Add {
  Value<int> count;
  int by = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& count& by;
  }
  void operator()() const { count += by; }
};

TEST(Barrier, TheActionRunsOnceBeforeAnyoneGoes) {
  on_manager([] {
    const auto count = shared().value(0);
    const auto barrier = shared().barrier(3, Add{count, 5});
    std::vector<Process> processes;
    for (int i = 0; i < 3; ++i) {
      processes.emplace_back(
          [](Barrier theirs, Value<int> total) {
            for (int k = 1; k <= 20; k += 2) {
              theirs.wait();
              if (const int seen = total.get(); seen != 5 * k) throw std::runtime_error("not once");
              theirs.wait();  // so that nobody has come again when the others look
            }
          },
          barrier, count);
    }
    start_all(processes);
    join_all(processes);
  });
}

void refuse() { throw std::runtime_error("no"); }

TEST(Barrier, AnActionThatThrowsBreaksIt) {
  on_manager([] {
    const auto barrier = shared().barrier(3, refuse);
    const auto log = shared().list<std::string>();
    auto processes = comers(3, barrier, log);
    join_all(processes);
    EXPECT_EQ(sorted(log), (std::vector<std::string>{"broken", "broken", "no"}));
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(outcome(barrier), "broken");
  });
}

TEST(Barrier, AbortBreaksItUntilReset) {
  on_manager([] {
    const auto barrier = shared().barrier(3);
    const auto log = shared().list<std::string>();
    auto processes = comers(2, barrier, log);
    until_waiting(barrier, 2);
    barrier.abort();
    join_all(processes);
    EXPECT_EQ(sorted(log), (std::vector<std::string>{"broken", "broken"}));
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(barrier.n_waiting(), 0);
    EXPECT_EQ(outcome(barrier), "broken");
    barrier.reset();
    EXPECT_FALSE(barrier.broken());
    log.clear();
    auto again = comers(3, barrier, log);
    join_all(again);
    EXPECT_EQ(sorted(log), (std::vector<std::string>{"index 0", "index 1", "index 2"}));
  });
}

TEST(Barrier, ResetTurnsAwayWhoWaits) {
  on_manager([] {
    const auto barrier = shared().barrier(3);
    const auto log = shared().list<std::string>();
    auto processes = comers(2, barrier, log);
    until_waiting(barrier, 2);
    barrier.reset();
    join_all(processes);
    EXPECT_EQ(sorted(log), (std::vector<std::string>{"reset", "reset"}));
    EXPECT_FALSE(barrier.broken());
    auto again = comers(3, barrier, log);
    join_all(again);
    EXPECT_EQ(log.size(), 5U);
  });
}

TEST(Barrier, ATimeoutBreaksItForAll) {
  on_manager([] {
    const auto barrier = shared().barrier(3);
    const auto log = shared().list<std::string>();
    auto processes = comers(1, barrier, log);
    try {
      barrier.wait(1ms);
      FAIL();
    } catch (const BrokenBarrier& error) {
      EXPECT_TRUE(has(error.what(), "3 parties")) << error.what();
    }
    join_all(processes);
    EXPECT_EQ(sorted(log), std::vector<std::string>{"broken"});
    EXPECT_THROW(barrier.wait(1h), BrokenBarrier);
  });
}

}  // namespace
}  // namespace cohort::test
