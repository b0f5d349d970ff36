// SPDX-License-Identifier: BSL-1.0
// session.join(): all ranks meet, and no Process is left.
#include "process/process_support.hpp"

#include <algorithm>

namespace cohort::test {
namespace {

void count(List<int> counts, int epoch) { counts[epoch] += 1; }

// A list of zeros, one for each epoch: a fast rank may be in the next one already.
List<int> counts_for(const std::string& name, int epochs) {
  return shared().open<List<int>>(name, static_cast<std::size_t>(epochs), 0);
}

TEST(SessionJoin, LosesNoProcessOfAnyRankInAnyEpoch) {
  constexpr int kEpochs = 200;
  const auto counts = counts_for("epochs of one starter", kEpochs);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    std::vector<Process> processes;
    if (epoch % ranks() == session().rank()) {
      for (int i = 0; i < 5; ++i) processes.emplace_back(count, counts, epoch);
      start_all(processes);
    }
    session().join();
    ASSERT_EQ(counts.get(epoch), 5) << "in epoch " << epoch;
    for (const auto& process : processes) ASSERT_EQ(process.exitcode(), 0);
  }
  session().join();
}

TEST(SessionJoin, LosesNoProcessWhereAllRanksStartThem) {
  const int epochs = rounds(200);
  const auto counts = counts_for("epochs of all starters", epochs);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<Process> processes;
    for (int i = 0; i <= (epoch + session().rank()) % 3; ++i) processes.emplace_back(count, counts, epoch);
    start_all(processes);
    session().join();
    int expected = 0;
    for (int rank = 0; rank < ranks(); ++rank) expected += 1 + (epoch + rank) % 3;
    ASSERT_EQ(counts.get(epoch), expected) << "in epoch " << epoch;
  }
  session().join();
}

TEST(SessionJoin, WithoutAnyWorkIsABarrier) {
  const int epochs = rounds(400);
  const auto counts = counts_for("epochs without work", epochs);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    counts[epoch] += 1;
    session().join();
    ASSERT_EQ(counts.get(epoch), ranks());
  }
  session().join();
}

void start_more(List<int> counts, int epoch, int levels) {
  count(counts, epoch);
  if (levels == 0) return;
  std::vector<Process> processes;
  for (int i = 0; i < 2; ++i) processes.emplace_back(start_more, counts, epoch, levels - 1);
  start_all(processes);
  join_all(processes);
}

TEST(SessionJoin, WaitsForWhatProcessesStart) {
  const int epochs = rounds(40);
  const auto counts = counts_for("epochs of trees", epochs);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Process root(start_more, counts, epoch, 3);
    if (epoch % ranks() == session().rank()) root.start();
    session().join();
    ASSERT_EQ(counts.get(epoch), 15) << "in epoch " << epoch;
  }
  session().join();
}

// The parent fails and does not wait for its child, which nobody holds any more.
void leave_an_orphan(Value<int> running, Value<int> let_go, List<int> counts) {
  Process orphan(
      [](Value<int> on, Value<int> gate, List<int> to) {
        ++on;
        gate.wait(0);
        for (int i = 0; i < 100; ++i) std::this_thread::yield();
        to[0] += 1;
      },
      running, let_go, counts);
  orphan.start();
  running.wait(0);
  throw std::runtime_error("on purpose");
}

TEST(SessionJoin, WaitsForOrphans) {
  const auto counts = counts_for("orphans", 1);
  if (is_manager()) {
    const auto running = shared().value<int>();
    const auto let_go = shared().value<int>();
    Process parent(leave_an_orphan, running, let_go, counts);
    parent.start();
    parent.join();
    EXPECT_EQ(parent.exitcode(), 1);
    let_go.set(1);
  }
  session().join();
  EXPECT_EQ(counts.get(0), 1);
  session().join();
}

TEST(SessionJoin, ReturnsInNoRankBeforeTheLastHasCome) {
  const int epochs = rounds(100);
  const auto arrived = shared().open<Value<int>>("arrived ranks");
  for (int epoch = 0; epoch < epochs; ++epoch) {
    if (epoch % ranks() == session().rank()) {
      for (int i = 0; i < 50; ++i) std::this_thread::yield();  // comes late
    }
    ++arrived;
    session().join();
    ASSERT_GE(arrived.get(), (epoch + 1) * ranks());
  }
  session().join();
  EXPECT_EQ(arrived.get(), epochs * ranks());
  session().join();
}

TEST(SessionJoin, ServesWhileTheOthersAreOnTheirWay) {
  // Rank 0 comes last; what it starts meanwhile is run by the ranks that wait.
  if (is_manager()) {
    const auto ran = shared().value<int>();
    for (int i = 0; i < rounds(100); ++i) {
      Process process([](Value<int> to) { ++to; }, ran);
      process.start();
      if (ranks() > 1) busy_until([&] { return !process.is_alive(); });
      process.join();
      EXPECT_TRUE(ranks() == 1 || process.rank() != 0);
    }
    EXPECT_EQ(ran.get(), rounds(100));
  }
  session().join();
}

TEST(Session, KnowsItsRanks) {
  EXPECT_GE(session().rank(), 0);
  EXPECT_LT(session().rank(), session().size());
  EXPECT_EQ(session().is_manager(), session().rank() == 0);
  const auto seen = shared().open<List<int>>("ranks that there are");
  seen.append(session().rank());
  session().join();
  auto all = seen.copy();
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), static_cast<std::size_t>(session().size()));
  for (int rank = 0; rank < session().size(); ++rank) EXPECT_EQ(all[static_cast<std::size_t>(rank)], rank);
  session().join();
}

TEST(Session, IsTheOnlyOne) {
  int argc = 0;
  char** argv = nullptr;
  EXPECT_TRUE(has(usage_error([&] { const Session second(argc, argv); }), "one cohort::Session"));
  EXPECT_TRUE(has(usage_error([&] { Session third(argc, argv, {}); }), "second"));
  session().join();
  on_manager([] {  // and it still works
    Process process([] {});
    run_elsewhere(process);
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Session, CountsTheCoresOfTheJob) {
  const int cores = cpu_count();
  EXPECT_GE(cores, 1);
  const auto seen = shared().open<List<int>>("cores seen by each rank");
  seen.append(cores);
  session().join();
  EXPECT_EQ(seen.count(cores), static_cast<std::size_t>(ranks()));
  session().join();
}

}  // namespace
}  // namespace cohort::test
