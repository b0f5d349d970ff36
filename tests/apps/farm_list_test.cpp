// SPDX-License-Identifier: BSL-1.0
#include "task_list.hpp"

#include "apps/farm_units.hpp"

namespace farm {
namespace {

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
  EXPECT_EQ(refusal("a\rb\n"),
            "list:1: has a CR (a carriage return) in it; for a command that needs one: printf '\\r'");
  EXPECT_EQ(refusal(std::string("a\0b\n", 4)), "list:1: a NUL byte; is this a text file?");
  EXPECT_EQ(refusal("echo 'x\n"), "list:1: a quote has nothing that ends it: echo 'x");
  EXPECT_TRUE(has(refusal("ok\necho \"a'b\n"), "list:2: a quote"));
  EXPECT_TRUE(has(refusal("echo a\\\n"), "list:1: ends in a backslash, but a command has one line: echo a"));
  EXPECT_TRUE(has(refusal("#FARM WAIT\n"), "'#FARM WAIT' is none of #FARM BARRIER"));
  EXPECT_TRUE(has(refusal("#FARM\n"), "list:1: '#FARM ' is none of"));
  EXPECT_TRUE(tasks_of("#FARMER\n").empty());
  EXPECT_TRUE(has(refusal("#FARM TIMEOUT x\n"), "list:1: 'x' is not a time"));
  EXPECT_TRUE(has(refusal("echo \"a\\\n"), "list:1: ends in a backslash"));
  EXPECT_TRUE(has(refusal("ok\n" + std::string(131'072, 'x')),
                  "list:2: a command of 131072 bytes; sh can be given 131071. Put it into a script"));
  EXPECT_EQ(refusal(std::string(131'071, 'x')), "");
  for (const char* fine : {"echo \"it's\"", "echo it\\'s", "echo 'a\"b' # it's", "echo \"\\\"\"",
                           "echo `date`", "echo \"$(echo 'it\"s')\"", "echo ${#x} ${x#y} a#b \"#\"",
                           "echo a # to be gone on with\\", "echo a\\\\", "echo 'a\\'"})
    EXPECT_EQ(refusal(fine), "") << fine;
}

TEST(TaskList, MayBeginWithAByteOrderMark) {
  EXPECT_EQ(tasks_of("\xEF\xBB\xBF"
                     "first\n")
                .at(0)
                .command,
            "first");
  EXPECT_TRUE(tasks_of("\xEF\xBB\xBF# a comment\n").empty());
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
  EXPECT_EQ(filled("run {seed}",
                   "\xEF\xBB\xBF"
                   "seed\n7\n",
                   true)
                .at(0)
                .command,
            "run 7");
  EXPECT_EQ(filled("run {1}", "\xEF\xBB\xBF\"a,b\"\n").at(0).command, "run a,b");
}

TEST(Template, ThatDoesNotFitIsRefused) {
  EXPECT_EQ(thrown([] { filled("run {3}", "1,2\n"); }), "table:1: has 2 fields, and the template wants {3}");
  EXPECT_TRUE(has(thrown([] { filled("run {seed}", "1\n"); }),
                  "--template: '{seed}' is no field; write {1}, {2} ..."));
  EXPECT_TRUE(has(thrown([] { filled("run {0}", "1\n"); }), "--template: '{0}' is no field"));
  EXPECT_TRUE(has(thrown([] { filled("run {1", "1\n"); }), "--template"));
  EXPECT_EQ(thrown([] { filled("run '{1}", "a\n"); }), "table:1: a quote has nothing that ends it: run 'a");
  EXPECT_EQ(thrown([] { filled("run {1}", "a\n\"b\n"); }), "table:2: a quoted field has no end");
}

}  // namespace
}  // namespace farm
