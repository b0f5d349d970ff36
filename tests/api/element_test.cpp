// SPDX-License-Identifier: BSL-1.0
// `list[i]`: reads, writes, and arithmetic in one step.
#include <gtest/gtest.h>
#include <cohort/dict.hpp>
#include <cohort/list.hpp>

#include <compare>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using IntElement = decltype(std::declval<const cohort::List<int>&>()[0]);
static_assert(std::is_convertible_v<IntElement, int>);
// Kept in a variable it would be read later than it looks: the conversion is for one that is used at once.
static_assert(!std::is_convertible_v<IntElement&, int> && !std::is_convertible_v<const IntElement&, int>);
static_assert(std::is_assignable_v<IntElement, int>);

TEST(Element, IsReadByConversionAndByGet) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({7, 8});
    const int converted = list[0];
    EXPECT_EQ(converted, 7);
    EXPECT_EQ(list[1].get(), 8);
    const double wider = list[1];
    EXPECT_EQ(wider, 8.0);
    const auto texts = session().manager().list<std::string>({"one", "two"});
    const std::string text = texts[-1];
    EXPECT_EQ(text, "two");
    EXPECT_EQ(texts[0].get().size(), 3U);
  });
}

TEST(Element, TakesAValueOrAnotherElement) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({1, 2, 3});
    const auto other = session().manager().list<int>({10, 20});
    list[0] = 5;
    list[1] = list[0];
    list[2] = other[1];
    EXPECT_EQ(list.copy(), (std::vector{5, 5, 20}));
    list[0] = list[0];
    EXPECT_EQ(list.get(0), 5);
    other[0] = 11;  // a copy was taken, no link
    EXPECT_EQ(list.copy(), (std::vector{5, 5, 20}));
    const auto texts = session().manager().list<std::string>(2, std::string(500, 'a'));
    texts[0] = "short";
    texts[1] = texts[0];
    EXPECT_EQ(texts.copy(), (std::vector<std::string>{"short", "short"}));
    texts[0] = std::string(700, 'b');
    EXPECT_EQ(texts.get(0).size(), 700U);
    EXPECT_EQ(texts.get(1), "short");
  });
}

TEST(Element, ComparesAsItsValue) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({1, 2, 2});
    EXPECT_TRUE(list[0] == 1);
    EXPECT_TRUE(1 == list[0]);
    EXPECT_TRUE(list[0] != 2);
    EXPECT_TRUE(list[0] < 2);
    EXPECT_TRUE(3 > list[1]);
    EXPECT_TRUE(list[1] == list[2]);
    EXPECT_TRUE(list[0] < list[1]);
    EXPECT_TRUE(list[1] >= list[0]);
    EXPECT_TRUE((list[0] <=> 1) == std::strong_ordering::equal);
    const auto texts = session().manager().list<std::string>({"apple", "pear"});
    EXPECT_TRUE(texts[0] == std::string("apple"));
    EXPECT_TRUE(texts[0] == "apple");
    EXPECT_TRUE(texts[0] < texts[1]);
  });
}

TEST(Element, PrintsAndAddsAsItsValue) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({40, 2});
    std::ostringstream out;
    out << list[0] << ' ' << list[1];
    EXPECT_EQ(out.str(), "40 2");
    EXPECT_EQ(list[0] + list[1], 42);
    EXPECT_EQ(list[0] + 1, 41);
    EXPECT_EQ(1 + list[0], 41);
    const auto texts = session().manager().list<std::string>({"plain"});
    std::ostringstream text;
    text << texts[0];
    EXPECT_EQ(text.str(), "plain");  // as std::string prints: only a whole list quotes
  });
}

TEST(Element, ReachesTheObjectThatItIs) {
  on_first_and_last_rank([] {
    const auto groups =
        session().manager().dict<std::string, List<int>>({{"red", session().manager().list<int>()}});
    groups["red"]->append(3);
    groups["red"]->append(4);
    EXPECT_EQ(groups["red"]->size(), 2U);
    EXPECT_EQ(groups.value_of("red").copy(), (std::vector<int>{3, 4}));
    EXPECT_THROW(groups["blue"]->append(1), std::out_of_range);
    const auto lists = session().manager().list<List<int>>({groups.value_of("red")});
    lists[-1]->append(5);
    EXPECT_EQ(groups["red"]->copy(), (std::vector<int>{3, 4, 5}));
  });
}

TEST(Element, SwapsWithAnother) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>({"a", std::string(300, 'b'), "c"});
    using std::swap;
    swap(list[0], list[1]);
    EXPECT_EQ(list.copy(), (std::vector<std::string>{std::string(300, 'b'), "a", "c"}));
    swap(list[2], list[2]);
    EXPECT_EQ(list.get(2), "c");
    const auto other = session().manager().list<std::string>({"z"});
    swap(list[-1], other[0]);
    EXPECT_EQ(list.get(2), "z");
    EXPECT_EQ(other.get(0), "c");
    EXPECT_THROW(swap(list[0], list[3]), std::out_of_range);
    EXPECT_EQ(list.get(0).size(), 300U);
  });
}

template <class T>
class ElementArithmetic : public testing::Test {};
using Arithmetic = testing::Types<char, short, int, unsigned, long, unsigned long, float, double>;
TYPED_TEST_SUITE(ElementArithmetic, Arithmetic);

TYPED_TEST(ElementArithmetic, CompoundAssignmentGivesTheNewValue) {
  on_first_and_last_rank([] {
    const auto list = session().manager().template list<TypeParam>({TypeParam{10}, TypeParam{20}});
    const auto one = TypeParam{1};
    const TypeParam sum = (list[0] += TypeParam{5});
    EXPECT_EQ(sum, TypeParam{15});
    const TypeParam difference = (list[0] -= TypeParam{3});
    EXPECT_EQ(difference, TypeParam{12});
    list[0] *= TypeParam{2};
    EXPECT_EQ(list.get(0), TypeParam{24});
    const TypeParam risen = ++list[-1];
    EXPECT_EQ(risen, TypeParam{21});
    const TypeParam before = list[-1]++;
    EXPECT_EQ(before, TypeParam{21});
    const TypeParam fallen = --list[-1];
    EXPECT_EQ(fallen, TypeParam{21});
    const TypeParam last = list[-1]--;
    EXPECT_EQ(last, TypeParam{21});
    list[1] += one;
    EXPECT_EQ(list.copy(), (std::vector<TypeParam>{TypeParam{24}, TypeParam{21}}));
  });
}

TYPED_TEST(ElementArithmetic, AtomicOperationsGiveTheOldValue) {
  on_first_and_last_rank([] {
    const auto list = session().manager().template list<TypeParam>({TypeParam{10}, TypeParam{20}});
    EXPECT_EQ(list[0].fetch_add(TypeParam{5}), TypeParam{10});
    EXPECT_EQ(list[0].fetch_max(TypeParam{12}), TypeParam{15});
    EXPECT_EQ(list.get(0), TypeParam{15});
    EXPECT_EQ(list[0].fetch_max(TypeParam{30}), TypeParam{15});
    EXPECT_EQ(list.get(0), TypeParam{30});
    EXPECT_EQ(list.get(1), TypeParam{20});
  });
}

TYPED_TEST(ElementArithmetic, CompareExchangeReplacesWhatWasExpected) {
  on_first_and_last_rank([] {
    const auto list = session().manager().template list<TypeParam>({TypeParam{10}});
    TypeParam expected{11};
    EXPECT_FALSE(list[0].compare_exchange(expected, TypeParam{1}));
    EXPECT_EQ(expected, TypeParam{10});  // what it found, as std::atomic does
    EXPECT_EQ(list.get(0), TypeParam{10});
    EXPECT_TRUE(list[0].compare_exchange(expected, TypeParam{1}));
    EXPECT_EQ(list.get(0), TypeParam{1});
  });
}

TEST(Element, BitsAreSetAndCleared) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<unsigned>({0x0FU});
    list[0] |= 0x30U;
    EXPECT_EQ(list.get(0), 0x3FU);
    list[0] &= 0x11U;
    EXPECT_EQ(list.get(0), 0x11U);
  });
}

TEST(Element, AddsWhereverTheTypeCan) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<std::string>({"", "b"});
    std::string model;
    for (int n = 0; n < 100; ++n) {
      list[0] += std::string(static_cast<std::size_t>(n % 7), static_cast<char>('a' + n % 26));
      model += std::string(static_cast<std::size_t>(n % 7), static_cast<char>('a' + n % 26));
    }
    list[1] += "c";
    EXPECT_EQ(list.get(0), model);
    EXPECT_EQ(list.get(1), "bc");
  });
}

// As std::atomic's; a sanitizer would say where that is undefined.
TEST(Element, SumsAndDifferencesWrapAround) {
  on_first_and_last_rank([] {
    constexpr int kMost = std::numeric_limits<int>::max();
    constexpr int kLeast = std::numeric_limits<int>::min();
    const auto list = session().manager().list<int>({kMost});
    EXPECT_EQ(list[0] += 1, kLeast);
    EXPECT_EQ(list[0] -= 1, kMost);
    EXPECT_EQ(list[0].fetch_add(1), kMost);
    EXPECT_EQ(list[0].fetch_sub(1), kLeast);
    EXPECT_EQ(++list[0], kLeast);
    EXPECT_EQ(list[0]--, kLeast);
    EXPECT_EQ(list.get(0), kMost);
    const auto dict = session().manager().dict<int, int>({{1, kMost}});
    EXPECT_EQ(dict.increment(1, 2), kLeast + 1);
    EXPECT_EQ(dict[1] -= 2, kMost);
  });
}

// A neighbour that lies in the same word must not be touched.
TEST(Element, SmallNeighboursStayAsTheyAre) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<signed char>(32, static_cast<signed char>(-1));
    for (int i = 0; i < 32; i += 2) list[i] += static_cast<signed char>(i + 2);
    for (int i = 0; i < 32; ++i) ASSERT_EQ(list.get(i), i % 2 == 0 ? i + 1 : -1) << i;
    list[5] = 100;
    EXPECT_EQ(list.get(4), 5);
    EXPECT_EQ(list.get(6), 7);
  });
}

}  // namespace
}  // namespace cohort::test
