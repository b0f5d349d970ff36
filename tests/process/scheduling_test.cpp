// SPDX-License-Identifier: BSL-1.0
// Any number of Processes gets along on any number of ranks: who waits gives its core away.
#include "process/process_support.hpp"

#include <algorithm>
#include <set>

namespace cohort::test {
namespace {

void meet_at_value(Value<int> arrived, int all) {
  ++arrived;
  wait_for(arrived, all);
}

TEST(Scheduling, AHundredProcessesMeetAtAValue) {
  on_manager([] {
    const auto arrived = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 100; ++i) processes.emplace_back(meet_at_value, arrived, 100);
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(arrived.get(), 100);
  });
}

TEST(Scheduling, AHundredProcessesMeetAtAnElementThatTheyPoll) {
  on_manager([] {
    const auto counters = shared().list<int>({0});
    std::vector<Process> processes;
    for (int i = 0; i < 100; ++i) {
      processes.emplace_back(
          [](List<int> all) {
            all[0] += 1;
            // What it polls tells nobody of a change; the pauses are for those who have not come yet.
            blocking([&] {
              while (all.get(0) < 100) std::this_thread::sleep_for(200us);
            });
          },
          counters);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(counters.get(0), 100);
  });
}

TEST(Scheduling, AHundredProcessesMeetWithTheBodyAgainAndAgain) {
  on_manager([] {
    const int meetings = rounds(20);
    const auto arrived = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 100; ++i) {
      processes.emplace_back(
          [](Value<int> at, int times) {
            for (int n = 1; n <= times; ++n) meet_at_value(at, n * 101);
          },
          arrived, meetings);
    }
    start_all(processes);
    for (int n = 1; n <= meetings; ++n) meet_at_value(arrived, n * 101);
    join_all(processes);
    EXPECT_EQ(arrived.get(), meetings * 101);
  });
}

TEST(Scheduling, EachWaitsForTheOneQueuedBehindIt) {
  on_manager([] {
    const auto turn = shared().value<int>(40);
    std::vector<Process> processes;
    for (int i = 0; i < 40; ++i) {
      processes.emplace_back(
          [](Value<int> at, int mine) {
            for (int seen = at.get(); seen != mine + 1; seen = at.get()) at.wait(seen);
            at.set(mine);
          },
          turn, i);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(turn.get(), 0);
  });
}

void nest(Value<int> depth, int left) {
  ++depth;
  if (left == 0) return;
  Process inner(nest, depth, left - 1);
  inner.start();
  inner.join();
  if (inner.exitcode() != 0) throw std::runtime_error("the inner one failed");
}

void nest_on_another_thread(Value<int> depth, int left) {
  ++depth;
  if (left == 0) return;
  Process inner(nest_on_another_thread, depth, left - 1);
  inner.start();
  while (!inner.join(1h)) {
  }
  if (inner.exitcode() != 0) throw std::runtime_error("the inner one failed");
}

TEST(Scheduling, StartAndJoinNestFiftyDeep) {
  on_manager([] {
    const auto depth = shared().value<int>();
    Process process(nest, depth, 50);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_EQ(depth.get(), 51);
  });
}

TEST(Scheduling, StartAndJoinWithATimeoutNestFiftyDeep) {
  on_manager([] {
    const auto depth = shared().value<int>();
    Process process(nest_on_another_thread, depth, 50);
    process.start();
    EXPECT_TRUE(process.join(1h));
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_EQ(depth.get(), 51);
  });
}

void grow(Value<int> count, int levels) {
  ++count;
  if (levels == 0) return;
  std::vector<Process> processes;
  for (int i = 0; i < 10; ++i) processes.emplace_back(grow, count, levels - 1);
  start_all(processes);
  join_all(processes);
}

TEST(Scheduling, AProcessStartsTenThatStartTenEach) {
  on_manager([] {
    const auto count = shared().value<int>();
    Process root(grow, count, 2);
    root.start();
    root.join();
    EXPECT_EQ(root.exitcode(), 0);
    EXPECT_EQ(count.get(), 111);
  });
}

TEST(Scheduling, ATreeWhoseLeavesAllMeet) {
  on_manager([] {
    const auto arrived = shared().value<int>();
    Process root(
        [](Value<int> at) {
          std::vector<Process> branches;
          for (int i = 0; i < 10; ++i) {
            branches.emplace_back(
                [](Value<int> leaf_at) {
                  std::vector<Process> leaves;
                  for (int n = 0; n < 10; ++n) leaves.emplace_back(meet_at_value, leaf_at, 100);
                  start_all(leaves);
                  join_all(leaves);
                },
                at);
          }
          start_all(branches);
          join_all(branches);
        },
        arrived);
    root.start();
    root.join();
    EXPECT_EQ(root.exitcode(), 0);
    EXPECT_EQ(arrived.get(), 100);
  });
}

// As many as there are ranks, each busy until all run: they can only end where each rank has one.
void meet_busily(Value<int> arrived, List<int> where, int all) {
  where.append(this_process::rank());
  ++arrived;
  busy_until([&] { return arrived.get() == all; });
}

TEST(Scheduling, BusyProcessesSpreadOverAllRanksAndTheManagersTakesOneWhileItJoins) {
  on_manager([] {
    for (int round = 0; round < rounds(40); ++round) {
      const auto arrived = shared().value<int>();
      const auto where = shared().list<int>();
      std::vector<Process> processes;
      for (int i = 0; i < ranks(); ++i) processes.emplace_back(meet_busily, arrived, where, ranks());
      start_all(processes);
      join_all(processes);
      const auto seen = where.copy();
      ASSERT_EQ(std::set<int>(seen.begin(), seen.end()).size(), static_cast<std::size_t>(ranks()));
    }
  });
}

TEST(Scheduling, TheManagersRankComputesWhileItWaitsForAValue) {
  on_manager([] {
    for (int round = 0; round < rounds(40); ++round) {
      const auto arrived = shared().value<int>();
      const auto where = shared().list<int>();
      std::vector<Process> processes;
      for (int i = 0; i < ranks(); ++i) processes.emplace_back(meet_busily, arrived, where, ranks());
      start_all(processes);
      wait_for(arrived, ranks());
      join_all(processes);
      EXPECT_TRUE(where.contains(0));
    }
  });
}

TEST(Scheduling, ABusyBodyLeavesTheWorkToTheOtherRanks) {
  on_manager([] {
    if (ranks() == 1) return;
    const auto where = shared().list<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 20; ++i)
      processes.emplace_back([](List<int> to) { to.append(this_process::rank()); }, where);
    start_all(processes);
    busy_until([&] { return where.size() == 20; });
    EXPECT_FALSE(where.contains(0));
    join_all(processes);
  });
}

TEST(Scheduling, WorkThatSleepsOutsideOfCohortIsDoneBySomebodyElse) {
  on_manager([] {
    const auto done = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 2 * ranks(); ++i) {
      processes.emplace_back(
          [](Value<int> last) { blocking([&] { busy_until([&] { return last.get() == 1; }); }); }, done);
    }
    processes.emplace_back([](Value<int> last) { last.set(1); }, done);
    start_all(processes);
    join_all(processes);
  });
}

TEST(Blocking, GivesWhatTheFunctionReturns) {
  on_manager([] {
    int number = 1;
    int& same = blocking([&]() -> int& { return number; });
    EXPECT_EQ(&same, &number);
    EXPECT_EQ(blocking([] { return std::string("text"); }), "text");
    EXPECT_THROW(blocking([] { throw std::runtime_error("thrown"); }), std::runtime_error);
    const int nested = blocking([] { return blocking([] { return 3; }); });
    EXPECT_EQ(nested, 3);
  });
}

TEST(Scheduling, ARankRunsOneBusyProcessAtATime) {
  on_manager([] {
    const auto inside = shared().list<int>(static_cast<std::size_t>(ranks()), 0);
    const auto most = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 200; ++i) {
      processes.emplace_back(
          [](List<int> running, Value<int> to) {
            const int rank = this_process::rank();
            to.fetch_max(running[rank].fetch_add(1) + 1);
            for (int n = 0; n < 20; ++n) std::this_thread::yield();
            running[rank] -= 1;
          },
          inside, most);
    }
    start_all(processes);
    for (auto& process : processes) EXPECT_TRUE(process.join(1h));
    EXPECT_EQ(most.get(), 1);
  });
}

TEST(Scheduling, ThreadsOfTheBodyStartAndJoinToo) {
  on_manager([] {
    const auto sum = shared().value<int>();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([sum, t] {
        std::vector<Process> processes;
        for (int i = 0; i < 25; ++i)
          processes.emplace_back([](Value<int> to, int n) { to += n; }, sum, t * 25 + i);
        start_all(processes);
        if (t % 2 == 0) {
          join_all(processes);
        } else {
          for (auto& process : processes) EXPECT_TRUE(process.join(1h));
        }
      });
    }
    blocking([&] {
      for (auto& thread : threads) thread.join();
    });
    EXPECT_EQ(sum.get(), 4950);
  });
}

TEST(Scheduling, ThreadsOfAProcessStartAndJoinToo) {
  on_manager([] {
    const auto sum = shared().value<int>();
    Process parent(
        [](Value<int> to) {
          std::thread thread([to] {
            std::vector<Process> processes;
            for (int i = 0; i < 25; ++i) processes.emplace_back([](Value<int> t) { ++t; }, to);
            start_all(processes);
            join_all(processes);
          });
          blocking([&] { thread.join(); });
        },
        sum);
    run_elsewhere(parent);
    EXPECT_EQ(sum.get(), 25);
  });
}

TEST(Scheduling, AProcessStartsWhatAnotherThreadJoins) {
  on_manager([] {
    const auto ran = shared().value<int>();
    for (int i = 0; i < rounds(100); ++i) {
      Process process([](Value<int> to) { ++to; }, ran);
      std::thread([&] { process.start(); }).join();
      std::thread thread([&] { process.join(); });
      blocking([&] { thread.join(); });
      EXPECT_EQ(ran.get(), i + 1);
    }
  });
}

TEST(Scheduling, FiveThousandShortProcesses) {
  on_manager([] {
    const auto sum = shared().value<long>();
    const int count = rounds(5000) < 2500 ? 2500 : 5000;
    std::vector<Process> processes;
    for (int i = 0; i < count; ++i) processes.emplace_back([](Value<long> to, int n) { to += n; }, sum, i);
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(sum.get(), long{count} * (count - 1) / 2);
  });
}

TEST(Scheduling, OneShortProcessAfterTheOther) {
  on_manager([] {
    const auto sum = shared().value<int>();
    const int count = rounds(2000);
    for (int i = 0; i < count; ++i) {
      Process process([](Value<int> to) { ++to; }, sum);
      process.start();
      if (i % 2 == 0) {
        process.join();
      } else {
        EXPECT_TRUE(process.join(1h));
      }
      ASSERT_EQ(sum.get(), i + 1);
    }
  });
}

TEST(Scheduling, AllRanksStartAndJoinAtOnce) {
  const auto ran = shared().open<List<int>>("ran by all ranks");
  const int count = rounds(400);
  std::vector<Process> processes;
  for (int i = 0; i < count; ++i) {
    processes.emplace_back([](List<int> to, int n) { to.append(n); }, ran, session().rank() * count + i);
  }
  start_all(processes);
  join_all(processes);
  session().join();
  auto all = ran.copy();
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), static_cast<std::size_t>(ranks() * count));
  for (int i = 0; i < ranks() * count; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)], i);
  session().join();
}

TEST(Scheduling, AllRanksStartProcessesThatMeet) {
  const auto arrived = shared().open<Value<int>>("arrived from all ranks");
  std::vector<Process> processes;
  for (int i = 0; i < 20; ++i) processes.emplace_back(meet_at_value, arrived, 20 * ranks());
  start_all(processes);
  join_all(processes);
  EXPECT_EQ(arrived.get(), 20 * ranks());
  session().join();
}

}  // namespace
}  // namespace cohort::test
