// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests (test/lock_tests.py) ask of its barriers, asked of ours: BarrierTests.
// Left out is what C++ has not (repr, weak references, fork) and what the table of differences says to be different.
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "python_parity/bunch.hpp"

namespace cohort::test {
namespace {

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
