// SPDX-License-Identifier: BSL-1.0
// Pools of which much is wanted at once: each task once, never more at a time than may be, and nobody waits for
// ever.
#include "process/process_support.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

namespace cohort::test {
namespace {

TEST(PoolConcurrent, EachElementIsDoneOnce) {
  on_manager([] {
    Pool pool;
    const auto p = static_cast<std::size_t>(pool.processes());
    for (const std::size_t n :
         {std::size_t{0}, std::size_t{1}, p - 1, p, p + 1, static_cast<std::size_t>(rounds(10'000))}) {
      const auto times = shared().array<int>(n + 1);
      std::vector<std::size_t> numbers(n);
      std::iota(numbers.begin(), numbers.end(), std::size_t{0});
      const auto count = partial(
          [](Array<int> to, std::size_t i) {
            to[i] += 1;
            return i;
          },
          times);
      int expected = 0;
      for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{7}, n + 1}) {
        EXPECT_EQ(pool.map(count, numbers, {.chunk = chunk}), numbers);
        EXPECT_EQ(pool.map_async(count, numbers, {.chunk = chunk}).get(), numbers);
        std::vector<std::size_t> came;
        for (const std::size_t i : pool.imap(count, numbers, {.chunk = chunk})) came.push_back(i);
        EXPECT_EQ(came, numbers);
        came.clear();
        for (const std::size_t i : pool.imap_unordered(count, numbers, {.chunk = chunk})) came.push_back(i);
        std::sort(came.begin(), came.end());
        EXPECT_EQ(came, numbers);
        expected += 4;
        for (std::size_t i = 0; i < n; ++i)
          ASSERT_EQ(times.get(i), expected) << i << " of " << n << ", chunk " << chunk;
      }
    }
  });
}

TEST(PoolConcurrent, NeverDoesMoreAtATimeThanMayBe) {
  on_manager([] {
    for (const int limit : {1, 2, 8}) {
      Pool pool(limit);
      const auto running = shared().value<int>();
      const auto most = shared().value<int>();
      const auto task = partial(
          [](Value<int> at_it, Value<int> to, int n) {
            to.fetch_max(++at_it);
            for (int i = 0; i < 5; ++i) blocking([] { std::this_thread::yield(); });  // others may come in
            --at_it;
            return n;
          },
          running, most);
      std::vector<Future<int>> futures;
      for (int i = 0; i < rounds(40); ++i) {
        futures.push_back(pool.apply_async(task, i));
        EXPECT_EQ(pool.map(task, range(5), {.chunk = 1}), (std::vector<int>{0, 1, 2, 3, 4}));
        EXPECT_EQ(pool.apply(task, i), i);
      }
      int sum = 0;
      for (const int n : pool.imap_unordered(task, range(50), {.chunk = 1})) sum += n;
      EXPECT_EQ(sum, 1225);
      for (const auto& future : as_completed(futures)) future.wait();
      EXPECT_LE(most.get(), limit);
      EXPECT_EQ(running.get(), 0);
    }
  });
}

TEST(PoolConcurrent, TasksThatWaitForEachOtherMeet) {
  on_manager([] {
    for (const int limit : {2, 8}) {
      Pool pool(limit);
      const auto arrived = shared().value<int>();
      const auto most = shared().value<int>();
      const auto meet = partial(
          [](Value<int> to, Value<int> highest, int parties, int round) {
            highest.fetch_max(++to);
            wait_for(to, parties * (round + 1));
          },
          arrived, most, limit);
      for (int round = 0; round < rounds(20); ++round) {
        std::vector<Future<void>> futures;
        for (int i = 0; i < limit; ++i) futures.push_back(pool.apply_async(meet, round));
        for (const auto& future : as_completed(futures)) future.get();
        ASSERT_EQ(arrived.get(), limit * (round + 1));
      }
    }
  });
}

TEST(PoolConcurrent, AQueueIsFilledByOneTaskAndEmptiedByAnother) {
  on_manager([] {
    Pool pool(2);
    const auto queue = shared().queue<int>(2);
    const auto sum = pool.apply_async(
        [](Queue<int> from) {
          int all = 0;
          for (int n = from.get(); n >= 0; n = from.get()) all += n;
          return all;
        },
        queue);
    pool.apply(
        [](Queue<int> to) {
          for (int n = 1; n <= 100; ++n) to.put(n);
          to.put(-1);
        },
        queue);
    EXPECT_EQ(sum.get(), 5050);
  });
}

int leaf(int n) { return n; }

TEST(PoolConcurrent, ManyThreadsUseManyPools) {
  on_manager([] {
    Pool shared_pool(3);
    Pool other(2);
    std::atomic<long> sum = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < rounds(40); ++i) {
          Pool& pool = (t + i) % 3 == 0 ? other : shared_pool;
          for (const int n : pool.map(leaf, range(t + i % 7))) sum += n;
          for (const int n : pool.imap_unordered(leaf, range(t + i % 7), {.chunk = 2})) sum -= n;
          std::vector<Future<int>> futures;
          for (int n = 0; n < 3; ++n) futures.push_back((n == 0 ? other : shared_pool).apply_async(leaf, n));
          sum += futures[wait_any(futures)].get() >= 0 ? 0 : 1;
          for (auto& future : as_completed(futures)) sum += future.get();
          sum -= pool.apply(leaf, 3);
        }
      });
    }
    blocking([&] {
      for (auto& thread : threads) thread.join();
    });
    EXPECT_EQ(sum.load(), 0);
  });
}

TEST(PoolConcurrent, SeveralWaitForTheSameFutures) {
  on_manager([] {
    Pool first(2);
    Pool second(2);
    const auto futures = shared().list<Future<int>>();
    const auto go = shared().event();
    const auto sums = shared().list<int>();
    for (int i = 0; i < 40; ++i) {
      futures.append((i % 2 == 0 ? first : second)
                         .apply_async(
                             [](Event e, int n) {
                               e.wait();
                               return n;
                             },
                             go, i));
    }
    std::vector<Process> waiters;
    for (int i = 0; i < 4; ++i) {
      waiters.emplace_back(
          [](List<Future<int>> list, List<int> to) {
            auto all = list.copy();
            int sum = 0;
            for (auto& future : as_completed(all)) sum += future.get();
            to.append(sum);
          },
          futures, sums);
    }
    start_all(waiters);
    go.set();
    join_all(waiters);
    EXPECT_EQ(sums.copy(), std::vector<int>(4, 780));
  });
}

TEST(PoolConcurrent, WhatIsCancelledIsNotDone) {
  on_manager([] {
    Pool pool(2);
    const auto done = shared().value<int>();
    int cancelled = 0;
    const int count = rounds(500);
    std::vector<Future<void>> futures;
    for (int i = 0; i < count; ++i) {
      futures.push_back(pool.apply_async([](Value<int> to) { ++to; }, done));
      if (i % 3 != 0) cancelled += futures[static_cast<std::size_t>(i / 2)].cancel() ? 1 : 0;
    }
    int dropped = 0;
    for (auto& future : as_completed(futures)) {
      try {
        future.get();
      } catch (const Cancelled&) {
        ++dropped;
      }
    }
    EXPECT_EQ(dropped, cancelled);
    EXPECT_EQ(done.get(), count - cancelled);
  });
}

TEST(PoolConcurrent, WhatIsTakenWhileAPoolEndsIsDoneOrDropped) {
  on_manager([] {
    for (int round = 0; round < rounds(40); ++round) {
      Pool pool(2);
      const auto done = shared().value<int>();
      std::atomic<int> taken = 0;
      std::atomic<int> ended = 0;
      std::thread thread([&] {
        std::vector<Future<void>> futures;
        try {
          for (;;) {
            futures.push_back(pool.apply_async([](Value<int> to) { ++to; }, done));
            ++taken;
          }
        } catch (const Closed&) {
        }
        for (const auto& future : futures) {
          try {
            future.get();
            ++ended;
          } catch (const Cancelled&) {
          }
        }
      });
      busy_until([&] { return taken.load() > 3; });
      if (round % 2 == 0) {
        pool.close();
      } else {
        pool.terminate();
      }
      blocking([&] { thread.join(); });
      pool.join();
      EXPECT_EQ(done.get(), ended.load());
      if (round % 2 == 0) {
        EXPECT_EQ(ended.load(), taken.load());
      }
    }
  });
}

TEST(PoolConcurrent, ProgressIsShownAndChangesNothing) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(pool.map(leaf, range(100), {.progress = "mapped"}).size(), 100U);
    int sum = 0;
    for (const int n : pool.imap(leaf, range(100), {.progress = "streamed"})) sum += n;
    EXPECT_EQ(sum, 4950);
    EXPECT_THROW(pool.map([](int) { throw std::runtime_error("x"); }, {1}, {.progress = "failed"}),
                 RemoteError);
  });
}

}  // namespace
}  // namespace cohort::test
