// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its conditions, asked of ours: ConditionTests.
// Left out is what C++ has not (repr, weak references, fork) and what the table of differences says to be different.
#include <mutex>
#include <stdexcept>
#include <vector>

#include "python_parity/bunch.hpp"

namespace cohort::test {
namespace {

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

}  // namespace
}  // namespace cohort::test
