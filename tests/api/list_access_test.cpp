// SPDX-License-Identifier: BSL-1.0
// Reading and changing what a List holds, by index, slice, iterator and function, for every kind of element,
// near to the memory and far from it.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

template <class T>
class ListAccess : public ListOf<T> {};
TYPED_TEST_SUITE(ListAccess, ElementTypes);

TYPED_TEST(ListAccess, ElementsAreReadAndSet) {
  on_first_and_last_rank([this] {
    const auto list = this->make({0, 1, 2});
    EXPECT_EQ(list.get(1), this->s(1));
    EXPECT_EQ(list.get(-1), this->s(2));
    const TypeParam converted = list[0];
    EXPECT_EQ(converted, this->s(0));
    list[0] = this->s(10);
    list[-1] = this->s(12);
    list.at(1) = this->s(11);
    EXPECT_EQ(list.copy(), this->v({10, 11, 12}));
    EXPECT_EQ(list.front().get(), this->s(10));
    EXPECT_EQ(list.back().get(), this->s(12));
    list.front() = this->s(1);
    list.back() = this->s(2);
    EXPECT_EQ(list.copy(), this->v({1, 11, 2}));
  });
}

TYPED_TEST(ListAccess, SlicesAreCutAsInPython) {
  on_first_and_last_rank([this] {
    const auto list = this->make({0, 1, 2, 3, 4, 5});
    EXPECT_EQ(list.slice(), list.copy());
    EXPECT_EQ(list.slice(1, 3), this->v({1, 2}));
    EXPECT_EQ(list.slice(-2), this->v({4, 5}));
    EXPECT_EQ(list.slice({}, 2), this->v({0, 1}));
    EXPECT_EQ(list.slice({}, {}, 2), this->v({0, 2, 4}));
    EXPECT_EQ(list.slice({}, {}, -1), this->v({5, 4, 3, 2, 1, 0}));
    EXPECT_EQ(list.slice(4, 0, -2), this->v({4, 2}));
    EXPECT_TRUE(list.slice(4, 2).empty());
    EXPECT_EQ(list.slice(-100, 100), list.copy());
  });
}

TYPED_TEST(ListAccess, SlicesAreReplaced) {
  on_first_and_last_rank([this] {
    const auto list = this->make({0, 1, 2, 3});
    list.set_slice(1, 3, this->v({7, 8, 9}));
    EXPECT_EQ(list.copy(), this->v({0, 7, 8, 9, 3}));
    list.clear();
    list.extend(this->v({0, 1, 2, 3, 4}));
    list.set_slice({}, {}, {this->s(10), this->s(12), this->s(14)}, 2);
    EXPECT_EQ(list.copy(), this->v({10, 1, 12, 3, 14}));
    list.set_slice(2, 2, {this->s(5)});
    EXPECT_EQ(list.copy(), this->v({10, 1, 5, 12, 3, 14}));
    list.set_slice({}, {}, std::vector<TypeParam>{});
    EXPECT_TRUE(list.empty());
  });
}

TYPED_TEST(ListAccess, ErasesOneOrASlice) {
  on_first_and_last_rank([this] {
    const auto list = this->make({0, 1, 2, 3, 4, 5, 6});
    list.erase(0);
    list.erase(-1);
    EXPECT_EQ(list.copy(), this->v({1, 2, 3, 4, 5}));
    list.erase_slice({}, {}, 2);
    EXPECT_EQ(list.copy(), this->v({2, 4}));
    list.erase_slice(1);
    EXPECT_EQ(list.copy(), this->v({2}));
    list.erase_slice();
    EXPECT_TRUE(list.empty());
  });
}

TYPED_TEST(ListAccess, RepeatMultipliesInPlace) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2});
    list.repeat(3);
    EXPECT_EQ(list.copy(), this->v({1, 2, 1, 2, 1, 2}));
    list.repeat(1);
    EXPECT_EQ(list.size(), 6U);
    list.repeat(0);
    EXPECT_TRUE(list.empty());
    list.append(this->s(3));
    list.repeat(-2);
    EXPECT_TRUE(list.empty());
  });
}

TYPED_TEST(ListAccess, IteratesInOrder) {
  on_first_and_last_rank([this] {
    const auto list = this->make({4, 2, 7});
    std::vector<TypeParam> seen;
    for (const TypeParam& x : list) seen.push_back(x);
    EXPECT_EQ(seen, this->v({4, 2, 7}));
    EXPECT_EQ(std::vector<TypeParam>(list.begin(), list.end()), seen);
  });
}

TYPED_TEST(ListAccess, ComparesWithRanges) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2});
    EXPECT_TRUE(list == this->v({1, 2}));
    EXPECT_TRUE(this->v({1, 2}) == list);
    EXPECT_TRUE(list == this->make({1, 2}));
    EXPECT_TRUE(list == list);
    EXPECT_TRUE(list != this->v({1, 3}));
    EXPECT_TRUE(list != this->v({1}));
    EXPECT_TRUE(list != this->v({1, 2, 3}));
    EXPECT_TRUE(this->make({}) == std::vector<TypeParam>{});
  });
}

TYPED_TEST(ListAccess, UpdateChangesOneElementAndReturnsIt) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2, 3});
    int calls = 0;
    const TypeParam result = list.update(-2, [&](TypeParam& x) {
      ++calls;
      EXPECT_EQ(x, this->s(2));
      x = this->s(20);
    });
    EXPECT_EQ(result, this->s(20));
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(list.copy(), this->v({1, 20, 3}));
  });
}

TYPED_TEST(ListAccess, TransactChangesEverything) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2, 3});
    list.transact([&](std::vector<TypeParam>& all) {
      EXPECT_EQ(all, this->v({1, 2, 3}));
      all.erase(all.begin());
      all.push_back(this->s(4));
      all.push_back(this->s(5));
    });
    EXPECT_EQ(list.copy(), this->v({2, 3, 4, 5}));
    list.transact([](std::vector<TypeParam>& all) { all.clear(); });
    EXPECT_TRUE(list.empty());
  });
}

TYPED_TEST(ListAccess, HandlesShareOneList) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1});
    const auto second = list;
    second.append(this->s(2));
    EXPECT_EQ(list.copy(), this->v({1, 2}));
    list.clear();
    EXPECT_TRUE(second.empty());
  });
}

// One rank makes and fills the list, another changes it, the first sees the change after the barrier.
TYPED_TEST(ListAccess, OneRankSeesWhatAnotherWrote) {
  const auto name = std::string("ListAccess.") + typeid(TypeParam).name();
  const auto list = session().manager().template open<cohort::List<TypeParam>>(name);
  on_rank(0, [&] { list.extend(this->v({1, 2, 3})); });
  on_rank(ranks() - 1, [&] {
    EXPECT_EQ(list.copy(), this->v({1, 2, 3}));
    list[1] = this->s(9);
    list.append(this->s(4));
  });
  EXPECT_EQ(list.copy(), this->v({1, 9, 3, 4}));
  session().join();
}

}  // namespace
}  // namespace cohort::test
