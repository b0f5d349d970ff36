// SPDX-License-Identifier: BSL-1.0
// What the methods that make, fill, empty and order a List do, for every kind of element, near to the memory
// and far from it.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

template <class T>
class ListMethods : public ListOf<T> {};
TYPED_TEST_SUITE(ListMethods, ElementTypes);

TYPED_TEST(ListMethods, StartsEmpty) {
  on_first_and_last_rank([] {
    const auto list = session().manager().template list<TypeParam>();
    EXPECT_TRUE(list.valid());
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.size(), 0U);
    EXPECT_TRUE(list.copy().empty());
    EXPECT_TRUE(list.begin() == list.end());
  });
}

TYPED_TEST(ListMethods, IsMadeFromACountARangeOrBraces) {
  on_first_and_last_rank([this] {
    auto& manager = session().manager();
    EXPECT_EQ(manager.template list<TypeParam>(3, this->s(4)).copy(), this->v({4, 4, 4}));
    EXPECT_TRUE(manager.template list<TypeParam>(0, this->s(4)).empty());
    EXPECT_EQ(manager.template list<TypeParam>({this->s(1), this->s(2)}).copy(), this->v({1, 2}));
    const std::vector<TypeParam> source = this->v({5, 6, 7});
    EXPECT_EQ(manager.list(source).copy(), source);
  });
}

TYPED_TEST(ListMethods, AppendAddsAtTheEnd) {
  on_first_and_last_rank([this] {
    const auto list = this->make({});
    std::vector<TypeParam> model;
    for (int n = 0; n < 500; ++n) {
      list.append(this->s(n % 26));
      model.push_back(this->s(n % 26));
      ASSERT_EQ(list.size(), model.size());
    }
    EXPECT_EQ(list.copy(), model);
    for (int n = 0; n < 500; ++n) ASSERT_EQ(list.get(n), model[static_cast<std::size_t>(n)]);
  });
}

TYPED_TEST(ListMethods, BackInserterAppends) {
  on_first_and_last_rank([this] {
    auto list = this->make({1});
    const auto more = this->v({2, 3});
    std::copy(more.begin(), more.end(), std::back_inserter(list));
    list.push_back(this->s(4));
    EXPECT_EQ(list.copy(), this->v({1, 2, 3, 4}));
  });
}

TYPED_TEST(ListMethods, ExtendAddsARange) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1});
    list.extend(this->v({2, 3}));
    list.extend({this->s(4), this->s(5)});
    list.extend(std::vector<TypeParam>{});
    EXPECT_EQ(list.copy(), this->v({1, 2, 3, 4, 5}));
    list.extend(this->make({6, 7}));
    EXPECT_EQ(list.copy(), this->v({1, 2, 3, 4, 5, 6, 7}));
  });
}

TYPED_TEST(ListMethods, ExtendTakesTheListItself) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2});
    list.extend(list);
    EXPECT_EQ(list.copy(), this->v({1, 2, 1, 2}));
    const auto empty = this->make({});
    empty.extend(empty);
    EXPECT_TRUE(empty.empty());
  });
}

TYPED_TEST(ListMethods, InsertGoesBeforeTheIndex) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 3});
    list.insert(1, this->s(2));
    list.insert(0, this->s(0));
    list.insert(-1, this->s(9));
    EXPECT_EQ(list.copy(), this->v({0, 1, 2, 9, 3}));
  });
}

TYPED_TEST(ListMethods, InsertOutsideGoesToTheNearerEnd) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1});
    list.insert(100, this->s(2));
    list.insert(-100, this->s(0));
    EXPECT_EQ(list.copy(), this->v({0, 1, 2}));
    const auto empty = this->make({});
    empty.insert(-3, this->s(5));
    EXPECT_EQ(empty.copy(), this->v({5}));
  });
}

TYPED_TEST(ListMethods, PopRemovesAndReturns) {
  on_first_and_last_rank([this] {
    const auto list = this->make({0, 1, 2, 3, 4});
    EXPECT_EQ(list.pop(), this->s(4));
    EXPECT_EQ(list.pop(0), this->s(0));
    EXPECT_EQ(list.pop(-2), this->s(2));
    EXPECT_EQ(list.copy(), this->v({1, 3}));
    EXPECT_EQ(list.pop(1), this->s(3));
    EXPECT_EQ(list.pop(), this->s(1));
    EXPECT_TRUE(list.empty());
  });
}

TYPED_TEST(ListMethods, RemoveTakesTheFirstThatIsEqual) {
  on_first_and_last_rank([this] {
    const auto list = this->make({2, 1, 2, 3});
    list.remove(this->s(2));
    EXPECT_EQ(list.copy(), this->v({1, 2, 3}));
    EXPECT_THROW(list.remove(this->s(9)), std::invalid_argument);
    EXPECT_EQ(list.copy(), this->v({1, 2, 3}));
  });
}

TYPED_TEST(ListMethods, FindsValues) {
  on_first_and_last_rank([this] {
    const auto list = this->make({3, 1, 2, 1});
    EXPECT_EQ(list.index(this->s(1)), 1);
    EXPECT_EQ(list.index(this->s(3)), 0);
    EXPECT_THROW(static_cast<void>(list.index(this->s(7))), std::invalid_argument);
    EXPECT_TRUE(std::cmp_equal(list.count(this->s(1)), 2));
    EXPECT_TRUE(std::cmp_equal(list.count(this->s(7)), 0));
    EXPECT_TRUE(list.contains(this->s(2)));
    EXPECT_FALSE(list.contains(this->s(7)));
  });
}

TYPED_TEST(ListMethods, ReversesAndSorts) {
  on_first_and_last_rank([this] {
    const auto list = this->make({3, 1, 4, 1, 5});
    list.reverse();
    EXPECT_EQ(list.copy(), this->v({5, 1, 4, 1, 3}));
    list.sort();
    EXPECT_EQ(list.copy(), this->v({1, 1, 3, 4, 5}));
    list.sort(std::greater<>{});
    EXPECT_EQ(list.copy(), this->v({5, 4, 3, 1, 1}));
    const auto empty = this->make({});
    empty.reverse();
    empty.sort();
    EXPECT_TRUE(empty.empty());
  });
}

TYPED_TEST(ListMethods, ClearEmptiesAndTheListGoesOn) {
  on_first_and_last_rank([this] {
    const auto list = this->make({1, 2, 3});
    list.clear();
    EXPECT_TRUE(list.empty());
    list.clear();
    list.append(this->s(6));
    EXPECT_EQ(list.copy(), this->v({6}));
  });
}

}  // namespace
}  // namespace cohort::test
