// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its events, asked of ours: EventTests.
// Left out is what C++ has not (repr, weak references, fork) and what the table of differences says to be different.
#include <thread>
#include <vector>

#include "python_parity/bunch.hpp"

namespace cohort::test {
namespace {

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

}  // namespace
}  // namespace cohort::test
