// SPDX-License-Identifier: BSL-1.0
// Futures: what they tell, how they wait, and where they may go.
#include "process/process_support.hpp"

#include <algorithm>
#include <optional>

namespace cohort::test {
namespace {

// A task that says when it runs, and ends when it is let go.
struct Gate {
  Gate() : running(shared().value<int>()), go(shared().event()) {}
  Future<int> start(Pool& pool, int result = 1) const {
    return pool.apply_async(
        [](Value<int> to, Event e, int n) {
          ++to;
          e.wait();
          return n;
        },
        running, go, result);
  }
  Value<int> running;
  Event go;
};

TEST(Future, TellsWhetherItsTaskHasEnded) {
  on_manager([] {
    Pool pool(2);
    const Gate gate;
    const auto future = gate.start(pool, 5);
    EXPECT_FALSE(future.ready());
    EXPECT_TRUE(has(usage_error([&] { static_cast<void>(future.successful()); }), "ready()"));
    EXPECT_FALSE(future.wait(0s));
    EXPECT_FALSE(future.wait(1ms));
    EXPECT_THROW(future.get(1ms), TimeoutError);
    EXPECT_THROW(future.get(0s), TimeoutError);
    gate.go.set();
    future.wait();
    EXPECT_TRUE(future.ready() && future.successful());
    EXPECT_TRUE(future.wait(0s));
    EXPECT_EQ(future.get(), 5);
    EXPECT_EQ(future.get(0s), 5);
    EXPECT_EQ(future.get(1h), 5);
    const auto failed = pool.apply_async([] { throw std::runtime_error("x"); });
    EXPECT_TRUE(failed.wait(1h));
    EXPECT_FALSE(failed.successful());
    for (int i = 0; i < 3; ++i) EXPECT_THROW(failed.get(), RemoteError);
  });
}

TEST(Future, CancelDropsOnlyWhatHasNotBegun) {
  on_manager([] {
    Pool pool(1);
    const Gate gate;
    const auto first = gate.start(pool);
    wait_for(gate.running, 1);
    const auto second = gate.start(pool);
    const auto many = pool.map_async([](int n) { return n; }, range(100));
    EXPECT_FALSE(first.cancel());
    EXPECT_TRUE(second.cancel());
    EXPECT_FALSE(second.cancel());
    EXPECT_TRUE(many.cancel());
    EXPECT_TRUE(second.ready() && !second.successful());
    try {
      second.get();
      ADD_FAILURE() << "not cancelled";
    } catch (const Cancelled& cancelled) {
      EXPECT_TRUE(has(cancelled.what(), "cancel()")) << cancelled.what();
    }
    EXPECT_THROW(many.get(), Cancelled);
    EXPECT_THROW(many.get(0s), Cancelled);
    gate.go.set();
    EXPECT_EQ(first.get(), 1);  // unharmed
    EXPECT_FALSE(first.cancel());
    EXPECT_EQ(first.get(), 1);
    EXPECT_EQ(gate.running.get(), 1);
    EXPECT_FALSE(pool.map_async([](int n) { return n; }, range(0)).cancel());
    EXPECT_EQ(pool.apply([] { return 2; }), 2);
  });
}

TEST(Future, OfAMapThatRunsIsCancelledInTheMiddle) {
  on_manager([] {
    Pool pool(1);
    const auto running = shared().value<int>();
    const auto go = shared().event();
    const auto future = pool.map_async(partial(
                                           [](Value<int> to, Event e, int) {
                                             ++to;
                                             e.wait();
                                           },
                                           running, go),
                                       range(10), {.chunk = 2});
    wait_for(running, 1);
    EXPECT_TRUE(future.cancel());
    EXPECT_FALSE(future.ready());
    go.set();
    EXPECT_THROW(future.get(), Cancelled);
    EXPECT_EQ(running.get(), 2);  // the chunk that had begun
  });
}

TEST(Future, IsAHandle) {
  on_manager([] {
    std::optional<Future<std::string>> outlives;
    const auto kept = shared().list<Future<int>>();
    {
      Pool pool;
      outlives = pool.apply_async([] { return std::string("text"); });
      for (int i = 0; i < 5; ++i) kept.append(pool.apply_async([](int n) { return n * n; }, i));
      const auto copy = *outlives;
      EXPECT_TRUE(copy.is_same(*outlives));
      Process process(
          [](Future<std::string> f, List<Future<int>> all) {
            if (f.get() != "text" || all.get(4).get() != 16) throw std::logic_error("wrong");
          },
          copy, kept);
      process.start();
      process.join();
      EXPECT_EQ(process.exitcode(), 0);
      const auto twice = pool.map([](const Future<int>& f) { return 2 * f.get(); }, kept);
      EXPECT_EQ(twice, (std::vector<int>{0, 2, 8, 18, 32}));
      const auto later = pool.apply([] { return Pool(1).apply_async([] { return 3; }); });
      EXPECT_EQ(later.get(), 3);
    }
    EXPECT_EQ(outlives->get(), "text");
    EXPECT_EQ(kept.get(3).get(), 9);
  });
}

TEST(Future, ThatIsEmptySaysSo) {
  on_manager([] {
    const Future<int> empty;
    EXPECT_FALSE(empty.valid());
    EXPECT_TRUE(has(usage_error([&] { empty.get(); }), "Future"));
    EXPECT_NE(usage_error([&] { empty.get(1s); }), "");
    EXPECT_NE(usage_error([&] { empty.wait(); }), "");
    EXPECT_NE(usage_error([&] { static_cast<void>(empty.wait(1s)); }), "");
    EXPECT_NE(usage_error([&] { static_cast<void>(empty.ready()); }), "");
    EXPECT_NE(usage_error([&] { static_cast<void>(empty.successful()); }), "");
    EXPECT_NE(usage_error([&] { static_cast<void>(empty.cancel()); }), "");
    std::vector<Future<int>> several(2);
    EXPECT_NE(usage_error([&] { wait_any(several); }), "");
    EXPECT_NE(usage_error([&] { as_completed(several); }), "");
    several.clear();
    EXPECT_THROW(wait_any(several), std::invalid_argument);
    for (auto& future : as_completed(several)) ADD_FAILURE() << future.valid();
  });
}

TEST(Future, OfNothingAndOfVectorsIsNoListOfResults) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(pool.apply_async([](int n) { return std::vector<int>(2, n); }, 3).get(),
              (std::vector<int>{3, 3}));
    EXPECT_EQ(pool.apply([] { return std::vector<bool>{true, false}; }), (std::vector<bool>{true, false}));
    EXPECT_EQ(pool.map_async([](int n) { return n; }, range(0)).get(), std::vector<int>());
    EXPECT_EQ(pool.map([](int n) { return std::to_string(n); }, range(0)), std::vector<std::string>());
    pool.map([](int) {}, range(0));
    EXPECT_TRUE(pool.map_async([](int) {}, range(0)).successful());
  });
}

TEST(WaitAny, FindsTheFirstThatHasEnded) {
  on_manager([] {
    Pool slow(2);
    Pool quick(2);
    const Gate gate;
    std::vector<Future<int>> futures{gate.start(slow), gate.start(slow)};
    futures.push_back(quick.apply_async([] { return 3; }));
    EXPECT_EQ(wait_any(futures), 2U);  // though the others have not ended, and will only after this
    EXPECT_EQ(wait_any(futures), 2U);
    EXPECT_EQ(futures[2].get(), 3);
    gate.go.set();
    const std::vector<Future<int>> others(futures.begin(), futures.begin() + 2);
    EXPECT_LT(wait_any(others), 2U);
  });
}

TEST(AsCompleted, GivesEachOnceAndTheFinishedOnesFirst) {
  on_manager([] {
    Pool first(2);
    Pool second(3);
    const Gate gate;
    std::vector<Future<int>> futures;
    futures.push_back(gate.start(first, -1));
    for (int i = 0; i < 60; ++i)
      futures.push_back((i % 2 == 0 ? first : second).apply_async([](int n) { return n; }, i));
    std::vector<int> results;
    for (Future<int>& future : as_completed(futures)) {
      EXPECT_TRUE(future.ready());
      results.push_back(future.get());
      if (results.size() == 60) gate.go.set();
    }
    ASSERT_EQ(results.size(), 61U);
    EXPECT_EQ(results.back(), -1);
    std::sort(results.begin(), results.end());
    for (int i = 0; i < 61; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i - 1);
    EXPECT_TRUE(futures[30].valid());
  });
}

TEST(AsCompleted, GivesFailedAndDroppedOnesToo) {
  on_manager([] {
    Pool pool(1);
    std::vector<Future<int>> futures;
    for (int i = 0; i < 10; ++i) {
      futures.push_back(pool.apply_async(
          [](int n) {
            if (n % 3 == 0) throw std::runtime_error("third");
            return n;
          },
          i));
    }
    int failed = 0;
    for (const Future<int>& future : as_completed(futures)) failed += future.successful() ? 0 : 1;
    EXPECT_EQ(failed, 4);
    const Gate gate;
    std::vector<Future<int>> more{gate.start(pool), gate.start(pool)};
    wait_for(gate.running, 1);
    pool.terminate();
    const auto index = wait_any(more);
    EXPECT_EQ(index, 1U);
    EXPECT_THROW(more[index].get(), Cancelled);
    gate.go.set();
  });
}

TEST(WaitAny, InATaskDoesWhatNobodyElseWould) {
  on_manager([] {
    Pool pool(1);
    static Pool* same = nullptr;
    same = &pool;
    const int home = this_process::rank();
    const int sum = pool.apply(
        [](int rank) {
          if (this_process::rank() != rank) return 6;
          std::vector<Future<int>> futures;
          for (int i = 1; i < 4; ++i) futures.push_back(same->apply_async([](int n) { return n; }, i));
          int all = 0;
          for (const auto& future : as_completed(futures)) all += future.get();
          return all;
        },
        home);
    EXPECT_EQ(sum, 6);
  });
}

}  // namespace
}  // namespace cohort::test
