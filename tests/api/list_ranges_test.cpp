// SPDX-License-Identifier: BSL-1.0
// List as a range, the ranges it takes, and how it prints.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using Numbers = cohort::List<int>;
static_assert(std::ranges::input_range<Numbers> && std::ranges::input_range<const Numbers>);
static_assert(
    std::is_same_v<decltype(std::declval<Numbers>().begin()), decltype(std::declval<Numbers>().end())>);
static_assert(std::input_iterator<decltype(std::declval<Numbers>().begin())>);
static_assert(std::is_same_v<std::ranges::range_value_t<Numbers>, int>);
static_assert(std::is_same_v<Numbers::value_type, int>);
static_assert(std::is_same_v<decltype(std::declval<Numbers>().size()), std::size_t>);
static_assert(std::is_same_v<decltype(std::declval<Numbers>().index(1)), std::ptrdiff_t>);
static_assert(std::is_same_v<decltype(std::declval<Numbers>().copy()), std::vector<int>>);
static_assert(std::is_same_v<decltype(std::declval<Numbers>().slice()), std::vector<int>>);
static_assert(std::is_same_v<decltype(std::declval<Numbers>().get(0)), int>);
static_assert(!std::is_convertible_v<Numbers, bool> && !std::is_constructible_v<bool, Numbers>);
static_assert(std::is_nothrow_move_constructible_v<Numbers> && std::is_copy_constructible_v<Numbers>);

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(ListRanges, AllKindsOfRangesAreTaken) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<long>();
    list.extend(std::deque<long>{1, 2});
    list.extend(std::set<long>{4, 3});
    list.extend(std::array<short, 2>{5, 6});
    const std::array<long, 4> four{7, 8, 9, 10};
    list.extend(std::span(four).subspan(1));
    list.extend(std::views::iota(0, 3));
    std::istringstream words("40 41");
    list.extend(std::ranges::istream_view<long>(words));
    list.extend(std::views::iota(50L, 53L) | std::views::filter([](long n) { return n != 51; }));
    EXPECT_EQ(list.copy(), (std::vector<long>{1, 2, 3, 4, 5, 6, 8, 9, 10, 0, 1, 2, 40, 41, 50, 52}));
  });
}

TEST(ListRanges, TheManagerMakesListsFromRanges) {
  on_first_and_last_rank([] {
    auto& manager = session().manager();
    EXPECT_EQ(manager.list(std::set<int>{2, 1}).copy(), (std::vector{1, 2}));
    EXPECT_EQ(manager.list<std::string>({"a", "b"}).copy(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(manager.list<int>(3, 7).copy(), (std::vector{7, 7, 7}));
    const auto first = manager.list<int>({1, 2});
    const auto second = manager.list(first);
    second.append(3);
    EXPECT_EQ(first.size(), 2U);
    EXPECT_EQ(second.size(), 3U);
  });
}

// What is added is what the list held at one moment, so this ends.
TEST(ListRanges, AListCanBeExtendedByAViewOfItself) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({1, 2, 3});
    list.extend(list | std::views::transform([](int x) { return 10 * x; }));
    EXPECT_EQ(list.copy(), (std::vector{1, 2, 3, 10, 20, 30}));
    list.set_slice(0, 3, list);
    EXPECT_EQ(list.copy(), (std::vector{1, 2, 3, 10, 20, 30, 10, 20, 30}));
  });
}

TEST(ListRanges, ALoopWalksOverOneMoment) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({1, 2, 3});
    std::vector<int> seen;
    for (const int x : list) {
      seen.push_back(x);
      list.append(x + 10);
      list[0] = 99;
    }
    EXPECT_EQ(seen, (std::vector{1, 2, 3}));
    EXPECT_EQ(list.copy(), (std::vector{99, 2, 3, 11, 12, 13}));
    seen.clear();
    for (const int x : list) {
      seen.push_back(x);
      list.clear();
    }
    EXPECT_EQ(seen.size(), 6U);
    EXPECT_TRUE(list.empty());
  });
}

TEST(ListRanges, AlgorithmsRunOnIt) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({3, 1, 2});
    EXPECT_EQ(std::accumulate(list.begin(), list.end(), 0), 6);
    EXPECT_EQ(std::count_if(list.begin(), list.end(), [](int x) { return x > 1; }), 2);
    EXPECT_TRUE(std::ranges::any_of(list, [](int x) { return x == 2; }));
    const std::multiset<int> sorted(list.begin(), list.end());
    EXPECT_EQ(*sorted.begin(), 1);
    auto it = list.begin();
    EXPECT_EQ(*it, 3);
    EXPECT_EQ(*++it, 1);
    EXPECT_EQ(*++it, 2);
    EXPECT_TRUE(++it == list.end());
  });
}

TEST(ListRanges, SortKeepsTheOrderOfEqualElements) {
  on_first_and_last_rank([] {
    std::vector<Pair16> pairs;
    for (int n = 0; n < 300; ++n) pairs.push_back({n * 7 % 5, n});
    const auto list = session().manager().list(pairs);
    const auto by_first = [](const Pair16& a, const Pair16& b) { return a.first < b.first; };
    list.sort(by_first);
    std::stable_sort(pairs.begin(), pairs.end(), by_first);
    EXPECT_EQ(list.copy(), pairs);
  });
}

TEST(ListRanges, ConstnessIsShallow) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>();
    list.append(1);
    list[0] = 2;
    list.extend({3});
    list.sort(std::greater<>{});
    EXPECT_EQ(list.copy(), (std::vector{3, 2}));
  });
}

TEST(ListRanges, PrintsLikePython) {
  on_first_and_last_rank([] {
    auto& manager = session().manager();
    EXPECT_EQ(printed(manager.list<int>()), "[]");
    EXPECT_EQ(printed(manager.list<int>({1})), "[1]");
    EXPECT_EQ(printed(manager.list<int>({1, -2, 30})), "[1, -2, 30]");
    EXPECT_EQ(printed(manager.list<long>({1L << 40})), "[1099511627776]");
    EXPECT_EQ(printed(manager.list<double>({0.5, -1.25})), "[0.5, -1.25]");
    EXPECT_EQ(
        printed(manager.list<double>({1, 0.1 + 0.2, 1e20, 1e-7, 1e16, 1e15, 0.0001, 1e-5, -0.0, 5e-324})),
        "[1.0, 0.30000000000000004, 1e+20, 1e-07, 1e+16, 1000000000000000.0, 0.0001, 1e-05, -0.0, 5e-324]");
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(printed(manager.list<double>({kInfinity, -kInfinity, std::nan("")})), "[inf, -inf, nan]");
    EXPECT_EQ(printed(manager.list<float>({0.1F, 3.0F})), "[0.1, 3.0]");
    EXPECT_EQ(printed(manager.list<std::string>({"a", "b c", ""})), "['a', 'b c', '']");
    EXPECT_EQ(printed(manager.list<std::string>({"it's", "\"", "'\"", "a\\b", "1\n2\t"})),
              R"(["it's", '"', '\'"', 'a\\b', '1\n2\t'])");
  });
}

// 10,000 elements pass every boundary between the parts that a long list is made of.
TEST(ListRanges, LongListsBehaveAsShortOnes) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>();
    std::vector<int> model;
    const auto all_equal = [&](const char* when) { ASSERT_EQ(list.copy(), model) << when; };
    for (int n = 0; n < 5000; ++n) {
      list.append(n);
      model.push_back(n);
    }
    all_equal("after append");
    std::vector<int> more(5000);
    std::iota(more.begin(), more.end(), 5000);
    list.extend(more);
    model.insert(model.end(), more.begin(), more.end());
    all_equal("after extend");
    for (const int i : {0, 1, 7, 8, 63, 64, 4095, 4096, 9998, 9999}) {
      EXPECT_EQ(list.get(i), i);
      EXPECT_EQ(list.get(i - 10000), i);
    }
    for (const int i : {0, 5000, 9000}) {
      list.insert(i, -i);
      model.insert(model.begin() + i, -i);
    }
    all_equal("after insert");
    for (const int i : {0, 4000, 8000}) {
      EXPECT_EQ(list.pop(i), model[static_cast<std::size_t>(i)]);
      model.erase(model.begin() + i);
    }
    all_equal("after pop");
    list.erase_slice({}, {}, 3);
    std::vector<int> kept;
    for (std::size_t i = 0; i < model.size(); ++i)
      if (i % 3 != 0) kept.push_back(model[i]);
    model = kept;
    all_equal("after erase_slice");
    list.reverse();
    std::reverse(model.begin(), model.end());
    all_equal("after reverse");
    while (model.size() > 10) {
      ASSERT_EQ(list.pop(), model.back());
      model.pop_back();
    }
    all_equal("after many pops");
    for (int n = 0; n < 3000; ++n) {
      list.append(n);
      model.push_back(n);
    }
    all_equal("after growing again");
  });
}

}  // namespace
}  // namespace cohort::test
