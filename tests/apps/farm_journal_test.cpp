// SPDX-License-Identifier: BSL-1.0
#include "journal.hpp"

#include <optional>

#include "apps/farm_units.hpp"
#include "plan.hpp"

namespace farm {
namespace {

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
  EXPECT_TRUE(has(refused("a\nx\n"), "1 that has run is not what it was, task 2, now: x."));
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

}  // namespace
}  // namespace farm
