// SPDX-License-Identifier: BSL-1.0
// What a child that was killed leaves behind: locks, barriers, conditions, objects that only it held.
#include <unistd.h>

#include <csignal>
#include <random>

#include "cohort/heap/current.hpp"
#include "cohort/heap/statistics.hpp"
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

const ProcessOptions kChild = {.isolation = Isolation::child};

std::size_t used() {
  return with_heap([](const auto& heap) { return heap_statistics(heap).used; });
}

// Kills it once it has set `ready`.
void kill_when_ready(Process& process, const Value<int>& ready) {
  process.start();
  ready.wait(0);
  process.kill();
  process.join();
  EXPECT_EQ(process.exitcode(), -9);
}

void say_and_sleep(Value<int> ready) {
  ready.set(1);
  ready.wait(1);
}

// Takes the lock so often, and never gives it back.
template <class L>
void lock_and_sleep(L lock, int times, Value<int> ready) {
  for (int i = 0; i < times; ++i) lock.lock();
  say_and_sleep(ready);
}
template <class L>
void die_with(const L& lock, int times = 1) {
  const auto ready = shared().value<int>();
  Process owner(kChild, lock_and_sleep<L>, lock, times, ready);
  kill_when_ready(owner, ready);
}

template <class Act>
std::string owner_died(Act act) {
  try {
    act();
  } catch (const OwnerDied& error) {
    return error.what();
  }
  return "";
}

TEST(ChildDeath, OfALocksOwnerIsToldOnceAndTheLockIsFree) {
  on_manager([] {
    const auto lock = shared().lock();
    die_with(lock);
    EXPECT_TRUE(lock.locked());
    EXPECT_TRUE(has(owner_died([&] { lock.lock(); }), "died before it unlocked it"));
    EXPECT_FALSE(lock.locked());
    lock.lock();
    lock.unlock();
  });
}

TEST(ChildDeath, OfALocksOwnerIsToldByTryLock) {
  on_manager([] {
    const auto lock = shared().lock();
    die_with(lock);
    EXPECT_NE(owner_died([&] { static_cast<void>(lock.try_lock()); }), "");
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
    EXPECT_TRUE(has(usage_error([&] { lock.unlock(); }), "it is free"));
  });
}

TEST(ChildDeath, OfAnRLocksOwnerLeavesNoDepth) {
  on_manager([] {
    const auto lock = shared().rlock();
    die_with(lock, 3);
    EXPECT_NE(owner_died([&] { lock.lock(); }), "");
    lock.lock();
    lock.unlock();
    EXPECT_FALSE(lock.locked());
  });
}

// However it ended: what it locked nobody else can unlock.
TEST(ChildDeath, IsAnyEndOfALocksOwner) {
  on_manager([] {
    const auto returns = [](Lock l) { l.lock(); };
    const auto throws = [](Lock l) {
      l.lock();
      throw std::runtime_error("with the lock");
    };
    const auto exits = [](Lock l) {
      const std::lock_guard held(l);
      std::exit(3);  // NOLINT(concurrency-mt-unsafe)
    };
    const auto lock = shared().lock();
    const auto end = [&lock](auto target) {
      Process owner(kChild, target, lock);
      owner.start();
      owner.join();
      EXPECT_NE(owner_died([&] { lock.lock(); }), "");
      lock.lock();
      lock.unlock();
      return owner.exitcode().value_or(-99);
    };
    EXPECT_EQ(end(returns), 0);
    EXPECT_EQ(end(throws), 1);
    EXPECT_EQ(end(exits), 3);
  });
}

// Its latch is free, and the list as it was.
TEST(ChildDeath, InsideOfAnUpdateUndoesIt) {
  on_manager([] {
    const auto list = shared().list<std::string>({"a", "b"});
    Process owner(
        kChild,
        [](List<std::string> to) {
          to.update(0, [](std::string& s) {
            s = "changed";
            std::exit(0);  // NOLINT(concurrency-mt-unsafe)
          });
        },
        list);
    owner.start();
    owner.join();
    EXPECT_EQ(list.copy(), (std::vector<std::string>{"a", "b"}));
    list.append("c");
    EXPECT_EQ(list.size(), 3U);
  });
}

// One of those who wait is told; the others go on.
TEST(ChildDeath, OfALocksOwnerWakesThoseWhoWait) {
  on_manager([] {
    for (int round = 0; round < rounds(8); ++round) {
      const auto lock = shared().lock();
      const auto ready = shared().value<int>();
      const auto told = shared().value<int>();
      const auto went_on = shared().value<int>();
      Process owner(kChild, lock_and_sleep<Lock>, lock, 1, ready);
      owner.start();
      ready.wait(0);
      std::vector<Process> waiters;
      const auto coming = shared().value<int>();
      for (int i = 0; i < 3; ++i) {
        waiters.emplace_back(
            [](Lock l, Value<int> c, Value<int> t, Value<int> w) {
              ++c;
              try {
                l.lock();
                ++w;
                l.unlock();
              } catch (const OwnerDied&) {
                ++t;
              }
            },
            lock, coming, told, went_on);
      }
      start_all(waiters);
      wait_for(coming, 3);
      owner.kill();
      join_all(waiters);
      owner.join();
      EXPECT_EQ(told.get(), 1);
      EXPECT_EQ(went_on.get(), 2);
    }
  });
}

TEST(ChildDeath, OfAPartyBreaksTheBarrier) {
  on_manager([] {
    const auto barrier = shared().barrier(3);
    const auto broken = shared().value<int>();
    Process party(
        kChild, [](Barrier b) { b.wait(); }, barrier);
    Process other(
        [](Barrier b, Value<int> to) {
          try {
            b.wait();
          } catch (const BrokenBarrier&) {
            ++to;
          }
        },
        barrier, broken);
    party.start();
    other.start();
    blocking([&] { busy_until([&] { return barrier.n_waiting() == 2; }); });
    party.kill();
    party.join();
    other.join();
    EXPECT_EQ(broken.get(), 1);
    EXPECT_TRUE(barrier.broken());
    EXPECT_THROW(barrier.wait(), BrokenBarrier);
    barrier.reset();
    EXPECT_FALSE(barrier.broken());
    std::vector<Process> three;
    for (int i = 0; i < 3; ++i) three.emplace_back([](Barrier b) { b.wait(); }, barrier);
    start_all(three);
    join_all(three);
  });
}

TEST(ChildDeath, OfOneThatWaitsForAConditionLeavesTheNotificationToOthers) {
  on_manager([] {
    const auto condition = shared().condition();
    const auto waiting = shared().value<int>();
    const auto woken = shared().value<int>();
    const auto wait = [](Condition c, Value<int> in, Value<int> out) {
      const std::lock_guard lock(c);
      ++in;
      c.wait();
      ++out;
    };
    Process child(kChild, wait, condition, waiting, woken);
    child.start();
    wait_for(waiting, 1);
    Process other(wait, condition, waiting, woken);
    other.start();
    wait_for(waiting, 2);
    {
      const std::lock_guard lock(condition);  // both are in the queue
    }
    child.kill();
    child.join();
    for (int looks = 0; woken.get() == 0 && looks < 60'000;
         ++looks) {  // (until its slot is marked, one may be spent on the dead)
      {
        const std::lock_guard lock(condition);
        condition.notify();
      }
      std::this_thread::sleep_for(1ms);
    }
    other.join();
    EXPECT_EQ(woken.get(), 1);
  });
}

TEST(ChildDeath, GivesBackWhatOnlyItHeld) {
  on_manager([] {
    const auto run = [] {
      const auto ready = shared().value<int>();
      Process child(
          kChild,
          [](Value<int> r) {
            const auto list = manager().list<std::string>(1000U, std::string(100, 'x'));
            const auto names = manager().dict<std::string, List<std::string>>();
            names.set("all", list);
            say_and_sleep(r);
          },
          ready);
      kill_when_ready(child, ready);
    };
    run();
    const std::size_t before = used();
    for (int i = 0; i < 5; ++i) run();
    EXPECT_LT(used(), before + 64 * 1024) << "five lists of 120 kB";
  });
}

// Changes of all kinds, until it is killed.
void change_without_end(List<std::string> list, Dict<long, std::string> dict, Queue<long> queue, Lock lock,
                        Value<long> begun, long seed) {
  std::minstd_rand random(static_cast<unsigned>(seed));
  ++begun;
  for (long n = 0;; ++n) {
    try {
      switch (random() % 8) {
        case 0:
          list.append(std::string(random() % 300, 'a'));
          break;
        case 1:
          if (list.size() > 50) list.pop(0);
          break;
        case 2:
          list.extend({std::string("b"), std::string(40, 'b')});
          break;
        case 3:
          dict.set(static_cast<long>(random() % 100), std::string(random() % 300, 'c'));
          break;
        case 4:
          static_cast<void>(dict.pop(static_cast<long>(random() % 100), std::string()));
          break;
        case 5:
          queue.put(n);
          break;
        case 6:
          if (queue.size() > 20) queue.get();
          break;
        case 7: {
          const std::lock_guard held(lock);
          dict.set(-1, "guarded");
          break;
        }
      }
    } catch (const OwnerDied&) {
      continue;
    }
  }
}

// COHORT_TEST_KILLS: how many, for long runs.
TEST(ChildDeath, InTheMiddleOfAnythingLeavesItWhole) {
  on_manager([] {
    const char* asked = std::getenv("COHORT_TEST_KILLS");
    const int kills = asked != nullptr ? std::atoi(asked) : rounds(60);
    const auto list = shared().list<std::string>();
    const auto dict = shared().dict<long, std::string>();
    const auto queue = shared().queue<long>();
    const auto lock = shared().lock();
    std::minstd_rand random(static_cast<unsigned>(seed()));
    for (int i = 0; i < kills; ++i) {
      const auto begun = shared().value<long>();
      std::vector<Process> children;
      for (int c = 0; c < 2; ++c)
        children.emplace_back(kChild, change_without_end, list, dict, queue, lock, begun,
                              static_cast<long>(random()));
      start_all(children);
      if (ranks() > 1) wait_for(begun, 2L);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      for (Process& child : children) child.kill();
      for (Process& child : children) child.join();
      // The next operation of each succeeds, and what is there can be read.
      list.append("after");
      ASSERT_EQ(list.get(-1), "after");
      ASSERT_EQ(list.copy().size(), list.size());
      dict.set(1000, "after");
      ASSERT_EQ(dict.at(1000), "after");
      ASSERT_EQ(dict.copy().size(), dict.size());
      queue.put(-1);
      for (std::size_t left = queue.size(); left > 0; --left) queue.get();
      static_cast<void>(owner_died([&] {
        lock.lock();
        lock.unlock();
      }));
      if (list.size() > 2000) list.clear();
    }
  });
}

}  // namespace
}  // namespace cohort::test
