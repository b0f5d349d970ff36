// SPDX-License-Identifier: BSL-1.0
// What each function of a Set and of a Namespace does, and what it refuses, in which words.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

template <class Exception, class Action>
void expect_refused(const Action& action, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown, where '" << part << "' was expected";
  } catch (const Exception& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}
Set<int> numbers(std::initializer_list<int> elements) { return session().manager().set<int>(elements); }

TEST(Set, HasEachElementOnce) {
  on_first_and_last_rank([] {
    const auto set = numbers({3, 1, 3, 2});
    EXPECT_EQ(set.copy(), (std::vector{3, 1, 2}));
    EXPECT_FALSE(set.add(1));
    EXPECT_TRUE(set.add(4));
    EXPECT_TRUE(set.contains(4));
    EXPECT_TRUE(set.discard(3));
    EXPECT_FALSE(set.discard(3));
    set.remove(1);
    EXPECT_EQ(set.size(), 2U);
    std::ostringstream out;
    out << set << numbers({});
    EXPECT_EQ(out.str(), "{2, 4}set()");
    set.update({4, 5, 6});
    int sum = 0;
    for (const int x : set) sum += x;
    EXPECT_EQ(sum, 17);
    while (!set.empty()) sum -= set.pop();
    EXPECT_EQ(sum, 0);
    set.update(std::vector{1, 1});
    EXPECT_TRUE(set == (std::set<int>{1}));
    set.clear();
    EXPECT_TRUE(set.empty());
  });
}

TEST(Set, OperatorsMakeNewSets) {
  on_first_and_last_rank([] {
    const auto a = numbers({1, 2, 3});
    const auto b = numbers({3, 4});
    EXPECT_EQ((a | b).copy(), (std::vector{1, 2, 3, 4}));
    EXPECT_EQ((a & b).copy(), (std::vector{3}));
    EXPECT_EQ((a - b).copy(), (std::vector{1, 2}));
    EXPECT_EQ((a ^ b).copy(), (std::vector{1, 2, 4}));
    EXPECT_EQ((a - a).copy(), std::vector<int>{});
    EXPECT_EQ(a.size(), 3U);
    EXPECT_TRUE((a & b) <= a && (a & b) < a && a >= (a & b) && a > (a & b));
    EXPECT_TRUE(a <= a && !(a < a) && a >= a && !(a > a) && !(a <= b));
    EXPECT_TRUE(numbers({}) < b && numbers({}) <= numbers({}));
    EXPECT_TRUE(a == numbers({3, 2, 1}) && a != b && a == (std::vector{1, 2, 2, 3}));
    EXPECT_TRUE(a.isdisjoint(numbers({4, 5})) && !a.isdisjoint(b) && a.isdisjoint(numbers({})));
  });
}

TEST(Set, ElementsOfOtherTypes) {
  on_first_and_last_rank([] {
    const auto words = session().manager().set(std::vector<std::string>{"to", "be", "or", "not", "to", "be"});
    EXPECT_EQ(words.copy(), (std::vector<std::string>{"to", "be", "or", "not"}));
    const auto points = session().manager().set<std::pair<int, double>>();
    EXPECT_TRUE(points.add({1, 0.0}));
    EXPECT_FALSE(points.add({1, -0.0}));
    for (int n = 0; n < 1000; ++n) points.add({n, n / 2.0});
    EXPECT_EQ(points.size(), 1001U);
    const auto named = session().manager().open<Set<std::string>>("Set.words");
    named.add("x");
    EXPECT_TRUE(session().manager().open<Set<std::string>>("Set.words").contains("x"));
  });
}

TEST(SetErrors, WhatIsNotThereIsNamed) {
  on_first_and_last_rank([] {
    const auto set = numbers({});
    expect_refused<std::out_of_range>([&] { set.remove(5); }, "key 5 is not in the set");
    expect_refused<std::out_of_range>([&] { set.pop(); }, "pop from an empty set");
    expect_refused<UsageError>([] { Set<int>().add(1); }, "Set");
  });
}

TEST(Namespace, HoldsValuesOfAnyType) {
  on_first_and_last_rank([] {
    const auto space = session().manager().name_space();
    space.set("count", 3);
    space.set("name", "a text");
    space.set("list", session().manager().list<int>({1}));
    space.set("person", Person{30, "ann", {}});
    EXPECT_EQ(space.get<int>("count"), 3);
    EXPECT_EQ(space.get<std::string>("name"), "a text");
    space.get<List<int>>("list").append(2);
    EXPECT_EQ(space.get<List<int>>("list").copy(), (std::vector{1, 2}));
    EXPECT_EQ(space.get<Person>("person").name, "ann");
    EXPECT_EQ(space.get<double>("none", 1.5), 1.5);
    space.set("count", 2.5);
    EXPECT_EQ(space.get<double>("count"), 2.5);
    EXPECT_EQ(space.names(), (std::vector<std::string>{"count", "name", "list", "person"}));
    space.erase("list");
    EXPECT_FALSE(space.contains("list"));
    EXPECT_TRUE(session().manager().open<Namespace>("Namespace.named").valid());
  });
}

TEST(NamespaceErrors, TypesAndNamesAreNamed) {
  on_first_and_last_rank([] {
    const auto space = session().manager().name_space();
    space.set("x", 3);
    expect_refused<std::out_of_range>([&] { static_cast<void>(space.get<int>("y")); },
                                      "'y' is not in the namespace");
    expect_refused<std::out_of_range>([&] { space.erase("y"); }, "'y' is not in the namespace");
    expect_refused<UsageError>([&] { static_cast<void>(space.get<double>("x")); },
                               "is of type int, not double");
    expect_refused<UsageError>([&] { static_cast<void>(space.get<double>("x", 1.0)); },
                               "is of type int, not double");
    expect_refused<UsageError>([] { static_cast<void>(Namespace().names()); }, "Namespace");
  });
}

}  // namespace
}  // namespace cohort::test
