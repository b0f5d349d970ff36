// SPDX-License-Identifier: BSL-1.0
// Pools in tasks, in Processes, and one of each rank.
#include "process/process_support.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace cohort::test {
namespace {

int leaf(int n) { return n; }
int branch(int n) {
  Pool pool(2);
  const auto all = pool.map(leaf, range(n));
  return std::accumulate(all.begin(), all.end(), 0);
}
int root(int n) {
  Pool pool;
  const auto all = pool.map(branch, range(n), {.chunk = 1});
  return std::accumulate(all.begin(), all.end(), 0);
}

TEST(PoolNested, ThreeLevelsOfPools) {
  on_manager([] {
    Pool pool;
    // 0, 0, 0, 1, 4, 10, ...: each is the sum of those before, and of the triangular number.
    EXPECT_EQ(pool.map(root, range(7), {.chunk = 1}), (std::vector<int>{0, 0, 0, 1, 4, 10, 20}));
    EXPECT_EQ(pool.apply(root, 6), 20);
  });
}

// Each rank's own, for its tasks to use.
Pool* of_this_rank = nullptr;
int serial(int n) { return n < 2 ? n : serial(n - 1) + serial(n - 2); }
int fibonacci(int n, int home) {
  if (n < 2 || this_process::rank() != home) return serial(n);
  const auto first = of_this_rank->apply_async(fibonacci, n - 1, home);
  const auto second = of_this_rank->starmap(fibonacci, {std::tuple(n - 2, home)});
  return first.get() + second[0];
}

TEST(PoolNested, TasksUseTheirOwnPool) {
  for (const int places : {1, 3}) {
    Pool mine(places);
    of_this_rank = &mine;
    EXPECT_EQ(mine.apply(fibonacci, 10, session().rank()), 55);
    EXPECT_EQ(mine.apply_async(fibonacci, 8, session().rank()).get(), 21);
    session().join();
  }
}

// Each waits for the next one, which nobody else has a place for: the caller has the only one.
int countdown(int n) { return n == 0 ? 0 : 1 + of_this_rank->apply_async(countdown, n - 1).get(); }

TEST(PoolNested, ManyLevelsLieOnOneStack) {
  on_manager([] {
    Pool mine(1);
    of_this_rank = &mine;
    EXPECT_EQ(mine.apply(countdown, 300), 300);
  });
}

TEST(PoolNested, TasksUseAPoolOfTheirRank) {
  {
    Pool mine(2);
    of_this_rank = &mine;
    session().join();
    on_manager([] {
      Pool pool;
      const auto sums = pool.map(
          [](int n) {
            const auto all = of_this_rank->map(leaf, range(n));
            return std::accumulate(all.begin(), all.end(), 0);
          },
          range(30), {.chunk = 1});
      for (int n = 0; n < 30; ++n) EXPECT_EQ(sums[static_cast<std::size_t>(n)], n * (n - 1) / 2);
    });
  }
  session().join();
}

TEST(PoolSpmd, EveryRankHasItsOwn) {
  Pool pool(2);
  const int rank = session().rank();
  const auto results = pool.starmap([](int r, int n) { return 1000 * r + n; },
                                    std::vector<std::tuple<int, int>>{{rank, 1}, {rank, 2}, {rank, 3}});
  EXPECT_EQ(results, (std::vector<int>{1000 * rank + 1, 1000 * rank + 2, 1000 * rank + 3}));
  int next = 0;
  for (const int n : pool.imap(leaf, range(200))) EXPECT_EQ(n, next++);
  session().join();
}

TEST(PoolSpmd, OneRankAloneIsHelpedByThoseThatServe) {
  if (session().rank() == ranks() - 1) {
    Pool pool;
    const auto met = shared().value<int>();
    pool.map(partial(
                 [](Value<int> to, int parties, int) {
                   ++to;
                   wait_for(to, parties);
                 },
                 met, ranks()),
             range(ranks()), {.chunk = 1});
    EXPECT_EQ(met.get(), ranks());
  }
  session().join();
}

TEST(PoolNested, ProcessesHavePoolsToo) {
  on_manager([] {
    const auto sums = shared().list<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 6; ++i)
      processes.emplace_back([](List<int> to, int n) { to.append(root(n)); }, sums, i);
    start_all(processes);
    join_all(processes);
    auto all = sums.copy();
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, (std::vector<int>{0, 0, 0, 1, 4, 10}));
  });
}

}  // namespace
}  // namespace cohort::test
