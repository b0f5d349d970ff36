// SPDX-License-Identifier: BSL-1.0
// Every kind of element that may travel: it comes back as it went, from any rank.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

template <class T>
void expect_round_trip(const std::vector<T>& values) {
  on_first_and_last_rank([&] {
    const auto list = session().manager().list(values);
    list.append(values.front());
    list.extend(values);
    list.insert(0, values.back());
    ASSERT_EQ(list.size(), 2 * values.size() + 2);
    EXPECT_TRUE(list.get(0) == values.back());
    EXPECT_TRUE(list.pop(0) == values.back());
    EXPECT_TRUE(list.slice({}, static_cast<std::ptrdiff_t>(values.size())) == values);
    EXPECT_TRUE(list.pop() == values.back());
    list[0] = values.back();
    EXPECT_TRUE(list.get(0) == values.back());
    EXPECT_TRUE(list.contains(values.front()));
    list.update(0, [&](T& x) { x = values.front(); });
    EXPECT_TRUE(list.get(0) == values.front());
  });
}

enum class Colour : std::uint8_t { red, green };
struct Empty {
  friend bool operator==(Empty, Empty) = default;
};
struct alignas(32) Aligned {
  double x[4];
  bool operator==(const Aligned& other) const { return x[0] == other.x[0] && x[3] == other.x[3]; }
};
struct Large {
  std::array<std::int64_t, 1000> values{};
  bool operator==(const Large&) const = default;
};

TEST(ListKinds, TriviallyCopyable) {
  expect_round_trip<Colour>({Colour::red, Colour::green});
  expect_round_trip<Empty>({Empty{}, Empty{}});
  expect_round_trip<std::array<char, 3>>({{'a', 'b', 'c'}, {'d', 'e', 'f'}});
  expect_round_trip<Aligned>({Aligned{{1, 2, 3, 4}}, Aligned{{5, 6, 7, 8}}});
  Large large;
  large.values.back() = 9;
  expect_round_trip<Large>({Large{}, large});
  expect_round_trip<std::int8_t>({1, -2, 3});
  expect_round_trip<long double>({1.5L, -2.25L});
}

// std::vector<bool> has no contiguous elements to copy from.
TEST(ListKinds, Bool) {
  expect_round_trip<bool>({true, false});
  on_first_and_last_rank([] {
    const auto list = session().manager().list<bool>({true, false, false});
    list.transact([](std::vector<bool>& all) { all.flip(); });
    EXPECT_EQ(list.copy(), (std::vector<bool>{false, true, true}));
    EXPECT_TRUE(std::cmp_equal(list.count(true), 2));
    for (const bool x : list) static_cast<void>(x);
    list.reverse();
    list.sort();
    EXPECT_EQ(list.slice(1), (std::vector<bool>{true, true}));
  });
}

TEST(ListKinds, Strings) {
  expect_round_trip<std::string>({"", "short", std::string("with\0zero", 9), std::string(100'000, 'x')});
}

TEST(ListKinds, PairsAndTuples) {
  expect_round_trip<std::pair<int, double>>({{1, 1.5}, {2, 2.5}});
  expect_round_trip<std::pair<std::string, int>>({{"one", 1}, {"", 0}});
  expect_round_trip<std::tuple<int, std::string, std::vector<int>>>({{1, "one", {1}}, {2, "", {}}});
  expect_round_trip<std::tuple<>>({{}, {}});
}

TEST(ListKinds, OptionalsAndVariants) {
  expect_round_trip<std::optional<int>>({std::nullopt, 5});
  expect_round_trip<std::optional<std::string>>({"something", std::nullopt, ""});
  expect_round_trip<std::variant<int, std::string>>({1, "text", std::string(1000, 'y')});
  expect_round_trip<std::variant<std::monostate, std::vector<int>>>({std::monostate{}, std::vector{1, 2}});
}

TEST(ListKinds, Containers) {
  expect_round_trip<std::vector<std::string>>({{}, {"a", "b"}, std::vector<std::string>(100, "many")});
  expect_round_trip<std::map<std::string, std::vector<int>>>({{{"a", {1, 2}}, {"b", {}}}, {}});
  expect_round_trip<std::set<int>>({{3, 1}, {}});
  expect_round_trip<std::deque<double>>({{0.5}, {1.5, 2.5}});
  expect_round_trip<std::vector<std::vector<std::pair<int, std::string>>>>({{{{1, "x"}}, {}}, {}});
}

TEST(ListKinds, UserStructsInsideContainers) {
  expect_round_trip<std::vector<Person>>({{sample<Person>(1), sample<Person>(2)}, {}});
  expect_round_trip<std::optional<Person>>({sample<Person>(3), std::nullopt});
  expect_round_trip<std::map<int, Person>>({{{1, sample<Person>(4)}}, {}});
}

}  // namespace
}  // namespace cohort::test
