// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"

#include <cstdio>
#include <utility>

#include "apps/farm_units.hpp"

namespace farm {
namespace {

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

}  // namespace
}  // namespace farm
