// SPDX-License-Identifier: BSL-1.0
// A place in a pool is for whoever does a task, and not for one who waits.
#include "process/process_support.hpp"

#include <thread>

namespace cohort::test {
namespace {

// Each apply() needs a place while it is done, and none while it waits.
TEST(PoolSeats, CallsThatMeetInPairsNeedTwoPlaces) {
  on_manager([] {
    Pool pool(2);
    const auto arrived = shared().value<int>();
    const int count = rounds(300);
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int round = 0; round < count; ++round) {
          pool.apply(
              [](Value<int> to, int all) {
                ++to;
                wait_for(to, all);
              },
              arrived, 2 * (round + 1));
        }
      });
    }
    blocking([&] {
      for (auto& thread : threads) thread.join();
    });
    EXPECT_EQ(arrived.get(), 2 * count);
  });
}

// All of a job's tasks run at once if there are places, however many cores there are: each waits for all others.
TEST(PoolSeats, AsManyTasksMeetAsThereArePlaces) {
  on_manager([] {
    const auto meet = [](Barrier at, int) { at.wait(); };
    for (int round = 0; round < rounds(10); ++round) {
      Pool pool;
      const auto barrier = shared().barrier(pool.processes());
      pool.map(partial(meet, barrier), range(pool.processes()), {.chunk = 1});
      pool.map_async(partial(meet, barrier), range(pool.processes()), {.chunk = 1}).get();
      std::vector<Future<void>> each;
      for (int i = 0; i < pool.processes(); ++i) each.push_back(pool.apply_async(meet, barrier, i));
      for (const auto& future : each) future.get();
      // A map in a task of another pool.
      Pool outer(1);
      outer.apply(
          [](Barrier at, int parties) {
            Pool inner(parties);
            inner.map(partial([](Barrier its, int) { its.wait(); }, at), range(parties), {.chunk = 1});
          },
          barrier, pool.processes());
    }
  });
}

// An apply() whose task another rank has taken, because the initializer took so long here.
TEST(PoolSeats, OneWhoseTaskAnotherDoesLeavesItsPlaceToOthers) {
  on_manager([] {
    if (ranks() == 1) GTEST_SKIP() << "needs another rank";
    const auto initializing = shared().value<int>();
    const auto initialize = shared().event();
    Pool pool({.processes = 2,
               .initializer = partial(
                   [](int home, Value<int> begun, Event go) {
                     if (this_process::rank() != home) return;
                     begun.set(1);
                     go.wait();
                   },
                   this_process::rank(), initializing, initialize)});
    const auto hold = [](Value<int> to, Event e) {
      to.set(1);
      e.wait();
    };
    // This rank is busy, so that the other one does this.
    const auto running = shared().value<int>();
    const auto go = shared().event();
    const auto first = pool.apply_async(hold, running, go);
    busy_until([&] { return running.get() == 1; });
    const auto taken = shared().value<int>();
    const auto met = shared().event();
    std::thread caller([&] { pool.apply(hold, taken, met); });
    busy_until([&] { return initializing.get() == 1; });
    const auto last = pool.apply_async([](Event e) { e.set(); }, met);
    go.set();
    busy_until([&] { return taken.get() == 1; });  // by the other rank; now the initializer ends
    initialize.set();
    EXPECT_TRUE(last.wait(20s)) << "its place is held by one that waits";
    met.set();
    blocking([&] { caller.join(); });
    first.get();
  });
}

}  // namespace
}  // namespace cohort::test
