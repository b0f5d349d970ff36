// SPDX-License-Identifier: BSL-1.0
// How a pool ends, and what it refuses.
#include "process/process_support.hpp"

#include <optional>

namespace cohort::test {
namespace {

TEST(PoolEnd, AClosedPoolEndsItsWorkAndTakesNoMore) {
  on_manager([] {
    const auto done = shared().value<int>();
    Pool pool(2);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 50; ++i) futures.push_back(pool.apply_async([](Value<int> to) { ++to; }, done));
    EXPECT_TRUE(has(usage_error([&] { pool.join(); }), "close()"));
    pool.close();
    pool.close();
    try {
      pool.apply([] {});
      ADD_FAILURE() << "taken";
    } catch (const Closed& closed) {
      EXPECT_TRUE(has(closed.what(), "pool is closed")) << closed.what();
    }
    EXPECT_THROW(pool.map([](int) {}, {1}), Closed);
    EXPECT_THROW(pool.map_async([](int) {}, {1}), Closed);
    EXPECT_THROW(pool.imap([](int n) { return n; }, {1}), Closed);
    pool.join();
    EXPECT_EQ(done.get(), 50);
    for (const auto& future : futures) EXPECT_TRUE(future.ready() && future.successful());
    pool.join();
  });
}

TEST(PoolEnd, ADestroyedPoolHasEndedItsWork) {
  on_manager([] {
    const auto done = shared().value<int>();
    std::optional<Future<int>> future;
    {
      Pool pool;
      for (int i = 0; i < 20; ++i) static_cast<void>(pool.apply_async([](Value<int> to) { ++to; }, done));
      future = pool.apply_async([] { return 3; });
    }
    EXPECT_EQ(done.get(), 20);
    EXPECT_EQ(future->get(), 3);
    EXPECT_EQ(future->get(), 3);
  });
}

TEST(PoolEnd, TerminateDropsWhatHasNotBegunAndTellsWhatRuns) {
  on_manager([] {
    const auto running = shared().value<int>();
    Pool pool(1);
    const auto first = pool.apply_async(
        [](Value<int> to) {
          ++to;
          const auto nobody = manager().event();
          while (!this_process::stop_requested()) nobody.wait(1ms);
          return 1;
        },
        running);
    const auto second = pool.map_async([](int n) { return n; }, range(10));
    wait_for(running, 1);
    EXPECT_FALSE(this_process::stop_requested());
    pool.terminate();
    EXPECT_THROW(second.get(), Cancelled);
    EXPECT_FALSE(second.successful());
    EXPECT_EQ(first.get(), 1);
    pool.join();
    EXPECT_THROW(pool.apply([] {}), Closed);
  });
}

TEST(PoolEnd, WhileAnExceptionPassesItDoesNotWait) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto go = shared().event();
    std::optional<Future<void>> held;
    std::optional<Future<void>> dropped;
    try {
      Pool pool(1);
      held = pool.apply_async(
          [](Value<int> to, Event e) {
            ++to;
            e.wait();
          },
          running, go);
      wait_for(running, 1);
      dropped = pool.apply_async([] {});
      throw std::runtime_error("passes");
    } catch (const std::runtime_error&) {
      EXPECT_FALSE(held->ready());
    }
    EXPECT_THROW(dropped->get(), Cancelled);
    go.set();
    held->get();
    EXPECT_TRUE(held->successful());
  });
}

TEST(PoolMisuse, IsRefusedWithASentence) {
  on_manager([] {
    EXPECT_THROW(Pool(0), std::invalid_argument);
    EXPECT_THROW(Pool(-2), std::invalid_argument);
    EXPECT_THROW(Pool({.processes = -1}), std::invalid_argument);
    EXPECT_NE(usage_error([] { Pool({.max_tasks_per_child = 3}); }), "");
    Pool pool(2);
    EXPECT_TRUE(has(usage_error([&] { pool.map_async([](int) {}, {1}, {.progress = "x"}); }), "map_async"));
    pool.close();
    pool.join();
  });
}

TEST(PoolMisuse, ATaskCannotWaitForTheEndOfItsPool) {
  on_manager([] {
    static Pool* same = nullptr;  // a task of this rank can reach it
    Pool pool(1);
    same = &pool;
    try {
      pool.apply(
          [](int home) {
            if (this_process::rank() != home) throw UsageError("join(): on another rank");
            same->close();
            same->join();
          },
          this_process::rank());
      ADD_FAILURE() << "it did";
    } catch (const RemoteError& error) {
      EXPECT_EQ(error.type(), "cohort::UsageError");
      EXPECT_TRUE(has(error.message(), "join()")) << error.what();
    }
  });
}

}  // namespace
}  // namespace cohort::test
