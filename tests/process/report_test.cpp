// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "cohort/process/rank_times.hpp"
#include "cohort/process/report_table.hpp"

namespace cohort::test {
namespace {

std::uint64_t waited_for(const RankReport& report, WaitKind kind) {
  return report.waiting[static_cast<std::size_t>(kind)];
}
void expect_whole(const RankReport& report) {
  EXPECT_EQ(report.busy + report.main + report.waited(), report.wall);
}

TEST(RankTimes, TimeInWhichNobodyRunsIsSpentWaitingForWork) {
  RankTimes times(1000);
  const RankReport report = times.at(1500);
  EXPECT_EQ(report.wall, 500U);
  EXPECT_EQ(waited_for(report, WaitKind::work), 500U);
  expect_whole(report);
}

TEST(RankTimes, ATaskInTheMiddleOfMainIsNotMain) {
  RankTimes times(0);
  times.change(Activity::none, Activity::main, 0);
  times.change(Activity::main, Activity::task, 30);
  times.change(Activity::task, Activity::main, 70);
  times.change(Activity::main, Activity::none, 100);
  const RankReport report = times.at(105);
  EXPECT_EQ(report.main, 60U);
  EXPECT_EQ(report.busy, 40U);
  EXPECT_EQ(waited_for(report, WaitKind::work), 5U);
  expect_whole(report);
}

TEST(RankTimes, AWaitDuringWhichTheRankRunsATaskIsNone) {
  RankTimes times(0);
  times.change(Activity::none, Activity::main, 0);
  times.block(Activity::main, WaitKind::process, 10);
  times.change(Activity::none, Activity::task, 15);  // another thread
  times.change(Activity::task, Activity::none, 80);
  times.unblock(Activity::main, WaitKind::process, 100);
  const RankReport report = times.at(110);
  EXPECT_EQ(report.main, 20U);
  EXPECT_EQ(report.busy, 65U);
  EXPECT_EQ(waited_for(report, WaitKind::process), 25U);
  EXPECT_EQ(waited_for(report, WaitKind::work), 0U);
  expect_whole(report);
}

TEST(RankTimes, TwoTasksAtOnceAreOneTime) {
  RankTimes times(0);
  times.change(Activity::none, Activity::task, 0);
  times.change(Activity::none, Activity::task, 10);
  times.change(Activity::task, Activity::none, 20);
  times.change(Activity::task, Activity::none, 30);
  const RankReport report = times.at(30);
  EXPECT_EQ(report.busy, 30U);
  expect_whole(report);
}

TEST(RankTimes, TheLastWhoBeganToWaitSaysForWhat) {
  RankTimes times(0);
  times.change(Activity::none, Activity::main, 0);
  times.block(Activity::main, WaitKind::future, 0);
  times.change(Activity::none, Activity::task, 0);
  times.block(Activity::task, WaitKind::lock, 0);
  times.unblock(Activity::task, WaitKind::lock, 40);
  times.change(Activity::task, Activity::none, 50);
  times.unblock(Activity::main, WaitKind::future, 70);
  const RankReport report = times.at(70);
  EXPECT_EQ(waited_for(report, WaitKind::lock), 40U);
  EXPECT_EQ(report.busy, 10U);
  EXPECT_EQ(waited_for(report, WaitKind::future), 20U) << "the lock is not waited for any more";
  expect_whole(report);
}

TEST(RankReport, ArrivesAsItWasSent) {
  RankReport report{.tasks = ~std::uint64_t{0}, .wall = 100, .busy = 30, .main = 20};
  report.waiting[0] = 1;
  report.waiting[kWaitKinds - 1] = 49;
  const RankReport same = RankReport::decode(report.encode());
  EXPECT_EQ(same.tasks, report.tasks);
  EXPECT_EQ(same.wall, 100U);
  EXPECT_EQ(same.busy, 30U);
  EXPECT_EQ(same.main, 20U);
  EXPECT_EQ(same.waiting, report.waiting);
}

TEST(ReportTable, HasALineForEachRankAndTheLongestWaitFirst) {
  RankReport first{.tasks = 512, .wall = 1'980'000'000, .busy = 1'920'600'000, .main = 9'900'000};
  first.waiting[static_cast<std::size_t>(WaitKind::queue_get)] = 5'940'000;
  first.waiting[static_cast<std::size_t>(WaitKind::future)] = 43'560'000;
  first.waiting[static_cast<std::size_t>(WaitKind::lock)] = 900'000;  // would read 0.0 %
  RankReport second{.tasks = 12'345'678, .wall = 2'000'000'000, .busy = 2'000'000'000};
  EXPECT_EQ(report_table({first, second}),
            "cohort: report of 2 ranks, 1.98 s\n"
            "rank     tasks     busy     main  waiting  for what\n"
            "   0       512   97.0 %    0.5 %    2.5 %  future 2.2 %, queue get 0.3 %\n"
            "   1  12345678  100.0 %    0.0 %    0.0 %\n");
}

TEST(ReportTable, OfARunThatTookNoTimeHasNoShares) {
  EXPECT_EQ(report_table({RankReport()}),
            "cohort: report of 1 rank, 0 s\n"
            "rank  tasks     busy     main  waiting  for what\n"
            "   0      0    0.0 %    0.0 %    0.0 %\n");
}

TEST(ReportTable, NamesEveryKindOfWait) {
  for (std::size_t kind = 1; kind < kWaitKinds; ++kind) {
    RankReport rank{.wall = 100};
    rank.waiting[kind] = 100;
    const std::string text = report_table({rank});
    EXPECT_TRUE(std::regex_search(text, std::regex("%  [a-z ]*[a-z] 100.0 %\n$"))) << kind << ": " << text;
  }
}

}  // namespace
}  // namespace cohort::test
