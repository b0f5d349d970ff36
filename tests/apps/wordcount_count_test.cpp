// SPDX-License-Identifier: BSL-1.0
#include "count.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "report.hpp"
#include "serial.hpp"

namespace {

using namespace wordcount;

Table count_whole(std::string_view text) {
  WordCounter counter;
  counter.feed(text);
  counter.finish();
  return counter.table();
}

TEST(Words, LettersDigitsAndHighBytesMakeThem) {
  EXPECT_EQ(count_whole("Don't panic, DON'T! 1st snake_case"),
            (Table{{"don", 2}, {"t", 2}, {"panic", 1}, {"1st", 1}, {"snake", 1}, {"case", 1}}));
  EXPECT_EQ(count_whole("na\xC3\xAFve NA\xC3\xAFVE"), (Table{{"na\xC3\xAFve", 2}}));
  EXPECT_EQ(count_whole(std::string_view("a\0b\xFF", 4)), (Table{{"a", 1}, {"b\xFF", 1}}));
  EXPECT_EQ(count_whole(""), Table{});
  EXPECT_EQ(count_whole(" ,\n"), Table{});
}

TEST(Words, BlocksMayBeCutAnywhere) {
  const std::string_view text = " One two-one \xC3\xA9t\xC3\xA9, TWO 22 ";
  const auto whole = count_whole(text);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      WordCounter counter;
      counter.feed(text.substr(0, first));
      counter.feed(text.substr(first, second - first));
      counter.feed(text.substr(second));
      counter.finish();
      ASSERT_EQ(counter.table(), whole) << first << ' ' << second;
    }
  }
}

TEST(Words, FinishSeparatesTwoTexts) {
  WordCounter counter;
  counter.feed("be");
  counter.finish();
  counter.feed("low");
  counter.finish();
  EXPECT_EQ(counter.table(), (Table{{"be", 1}, {"low", 1}}));
}

TEST(Summary, EquallyFrequentWordsAreInTheOrderOfTheirBytes) {
  const auto summary = summarize({{"d", 1}, {"b", 2}, {"c", 2}, {"a", 1}, {"e", 5}}, 4);
  EXPECT_EQ(summary.words, 11);
  EXPECT_EQ(summary.distinct, 5);
  EXPECT_EQ(summary.top, (std::vector<Count>{{"e", 5}, {"b", 2}, {"c", 2}, {"a", 1}}));
  EXPECT_TRUE(summarize({{"a", 1}}, 0).top.empty());
  EXPECT_EQ(summarize({{"a", 1}}, 10).top.size(), 1U);
}

TEST(Pieces, FileShortenedMeanwhileIsAnError) {
  const auto path =
      std::filesystem::temp_directory_path() / ("wordcount_count_test_" + std::to_string(::getpid()));
  std::ofstream(path) << "only this";
  WordCounter counter;
  try {
    count_piece({path.string(), 0, 100}, counter);
    ADD_FAILURE() << "counted bytes that are not there";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("ended at byte 9 instead of 100"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(count_serial({{path.string(), 9}}), (Table{{"only", 1}, {"this", 1}}));
  std::filesystem::remove(path);
}

TEST(Report, DifferencesAreNamed) {
  std::ostringstream out;
  EXPECT_TRUE(compare(out, {{"a", 1}}, {{"a", 1}}));
  EXPECT_EQ(out.str(), "");
  EXPECT_FALSE(compare(out, {{"a", 1}, {"b", 2}}, {{"a", 1}, {"b", 3}, {"c", 1}}));
  EXPECT_EQ(out.str(),
            "wordcount: 'b' occurs 2 times serially, 3 times in parallel\n"
            "wordcount: 'c' occurs 0 times serially, 1 times in parallel\n"
            "wordcount: 2 words differ\n");
}

TEST(Report, BarsAreAsLongAsTheCounts) {
  std::ostringstream out;
  Summary summary{150, 3, {{"\xC3\xA9t\xC3\xA9", 100}, {std::string(40, 'x'), 50}, {"rare", 1}}};
  print(out, summary);
  const std::string text = out.str();
  const std::string gap(9, ' ');
  EXPECT_NE(
      text.find("\xC3\xA9t\xC3\xA9" + std::string(24, ' ') + gap + "100  " + std::string(40, '#') + '\n'),
      std::string::npos)
      << text;
  EXPECT_NE(
      text.find(std::string(24, 'x') + std::string(3, '.') + gap + " 50  " + std::string(20, '#') + '\n'),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("  1  #\n"), std::string::npos) << text;
}

}  // namespace
