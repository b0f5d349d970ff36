// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "environment.hpp"
#include "journal.hpp"
#include "logs.hpp"
#include "plan.hpp"
#include "task_list.hpp"
#include "text.hpp"

namespace farm {
namespace {

// The text of what act() throws; "" where it throws nothing.
template <class Act>
std::string thrown(Act act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

class InAFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "farm_units_" + std::to_string(::getpid());
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  static std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

 private:
  std::string folder_;
};

TEST(Durations, AreReadInEveryWayThatPeopleWriteThem) {
  for (const auto& [text, seconds] : {std::pair{"90", 90.0},
                                      {"0.5", 0.5},
                                      {"90s", 90.0},
                                      {"15m", 900.0},
                                      {"1h30m", 5400.0},
                                      {"2d", 172800.0},
                                      {"55:00", 3300.0},
                                      {"1:30:00", 5400.0},
                                      {"1-12:00:00", 129600.0}})
    EXPECT_DOUBLE_EQ(parse_duration(text).count(), seconds) << text;
  for (const char* text : {"", "abc", "-1", "1x", "5m1h", "1:2:3:4", "1-2", "nan", "1:", "UNLIMITED"})
    EXPECT_TRUE(has(thrown([&] { parse_duration(text); }), "is not a time; write 90, 90s, 15m")) << text;
}

TEST(Durations, AreWrittenAsPeopleReadThem) {
  EXPECT_EQ(duration_text(Seconds(0.04)), "0.0 s");
  EXPECT_EQ(duration_text(Seconds(9.94)), "9.9 s");
  EXPECT_EQ(duration_text(Seconds(59.4)), "59 s");
  EXPECT_EQ(duration_text(Seconds(187)), "3:07");
  EXPECT_EQ(duration_text(Seconds(7387)), "2:03:07");
}

TEST(Sizes, AreReadAndWritten) {
  EXPECT_EQ(parse_bytes("512"), 512U);
  EXPECT_EQ(parse_bytes("20M"), 20U << 20);
  EXPECT_EQ(parse_bytes("1.5G"), 3U << 29);
  for (const char* text : {"", "M", "1MB", "-1", "1e30T"})
    EXPECT_TRUE(has(thrown([&] { parse_bytes(text); }), "is not a size; write 512K")) << text;
  EXPECT_EQ(bytes_text(12 << 10), "12 K");
  EXPECT_EQ(bytes_text(std::uint64_t{3} << 29), "1.5 G");
}

TEST(ShellWords, AreWhatTheyWereAfterTheShell) {
  EXPECT_EQ(shell_quoted("plain-word_1.txt"), "plain-word_1.txt");
  for (const std::string word : {"", "two words", "it's", "$HOME", "a;b", "\"", "\\", "*", "new\nline"}) {
    FILE* pipe = ::popen(("printf %s " + shell_quoted(word)).c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string got;
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) got += static_cast<char>(c);
    ::pclose(pipe);
    EXPECT_EQ(got, word);
  }
}

TEST(Hashes, AreThoseOfCrc64) {  // the check value of CRC-64/XZ
  EXPECT_EQ(hash_text("123456789"), "995dc9bbdf1939fa");
}

std::vector<Task> tasks_of(const std::string& text) {
  std::istringstream from(text);
  return read_tasks(from, "list");
}
std::string refusal(const std::string& text) {
  return thrown([&] { tasks_of(text); });
}

TEST(TaskList, HasACommandALine) {
  const auto tasks =
      tasks_of("# a comment\n\n  first\nsecond # with a comment\n\t# another\nlast without an end");
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0].command, "first");
  EXPECT_EQ(tasks[0].id, 1U);
  EXPECT_EQ(tasks[0].line, 3U);
  EXPECT_EQ(tasks[2].command, "last without an end");
  EXPECT_EQ(tasks[2].line, 6U);
  EXPECT_TRUE(tasks_of("# nothing\n").empty());
}

TEST(TaskList, HasStagesAndTimeLimits) {
  const auto tasks = tasks_of("a\n#FARM\tBARRIER \n#FARM TIMEOUT 2m\nb\n#FARM TIMEOUT off\nc\n");
  EXPECT_EQ(tasks[0].stage, 0U);
  EXPECT_EQ(tasks[1].stage, 1U);
  EXPECT_EQ(tasks[1].timeout, 120);
  EXPECT_EQ(tasks[2].timeout, 0);
  EXPECT_EQ(tasks[2].stage, 1U);
}

TEST(TaskList, ThatCannotBeRunIsRefusedWithItsLine) {
  EXPECT_EQ(refusal("a\nb\r\n"),
            "list:2: ends in CR LF, as files from Windows do; convert it: sed -i 's/\\r$//' list");
  EXPECT_EQ(refusal(std::string("a\0b\n", 4)), "list:1: a NUL byte; is this a text file?");
  EXPECT_EQ(refusal("echo 'x\n"), "list:1: a quote has nothing that ends it: echo 'x");
  EXPECT_TRUE(has(refusal("ok\necho \"a'b\n"), "list:2: a quote"));
  EXPECT_TRUE(has(refusal("echo a\\\n"), "list:1: ends in a backslash, but a command has one line: echo a"));
  EXPECT_TRUE(has(refusal("#FARM WAIT\n"), "'#FARM WAIT' is none of #FARM BARRIER"));
  EXPECT_TRUE(has(refusal("#FARM\n"), "list:1: '#FARM ' is none of"));
  EXPECT_TRUE(tasks_of("#FARMER\n").empty());
  EXPECT_TRUE(has(refusal("#FARM TIMEOUT x\n"), "list:1: 'x' is not a time"));
  for (const char* fine : {"echo \"it's\"", "echo it\\'s", "echo 'a\"b' # it's", "echo \"\\\"\"",
                           "echo `date`", "echo \"$(echo 'it\"s')\"", "echo ${#x} ${x#y} a#b \"#\""})
    EXPECT_EQ(refusal(fine), "") << fine;
}

std::vector<Task> filled(const std::string& command, const std::string& table, bool header = false) {
  std::istringstream from(table);
  return fill_template(command, from, "table", header);
}

TEST(Template, IsFilledFromEachRow) {
  const auto tasks =
      filled("prog --x {1} --y {2} {{1}", "1,a b\n\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n3,it's");
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0].command, "prog --x 1 --y 'a b' {1}");
  EXPECT_EQ(tasks[1].command, "prog --x 'say \"hi\"' --y 'two\nlines' {1}");
  EXPECT_EQ(tasks[1].line, 3U);
  EXPECT_EQ(tasks[2].command, "prog --x 3 --y 'it'\\''s' {1}");
  EXPECT_EQ(tasks[2].line, 5U);
  const auto named = filled("run {seed} {1}", "name,seed\nfirst,7\n", true);
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].command, "run 7 first");
}

TEST(Template, ThatDoesNotFitIsRefused) {
  EXPECT_EQ(thrown([] { filled("run {3}", "1,2\n"); }), "table:1: has 2 fields, and the template wants {3}");
  EXPECT_TRUE(has(thrown([] { filled("run {seed}", "1\n"); }),
                  "--template: '{seed}' is no field; write {1}, {2} ..."));
  EXPECT_TRUE(has(thrown([] { filled("run {0}", "1\n"); }), "--template: '{0}' is no field"));
  EXPECT_TRUE(has(thrown([] { filled("run {1", "1\n"); }), "--template"));
  EXPECT_EQ(thrown([] { filled("run {1}", "a\n\"b\n"); }), "table:2: a quoted field has no end");
}

Record record(const Task& task, How how, int attempt = 1) {
  Record made;
  made.id = task.id;
  made.line = task.line;
  made.hash = task.hash;
  made.how = how;
  made.attempt = attempt;
  made.host = "here";
  made.start = 1.5;
  made.end = 2.25;
  made.memory = 12345678901;
  return made;
}

using Journals = InAFolder;

TEST_F(Journals, GiveBackWhatWasWritten) {
  const auto tasks = tasks_of("a\nb\nc\n");
  write_journal(path("j"), {"a \"list\"", 3, hash_of(tasks)}, {record(tasks[0], How::done)});
  {
    const Journal journal(path("j"));
    journal.append(record(tasks[2], How::timeout, 4));
    journal.sync();
  }
  const auto read = read_journal(path("j"));
  EXPECT_EQ(read.head.list, "a \"list\"");
  EXPECT_EQ(read.head.tasks, 3U);
  EXPECT_EQ(read.bytes, std::filesystem::file_size(path("j")));
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read.records[0].how, How::done);
  EXPECT_EQ(read.records[0].end, 2.25);
  EXPECT_EQ(read.records[0].memory, 12345678901U);
  EXPECT_EQ(read.records[1].id, 3U);
  EXPECT_EQ(read.records[1].how, How::timeout);
  EXPECT_EQ(read.records[1].attempt, 4);
}

TEST_F(Journals, WithATornEndAreReadUpToIt) {
  const auto tasks = tasks_of("a\nb\n");
  write_journal(path("j"), {"l", 2, hash_of(tasks)},
                {record(tasks[0], How::done), record(tasks[1], How::done)});
  const std::string whole = content(path("j"));
  const auto second = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = second; size < whole.size(); ++size) {
    write(path("j"), whole.substr(0, size));
    const auto read = read_journal(path("j"));
    ASSERT_EQ(read.records.size(), 1U);
    ASSERT_EQ(read.bytes, second);
  }
  const Journal journal(path("j"));
  journal.cut(second);
  journal.append(record(tasks[1], How::failed));
  EXPECT_EQ(read_journal(path("j")).records[1].how, How::failed);
}

TEST_F(Journals, ThatAreDamagedForeignOrNewerAreRefused) {
  const auto tasks = tasks_of("a\nb\n");
  write_journal(path("j"), {"l", 2, hash_of(tasks)},
                {record(tasks[0], How::done), record(tasks[1], How::done)});
  std::string text = content(path("j"));
  text[text.find("\"id\":1")] = '?';
  write(path("j"), text);
  EXPECT_TRUE(has(thrown([&] { read_journal(path("j")); }), "j:2: a damaged line"));
  write(path("j"), "{\"some\":\"thing\"}\n");
  EXPECT_TRUE(has(thrown([&] { read_journal(path("j")); }), "is no journal of farm's"));
  write(path("j"), "{\"farm\":7}\n");
  EXPECT_TRUE(has(thrown([&] { read_journal(path("j")); }),
                  "was written by a later farm (format 7, this one reads 1)"));
  write(path("j"), "{\"farm\":1,\"li");
  EXPECT_TRUE(has(thrown([&] { read_journal(path("j")); }), "has no whole line; delete it to begin anew"));
  EXPECT_TRUE(has(thrown([&] { read_journal(path("none")); }), "No such file"));
}

TEST_F(Journals, AreForOneFarmAtATime) {
  std::optional<Journal> first(std::in_place, path("j"), true);
  first->lock();
  EXPECT_TRUE(first->is_empty());
  Journal second(path("j"));
  EXPECT_TRUE(has(thrown([&] { second.lock(); }), "another farm is at work with "));
  // One that has opened the journal before another takes its place gets that other one.
  write_journal(path("j"), {"new", 0, ""}, {});
  first.reset();
  second.lock();
  EXPECT_FALSE(second.is_empty());
  Journal third(path("j"));
  EXPECT_TRUE(has(thrown([&] { third.lock(); }), "another farm is at work with "));
}

JournalContent journal_of(const std::vector<Task>& tasks, std::vector<Record> records) {
  return {{"l", tasks.size(), hash_of(tasks)}, std::move(records), 0};
}

TEST(Plan, RepeatsWhatIsNotDone) {
  const auto tasks = tasks_of("a\nb\nc\nd\n");
  const auto stories =
      stories_of(tasks,
                 journal_of(tasks, {record(tasks[0], How::failed), record(tasks[0], How::done, 2),
                                    record(tasks[1], How::timeout), record(tasks[1], How::failed, 2),
                                    record(tasks[2], How::interrupted)}),
                 "j");
  EXPECT_EQ(stories[0].fate, Fate::done);
  EXPECT_EQ(stories[1].fate, Fate::failed);
  EXPECT_EQ(stories[1].attempts, 2);
  EXPECT_EQ(stories[2].fate, Fate::remaining);
  EXPECT_EQ(stories[2].attempts, 0);  // it does not count
  EXPECT_EQ(stories[3].fate, Fate::remaining);
}

TEST(Plan, OfAnotherListIsRefusedWithTheDifference) {
  const auto old = tasks_of("a\nb\n");
  const auto journal = journal_of(old, {record(old[1], How::done)});
  const auto refused = [&](const std::string& list) {
    const auto tasks = tasks_of(list);
    return thrown([&] { stories_of(tasks, journal, "j"); });
  };
  EXPECT_TRUE(has(refused("a\nb\nc\n"), "it had 2 tasks and has 3. With --force-resume"));
  EXPECT_TRUE(has(refused("a\nx\n"), "1 that has run is not what they were, first task 2, now: x."));
  EXPECT_TRUE(has(refused("x\nb\n"), "tasks that have not run yet, or barriers, are others"));
  EXPECT_TRUE(has(refused("a\n#FARM BARRIER\nb\n"), "barriers"));
  EXPECT_EQ(refused("a\n\n# other lines\nb\n"), "");
}

TEST(Plan, CanFollowCommandsIntoAnotherList) {
  const auto old = tasks_of("a\nb\nb\nc\n");
  const auto journal =
      journal_of(old, {record(old[1], How::done), record(old[3], How::failed), record(old[2], How::done)});
  const auto now = tasks_of("new\nb\nc\n");
  const auto carried = carried_over(now, journal);
  ASSERT_EQ(carried.size(), 2U);
  EXPECT_EQ(carried[0].id, 2U);
  EXPECT_EQ(carried[0].how, How::done);
  EXPECT_EQ(carried[1].id, 3U);
  const auto stories = stories_of(now, journal_of(now, carried), "j");
  EXPECT_EQ(stories[1].fate, Fate::done);
  EXPECT_EQ(stories[2].fate, Fate::failed);
}

TEST(Plan, LeavesEqualCommandsWhereTheyStand) {
  const auto old = tasks_of("same\nsame\nsame\n");
  const auto now = tasks_of("same\nsame\nsame\nnew\n");
  const auto carried =
      carried_over(now, journal_of(old, {record(old[1], How::done), record(old[2], How::done)}));
  const auto stories = stories_of(now, journal_of(now, carried), "j");
  EXPECT_EQ(stories[0].fate, Fate::remaining);
  EXPECT_EQ(stories[1].fate, Fate::done);
  EXPECT_EQ(stories[2].fate, Fate::done);
}

TEST(Plan, KeepsOneRecordATaskWhenItIsCompacted) {
  const auto tasks = tasks_of("a\nb\n");
  const auto kept = compacted(
      {record(tasks[1], How::failed), record(tasks[0], How::done), record(tasks[1], How::failed, 2)});
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].id, 1U);
  EXPECT_EQ(kept[1].attempt, 2);
  EXPECT_EQ(stories_of(tasks, journal_of(tasks, kept), "j")[1].attempts, 2);
  const auto failure = compacted({record(tasks[0], How::failed), record(tasks[0], How::interrupted, 2)});
  ASSERT_EQ(failure.size(), 1U);
  EXPECT_EQ(failure[0].how, How::failed);
}

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
      const auto places = find_log(settings.logs, id);
      if (places) copy_log((*places)[which], to);
      return to.str();
    };
    EXPECT_EQ(text(7, 0), "of 7\n");
    EXPECT_EQ(text(7, 1), "1\n2\n3\n4");
    EXPECT_EQ(text(8, 1), "");
    EXPECT_FALSE(find_log(settings.logs, 9));
    EXPECT_EQ(last_lines(settings.logs, 7, 2), (std::vector<std::string>{"3", "4"}));
    EXPECT_EQ(last_lines(settings.logs, 8, 2), (std::vector<std::string>{"of 8"}));
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
    EXPECT_FALSE(find_log(settings.logs, 2));
    repair_single_log(settings.logs);
    ASSERT_EQ(content(single_log(settings.logs)), first) << size;
  }
  add(3);
  EXPECT_EQ(last_lines(settings.logs, 3, 1), std::vector<std::string>{"text"});
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
