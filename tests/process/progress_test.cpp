// SPDX-License-Identifier: BSL-1.0
#include "cohort/watch/progress.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace cohort::test {
namespace {

using namespace std::chrono_literals;

TEST(ProgressBar, ShowsShareRateAndWhatIsLeft) {
  EXPECT_EQ(Progress::bar("frames", 512, 1024, 4s, 65),
            "frames  512/1024  50% [=======>       ]  128/s  0:04  0:04 left");
}

TEST(ProgressBar, AtNothingDoneKnowsNoRate) {
  EXPECT_EQ(Progress::bar("x", 0, 10, 0s, 50), "x  0/10  0% [>                    ]  0.0/s  0:00");
  EXPECT_EQ(Progress::bar("x", 0, 10, 3s, 50), "x  0/10  0% [>                    ]  0.0/s  0:03");
}

TEST(ProgressBar, AtTheEndIsFullAndHasNothingLeft) {
  EXPECT_EQ(Progress::bar("x", 10, 10, 5s, 50), "x  10/10  100% [==================]  2.0/s  0:05");
}

TEST(ProgressBar, IsNotYetFullAsLongAsOneIsMissing) {
  const std::string text = Progress::bar("x", 9'999, 10'000, 5s, 70);
  EXPECT_NE(text.find(" 99% "), text.npos) << text;
  EXPECT_NE(text.find(">]"), text.npos) << text;
}

TEST(ProgressBar, OfAnUnknownNumberHasNoShare) {
  EXPECT_EQ(Progress::bar("lines", 250, 0, 10s, 60), "lines  250  25/s  0:10");
  EXPECT_EQ(Progress::bar("lines", 0, 0, 0s, 60), "lines  0  0.0/s  0:00");
}

TEST(ProgressBar, WritesLargeRatesAndTimesShort) {
  EXPECT_EQ(Progress::bar("n", 50'000, 0, 1s, 60), "n  50000  50k/s  0:01");
  EXPECT_EQ(Progress::bar("n", 20'000'000, 0, 1s, 60), "n  20000000  20M/s  0:01");
  EXPECT_EQ(Progress::bar("n", 1, 0, 3'661s, 60), "n  1  0.0/s  1:01:01");
  EXPECT_EQ(Progress::bar("n", 1, 0, 59.9s, 60), "n  1  0.0/s  1:00");
}

TEST(ProgressBar, IsNeverWiderThanTheTerminal) {
  for (std::size_t width = 0; width < 200; ++width) {
    for (const std::uint64_t done : {0, 1, 499, 500, 1000, 1001}) {
      for (const std::uint64_t all : {0, 500, 1000}) {
        EXPECT_LE(Progress::bar("some frames", done, all, 2s, width).size(), width);
      }
    }
  }
  EXPECT_EQ(Progress::bar("a long name", 1, 2, 1s, 8), "a long ");
}

TEST(ProgressBar, LeavesTheBarOutWhereThereIsNoRoom) {
  const std::string text = Progress::bar("x", 1, 2, 1s, 36);
  EXPECT_EQ(text.find('['), text.npos) << text;
  EXPECT_EQ(text, "x  1/2  50%  1.0/s  0:01  0:01 left");
}

TEST(Progress, IsCalledUntilItsEndAndNotAfter) {
  std::atomic<int> calls = 0;
  {
    const Progress progress("test", 1, [&calls] {
      ++calls;
      return std::uint64_t{1};
    });
  }
  const int after = calls;
  EXPECT_GE(after, 1);
}

}  // namespace
}  // namespace cohort::test
