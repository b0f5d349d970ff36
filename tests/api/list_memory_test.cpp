// SPDX-License-Identifier: BSL-1.0
// The shared heap is full: the operation that could not be done has done nothing, and what is given back is
// there again.
#include <sys/resource.h>

#include <gtest/gtest.h>
#include <cohort/error.hpp>
#include <cohort/list.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kTextBytes = std::size_t{64} << 10U;
constexpr std::size_t kTextsAtOnce = 32;
constexpr std::size_t kMostTexts = (std::size_t{1} << 30U) / kTextBytes;  // a heap above 1 GiB is not filled

std::string text(std::size_t n) { return std::string(kTextBytes, static_cast<char>('a' + n % 26)); }

auto texts(std::size_t begin, std::size_t count) {
  return std::views::iota(begin, begin + count) | std::views::transform(text);
}

// Extends until it can no more; the elements there are then, or nothing where the heap is too large for that.
std::optional<std::size_t> fill(const cohort::List<std::string>& list) {
  std::size_t size = list.size();
  try {
    while (size < kMostTexts) {
      list.extend(texts(size, kTextsAtOnce));
      size += kTextsAtOnce;
    }
  } catch (const cohort::OutOfSharedMemory&) {
    return size;
  }
  list.clear();
  return std::nullopt;
}

void expect_intact(const cohort::List<std::string>& list, std::size_t size) {
  ASSERT_EQ(list.size(), size);
  for (std::size_t i = 0; i < size; i += 13) ASSERT_EQ(list.get(i), text(i)) << i;
  ASSERT_EQ(list.get(-1), text(size - 1));
}

constexpr const char* kTooLarge = "the heap is larger than 1 GiB; set COHORT_HEAP to less";

TEST(ListMemory, AFailedExtendOfStringsAddsNothing) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>();
    const auto full = fill(list);
    if (!full) GTEST_SKIP() << kTooLarge;
    ASSERT_GE(*full, 3 * kTextsAtOnce);
    expect_intact(list, *full);
    EXPECT_THROW(list.extend(texts(0, kTextsAtOnce)), cohort::OutOfSharedMemory);
    EXPECT_THROW(list.extend(std::vector<std::string>(2 * kTextsAtOnce, text(1))), cohort::OutOfSharedMemory);
    expect_intact(list, *full);
    EXPECT_EQ(list.pop(), text(*full - 1));
    EXPECT_EQ(list.pop(), text(*full - 2));
    list.append("small");
    EXPECT_EQ(list.pop(), "small");
    expect_intact(list, *full - 2);
  });
}

TEST(ListMemory, WhatAFailedExtendTookComesBack) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>();
    const auto first = fill(list);
    if (!first) GTEST_SKIP() << kTooLarge;
    list.erase_slice(static_cast<std::ptrdiff_t>(*first / 2));
    for (int n = 0; n < 3; ++n) {  // each fails after half a heap
      EXPECT_THROW(list.extend(texts(0, *first)), cohort::OutOfSharedMemory);
      expect_intact(list, *first / 2);
    }
    for (int round = 0; round < 2; ++round) {
      if (round > 0) list.clear();
      const auto again = fill(list);
      ASSERT_TRUE(again.has_value());
      EXPECT_GE(*again + kTextsAtOnce, *first) << "round " << round;
    }
  });
}

TEST(ListMemory, EveryOtherGrowthFailsWhole) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>();
    const auto full = fill(list);
    if (!full) GTEST_SKIP() << kTooLarge;
    const std::string large((*full + kTextsAtOnce) * kTextBytes, 'x');
    const auto expect_full = [&](const char* what, const std::function<void()>& action) {
      EXPECT_THROW(action(), cohort::OutOfSharedMemory) << what;
      ASSERT_EQ(list.size(), *full) << what;
    };
    expect_full("append", [&] { list.append(large); });
    expect_full("insert", [&] { list.insert(0, large); });
    expect_full("assignment", [&] { list[1] = large; });
    expect_full("addition", [&] { list[1] += large; });
    expect_full("update", [&] { list.update(1, [&](std::string& x) { x = large; }); });
    expect_full("set_slice", [&] { list.set_slice(0, 1, texts(0, 2 * kTextsAtOnce)); });
    expect_full("repeat", [&] { list.repeat(2); });
    expect_full("transact", [&] { list.transact([&](std::vector<std::string>& all) { all[1] = large; }); });
    expect_full("a new list", [&] { static_cast<void>(session().manager().list<std::string>(1, large)); });
    expect_intact(list, *full);
    list.clear();
    list.append("works");
    EXPECT_EQ(list.copy(), std::vector<std::string>{"works"});
  });
}

// Private memory is short, too, while this lives: a program that tries to build the impossible there first is
// told so, instead of taking the machine with it.
class PrivateMemoryLimit {
 public:
  PrivateMemoryLimit() {
    ::getrlimit(RLIMIT_DATA, &before_);
    rlimit limit = before_;
    limit.rlim_cur = rlim_t{2} << 30U;
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  ~PrivateMemoryLimit() { ::setrlimit(RLIMIT_DATA, &before_); }
  PrivateMemoryLimit(const PrivateMemoryLimit&) = delete;
  PrivateMemoryLimit& operator=(const PrivateMemoryLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(ListMemory, TooManyNumbersAreRefusedToo) {
#ifdef COHORT_TEST_INSTRUMENTED
  GTEST_SKIP() << "the sanitizer's own memory does not fit under the limit";
#endif
  on_first_and_last_rank([] {
    const PrivateMemoryLimit limit;
    const auto list = session().manager().list<long>({1, 2, 3});
    EXPECT_THROW(list.repeat(std::numeric_limits<std::ptrdiff_t>::max()), cohort::OutOfSharedMemory);
    EXPECT_THROW(list.repeat(std::ptrdiff_t{1} << 40), cohort::OutOfSharedMemory);
    EXPECT_EQ(list.copy(), (std::vector<long>{1, 2, 3}));
    list.repeat(1000);
    EXPECT_EQ(list.size(), 3000U);
  });
}

TEST(ListMemory, TheMessageNamesTheNumbersAndTheRemedy) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>();
    try {
      for (std::size_t n = 0; n < kMostTexts; ++n) list.append(text(n));
      GTEST_SKIP() << kTooLarge;
    } catch (const cohort::OutOfSharedMemory& error) {
      const std::string message = error.what();
      for (const char* part : {"heap full", "rank 0", "asked", "COHORT_HEAP"})
        EXPECT_NE(message.find(part), std::string::npos) << part << " is missing: " << message;
    }
  });
}

// Lists of half a megabyte, made and dropped by every rank: together many times what the heap holds.
TEST(ListMemory, ListsThatAreGoneTakeNoMemory) {
  const std::vector<long> payload(65536, session().rank());
  for (int round = 0; round < 300 / ranks() + 1; ++round) {
    auto list = session().manager().list(payload);
    list.extend({1, 2, 3});
    ASSERT_EQ(list.size(), payload.size() + 3);
    const auto second = list;
    list = session().manager().list<long>();
    ASSERT_EQ(second.get(-4), session().rank());
  }
  session().join();
}

// A list that grows and shrinks again and again stays within what its largest state takes.
TEST(ListMemory, GrowingAndShrinkingDoesNotAddUp) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>();
    for (int round = 0; round < 40; ++round) {
      for (std::size_t n = 0; n < 100; ++n) list.append(text(n));  // 6.4 MB
      for (std::size_t n = 0; n < 100; ++n) list[n] = text(n + 1);
      for (std::size_t n = 0; n < 50; ++n) static_cast<void>(list.pop(0));
      list.set_slice(0, 25, texts(0, 10));
      list.clear();
    }
    EXPECT_TRUE(list.empty());
  });
}

}  // namespace
}  // namespace cohort::test
