// SPDX-License-Identifier: BSL-1.0
#include "cohort/options.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "cohort/error.hpp"
#include "cohort/window/cores.hpp"

namespace cohort::test {
namespace {

constexpr const char* kVariables[] = {"COHORT_HEAP", "COHORT_WINDOW", "COHORT_ISOLATION", "COHORT_HANG",
                                      "COHORT_LOG",  "COHORT_TRACE",  "COHORT_LEAKS",     "COHORT_REPORT"};

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() { clear(); }
  ~OptionsTest() override { clear(); }
  static void clear() {
    for (const char* variable : kVariables) ::unsetenv(variable);
  }
  static Options with(const char* variable, const char* value, const Options& options = {}) {
    clear();
    ::setenv(variable, value, 1);
    return options_from_environment(options);
  }
  static std::string refusal(const char* variable, const char* value) {
    try {
      with(variable, value);
    } catch (const LaunchError& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST(ParseBytes, UnderstandsNumbersAndTheirUnits) {
  EXPECT_EQ(parse_bytes("1"), 1U);
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("64K"), std::size_t{64} << 10);
  EXPECT_EQ(parse_bytes("64k"), std::size_t{64} << 10);
  EXPECT_EQ(parse_bytes("256M"), std::size_t{256} << 20);
  EXPECT_EQ(parse_bytes("256m"), std::size_t{256} << 20);
  EXPECT_EQ(parse_bytes("2G"), std::size_t{2} << 30);
  EXPECT_EQ(parse_bytes("2g"), std::size_t{2} << 30);
  EXPECT_EQ(parse_bytes("1T"), std::size_t{1} << 40);
  EXPECT_EQ(parse_bytes("1t"), std::size_t{1} << 40);
  EXPECT_EQ(parse_bytes("18446744073709551615"), ~std::size_t{0});
  EXPECT_EQ(parse_bytes("16777215T"), std::size_t{16'777'215} << 40);
}

TEST(ParseBytes, AnythingElseIsNone) {
  for (const char* text :
       {"", " ", "M", "64MB", "64 M", " 64M", "64M ", "-1", "+1", "1.5G", "0x100", "1e6", "64P",
        "18446744073709551616", "16777216T", "99999999999999999999999", "17179869184G", "K64"}) {
    EXPECT_EQ(parse_bytes(text), 0U) << "'" << text << "'";
  }
}

TEST(FormatBytes, IsShortAndHasAUnit) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1 KiB");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(std::size_t{256} << 20), "256 MiB");
  EXPECT_EQ(format_bytes(std::size_t{3} << 30), "3 GiB");
  EXPECT_EQ(format_bytes(std::size_t{5000} << 40), "5000 TiB");
}

TEST_F(OptionsTest, WithoutVariablesStayAsTheProgramChose) {
  Options options;
  options.heap = 12'345;
  options.window = WindowKind::rma;
  options.hang = HangPolicy::off;
  options.log = LogLevel::debug;
  options.trace = "trace.json";
  options.leaks = true;
  options.report = true;
  const Options same = options_from_environment(options);
  EXPECT_EQ(same.heap, 12'345U);
  EXPECT_EQ(same.window, WindowKind::rma);
  EXPECT_EQ(same.hang, HangPolicy::off);
  EXPECT_EQ(same.log, LogLevel::debug);
  EXPECT_EQ(same.trace, "trace.json");
  EXPECT_TRUE(same.leaks);
  EXPECT_TRUE(same.report);
}

TEST_F(OptionsTest, TheVariableWins) {
  Options options;
  options.heap = 1;
  options.window = WindowKind::rma;
  options.leaks = true;
  EXPECT_EQ(with("COHORT_HEAP", "64M", options).heap, std::size_t{64} << 20);
  EXPECT_EQ(with("COHORT_WINDOW", "shared", options).window, WindowKind::shared);
  EXPECT_EQ(with("COHORT_WINDOW", "automatic", options).window, WindowKind::automatic);
  EXPECT_EQ(with("COHORT_WINDOW", "rma").window, WindowKind::rma);
  EXPECT_EQ(with("COHORT_ISOLATION", "rank").isolation, Isolation::rank);
  EXPECT_EQ(with("COHORT_ISOLATION", "child").isolation, Isolation::child);
  EXPECT_EQ(with("COHORT_HANG", "report").hang, HangPolicy::report);
  EXPECT_EQ(with("COHORT_HANG", "off").hang, HangPolicy::off);
  EXPECT_EQ(with("COHORT_HANG", "abort").hang, HangPolicy::abort);
  EXPECT_EQ(with("COHORT_LOG", "error").log, LogLevel::error);
  EXPECT_EQ(with("COHORT_LOG", "info").log, LogLevel::info);
  EXPECT_EQ(with("COHORT_LOG", "debug").log, LogLevel::debug);
  EXPECT_EQ(with("COHORT_TRACE", "out.json").trace, "out.json");
  EXPECT_FALSE(with("COHORT_LEAKS", "off", options).leaks);
  EXPECT_TRUE(with("COHORT_LEAKS", "on").leaks);
  options.report = true;
  for (const char* off : {"0", "off"}) EXPECT_FALSE(with("COHORT_REPORT", off, options).report) << off;
  for (const char* on : {"1", "on"}) EXPECT_TRUE(with("COHORT_REPORT", on).report) << on;
}

TEST_F(OptionsTest, AWrongValueNamesTheVariableTheValueAndWhatIsAllowed) {
  const std::string bytes =
      " is not understood; allowed: a number of bytes, or one with K, M, G or T behind it";
  EXPECT_EQ(refusal("COHORT_HEAP", "lots"), "COHORT_HEAP=lots" + bytes);
  EXPECT_EQ(refusal("COHORT_HEAP", "0"), "COHORT_HEAP=0" + bytes);
  EXPECT_EQ(refusal("COHORT_HEAP", ""), "COHORT_HEAP=" + bytes);
  EXPECT_EQ(refusal("COHORT_HEAP", "-5M"), "COHORT_HEAP=-5M" + bytes);
  EXPECT_EQ(refusal("COHORT_WINDOW", "RMA"),
            "COHORT_WINDOW=RMA is not understood; allowed: automatic, shared, rma");
  EXPECT_EQ(refusal("COHORT_WINDOW", ""),
            "COHORT_WINDOW= is not understood; allowed: automatic, shared, rma");
  EXPECT_EQ(refusal("COHORT_ISOLATION", "thread"),
            "COHORT_ISOLATION=thread is not understood; allowed: rank, child");
  EXPECT_EQ(refusal("COHORT_HANG", "never"),
            "COHORT_HANG=never is not understood; allowed: abort, report, off");
  EXPECT_EQ(refusal("COHORT_LOG", "warning"),
            "COHORT_LOG=warning is not understood; allowed: error, info, debug");
  EXPECT_EQ(refusal("COHORT_LEAKS", "1"), "COHORT_LEAKS=1 is not understood; allowed: on, off");
  EXPECT_EQ(refusal("COHORT_REPORT", "yes"), "COHORT_REPORT=yes is not understood; allowed: 1, 0, on, off");
  EXPECT_EQ(refusal("COHORT_REPORT", ""), "COHORT_REPORT= is not understood; allowed: 1, 0, on, off");
}

TEST_F(OptionsTest, HelpHasALineForEachVariable) {
  const std::string help = options_help();
  for (const char* variable : kVariables)
    EXPECT_NE(help.find("  " + std::string(variable) + "="), std::string::npos) << variable;
  EXPECT_EQ(std::count(help.begin(), help.end(), '\n'), static_cast<std::ptrdiff_t>(std::size(kVariables)));
}

TEST(Cores, OfAMaskAreItsOnesAndAtLeastOne) {
  EXPECT_EQ(cores_of("1101"), 3);
  EXPECT_EQ(cores_of("1"), 1);
  EXPECT_EQ(cores_of("0001"), 1);
  EXPECT_EQ(cores_of(""), 1);
  EXPECT_EQ(cores_of("000"), 1);
}

TEST(Cores, UnionHasWhatEitherHas) {
  EXPECT_EQ(union_of_masks("1", "01"), "11");
  EXPECT_EQ(union_of_masks("0101", "1"), "1101");
  EXPECT_EQ(union_of_masks("", "011"), "011");
  EXPECT_EQ(union_of_masks("011", ""), "011");
  EXPECT_EQ(union_of_masks("11", "11"), "11");
}

TEST(Cores, AffinityMaskIsTheKernels) {
  cpu_set_t before;
  CPU_ZERO(&before);
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(cores_of(affinity_mask()), CPU_COUNT(&before));
  const auto last = affinity_mask().size() - 1;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(affinity_mask(), std::string(last, '0') + "1");
  EXPECT_EQ(cores_of(affinity_mask()), 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST(Cores, LimitsOfTheCgroupArePlausible) {
  EXPECT_GE(cgroup_cores(), 1);
  EXPECT_GT(cgroup_memory(), 1U << 20);
}

}  // namespace
}  // namespace cohort::test
