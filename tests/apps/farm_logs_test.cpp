// SPDX-License-Identifier: BSL-1.0
#include "logs.hpp"

#include <chrono>
#include <cstdlib>

#include "apps/farm_units.hpp"
#include "environment.hpp"

namespace farm {
namespace {

using Logs = InAFolder;

TEST_F(Logs, OfEachKindAreReadBack) {
  for (const LogMode mode : {LogMode::files, LogMode::single}) {
    Settings settings;
    settings.logs = settings.temporary = path(mode == LogMode::single ? "single" : "files");
    settings.log = mode;
    std::filesystem::create_directory(settings.logs);
    for (const std::uint32_t id : {7U, 8U, 7U}) {
      TaskLog log(settings, id);
      const std::string text = "of " + std::to_string(id) + "\n";
      EXPECT_EQ(::write(log.out(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
      const std::string errors = id == 7 ? "1\n2\n3\n4" : "";
      EXPECT_EQ(::write(log.err(), errors.data(), errors.size()), static_cast<ssize_t>(errors.size()));
      log.close(1, id == 8);
    }
    const auto text = [&](std::uint32_t id, std::size_t which) {
      std::ostringstream to;
      for (const auto& [its, places] : find_logs(settings.logs, {id})) copy_log(places[which], to);
      return to.str();
    };
    const auto end_of = [&](std::uint32_t id) {
      return last_lines(find_logs(settings.logs, {id}).at(id), 2);
    };
    EXPECT_EQ(text(7, 0), "of 7\n");
    EXPECT_EQ(text(7, 1), "1\n2\n3\n4");
    EXPECT_EQ(text(8, 1), "");
    EXPECT_TRUE(find_logs(settings.logs, {9}).empty());
    EXPECT_EQ(find_logs(settings.logs, {7, 8, 9}).size(), 2U);
    EXPECT_EQ(end_of(7), (std::vector<std::string>{"3", "4"}));
    EXPECT_EQ(end_of(8), (std::vector<std::string>{"of 8"}));
  }
}

TEST_F(Logs, OfOneFileAreReadUpToATornEnd) {
  Settings settings;
  settings.logs = settings.temporary = path("");
  settings.log = LogMode::single;
  const auto add = [&settings](std::uint32_t id) {
    TaskLog log(settings, id);
    EXPECT_EQ(::write(log.out(), "text", 4), 4);
    log.close(1, true);
  };
  add(1);
  const std::string first = content(single_log(settings.logs));
  add(2);
  const std::string both = content(single_log(settings.logs));
  for (std::size_t size = first.size(); size < both.size(); ++size) {
    write(single_log(settings.logs), both.substr(0, size));
    EXPECT_TRUE(find_logs(settings.logs, {2}).empty());
    repair_single_log(settings.logs);
    ASSERT_EQ(content(single_log(settings.logs)), first) << size;
  }
  write(single_log(settings.logs), first + "farm: a message\n" + both.substr(first.size()));
  EXPECT_TRUE(
      has(thrown([&] { repair_single_log(settings.logs); }),
          "has something in it, at byte " + std::to_string(first.size()) + ", that is no task's output"));
  write(single_log(settings.logs), first);
  add(3);
  EXPECT_EQ(last_lines(find_logs(settings.logs, {3}).at(3), 1), std::vector<std::string>{"text"});
}

TEST_F(Logs, OfTheLaterFarmCount) {
  Settings settings;
  settings.logs = settings.temporary = path("");
  settings.log = LogMode::single;
  {
    TaskLog log(settings, 1);
    EXPECT_EQ(::write(log.out(), "one file", 8), 8);
    log.close(1, true);
  }
  const std::string file = path("1.out");
  write(file, "its own");
  for (const auto& [age, expected] : {std::pair{-3600, "one file"}, std::pair{3600, "its own"}}) {
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(age));
    EXPECT_EQ(last_lines(find_logs(settings.logs, {1}).at(1), 1), std::vector<std::string>{expected});
  }
}

TEST_F(Logs, InWhichIsNothingGo) {
  Settings settings;
  settings.logs = path("logs");
  std::filesystem::create_directory(settings.logs);
  TaskLog(settings, 1).close(1, true);
  EXPECT_TRUE(std::filesystem::is_empty(settings.logs));
  settings.log = LogMode::failed_only;
  for (const bool succeeded : {true, false}) {
    TaskLog log(settings, 2);
    EXPECT_EQ(::write(log.out(), "x", 1), 1);
    log.close(1, succeeded);
    EXPECT_EQ(std::filesystem::exists(settings.logs + "/2.out"), !succeeded);
  }
}

TEST(Environment, OfATaskSaysNothingOfRanks) {
  for (const char* name :
       {"OMPI_COMM_WORLD_RANK=1", "PMIX_RANK=1", "PMI_RANK=1", "SLURM_PROCID=1", "FARM_TASK_ID=3",
        "OMPI_MCA_orte_hnp_uri=x", "OMPI_MCA_ess_singleton_isolated=1", "OMPI_UNIVERSE_SIZE=2"})
    EXPECT_TRUE(is_of_a_rank(name)) << name;
  for (const char* name :
       {"HOME=/", "OMPI_MCA_btl=self", "OMPI_ALLOW_RUN_AS_ROOT=1", "SLURM_JOB_ID=7", "PATH=/bin"})
    EXPECT_FALSE(is_of_a_rank(name)) << name;
  ::setenv("PMIX_RANK", "0", 1);
  ::setenv("FARM_TEST_OTHER", "0", 1);
  Environment environment;
  environment.set("FARM_RANK", "1");
  environment.set("FARM_RANK", "2");
  std::size_t ours = 0;
  for (char* const* at = environment.pointers(); *at != nullptr; ++at) {
    const std::string variable = *at;
    EXPECT_FALSE(has(variable, "PMIX_RANK"));
    if (variable.starts_with("FARM_")) {
      ++ours;
      EXPECT_EQ(variable, "FARM_RANK=2");
    }
  }
  EXPECT_EQ(ours, 1U);
}

}  // namespace
}  // namespace farm
