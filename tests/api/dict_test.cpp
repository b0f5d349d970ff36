// SPDX-License-Identifier: BSL-1.0
// What each function of a Dict does, with keys and values of many types, and what it refuses, in which words.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
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
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}
template <class Exception, class Action>
void expect_refused(const Action& action, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown, where '" << part << "' was expected";
  } catch (const Exception& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

Dict<std::string, int> ages() {
  return session().manager().dict<std::string, int>({{"ann", 30}, {"bob", 40}, {"cid", 50}});
}

TEST(Dict, LooksUp) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    EXPECT_EQ(dict.get("bob"), 40);
    EXPECT_EQ(dict.get("eve"), std::nullopt);
    EXPECT_EQ(dict.get("eve", 7), 7);
    EXPECT_EQ(dict.value_of("ann"), 30);
    EXPECT_TRUE(dict.contains("cid"));
    EXPECT_FALSE(dict.contains(""));
    EXPECT_EQ(dict.size(), 3U);
    const int age = dict["bob"];
    EXPECT_EQ(age, 40);
    EXPECT_EQ(dict.at("bob"), 40);
    const auto empty = session().manager().dict<int, int>();
    EXPECT_TRUE(empty.empty());
    EXPECT_FALSE(empty.contains(0));
    EXPECT_TRUE(empty.items().empty());
  });
}

TEST(Dict, KeepsTheOrderOfInsertion) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    dict["bob"] = 41;
    dict["dan"] = 60;
    dict.erase("ann");
    dict.set("ann", 31);
    EXPECT_EQ(dict.keys(), (std::vector<std::string>{"bob", "cid", "dan", "ann"}));
    EXPECT_EQ(dict.values(), (std::vector{41, 50, 60, 31}));
    EXPECT_EQ(printed(dict), "{'bob': 41, 'cid': 50, 'dan': 60, 'ann': 31}");
    std::string seen;
    for (const auto& [name, age] : dict) seen += name + std::to_string(age);
    EXPECT_EQ(seen, "bob41cid50dan60ann31");
    EXPECT_EQ(dict.popitem(), (std::pair<std::string, int>("ann", 31)));
    EXPECT_EQ(dict.popitem().first, "dan");
    dict["zoe"] = 1;
    EXPECT_EQ(dict.keys().back(), "zoe");
  });
}

TEST(Dict, ChangesOneValueAtOnce) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    dict["ann"] += 5;
    EXPECT_EQ(++dict["ann"], 36);
    EXPECT_EQ(dict["ann"]++, 36);
    EXPECT_EQ(dict["ann"].fetch_max(100), 37);
    EXPECT_EQ(dict.get("ann"), 100);
    EXPECT_EQ(dict.increment("ann"), 101);
    EXPECT_EQ(dict.increment("new", -3), -3);
    EXPECT_EQ(dict.update("ann", 0, [](int& x) { x *= 2; }), 202);
    EXPECT_EQ(dict.update("old", 5, [](int& x) { x *= 2; }), 10);
    EXPECT_EQ(dict.update("old", [](int& x) { --x; }), 9);
    EXPECT_EQ(dict.setdefault("old", 77), 9);
    EXPECT_EQ(dict.setdefault("young", 77), 77);
    swap(dict["old"], dict["young"]);
    EXPECT_EQ(dict.get("old"), 77);
    EXPECT_EQ(dict.pop("old"), 77);
    EXPECT_EQ(dict.pop("old", -1), -1);
    const auto texts = session().manager().dict<int, std::string>({{1, "one"}, {2, "two"}});
    texts[1] += "!";
    swap(texts[1], texts[2]);
    EXPECT_EQ(printed(texts), "{1: 'two', 2: 'one!'}");
  });
}

TEST(Dict, TakesManyAtOnce) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    dict.update({{"bob", 1}, {"dan", 2}, {"bob", 3}});
    EXPECT_EQ(printed(dict), "{'ann': 30, 'bob': 3, 'cid': 50, 'dan': 2}");
    dict.update(std::map<std::string, int>{{"ann", 4}});
    dict.update(dict);
    dict.update(session().manager().dict<std::string, int>({{"eve", 5}, {"ann", 6}}));
    EXPECT_EQ(dict.size(), 5U);
    EXPECT_EQ(dict.get("ann"), 6);
    EXPECT_TRUE(session().manager().dict(dict) == dict);
    EXPECT_TRUE(dict ==
                (std::map<std::string, int>{{"ann", 6}, {"bob", 3}, {"cid", 50}, {"dan", 2}, {"eve", 5}}));
    EXPECT_FALSE(dict == ages());
    dict.clear();
    EXPECT_EQ(printed(dict), "{}");
    dict["ann"] = 1;
    EXPECT_EQ(dict.size(), 1U);
  });
}

TEST(Dict, HoldsManyThroughGrowthAndErasure) {
  on_first_and_last_rank([] {
    const auto dict = session().manager().dict<int, std::string>();
    std::map<int, std::string> model;
    for (int n = 0; n < 2000; ++n) {
      dict[n * 7] = std::to_string(n);
      model[n * 7] = std::to_string(n);
      if (n % 3 == 0 && dict.pop(n / 2 * 7, "none") != "none") model.erase(n / 2 * 7);
      if (n % 3 == 1) dict[n / 4 * 7] = model[n / 4 * 7] = "again";
      if (n % 5 == 4) model.erase(dict.popitem().first);
    }
    EXPECT_EQ(dict.size(), model.size());
    EXPECT_TRUE(dict == model);
    while (!dict.empty()) dict.popitem();
    dict[1] = "one";
    EXPECT_EQ(dict.copy().size(), 1U);
  });
}

enum class Colour : unsigned char { red, green };
struct Point {
  int x;
  int y;
  friend bool operator==(const Point&, const Point&) = default;
};

// Each key is found again, is itself in keys(), and differs from the others.
template <class K>
void expect_keys(const std::vector<K>& keys) {
  const auto dict = session().manager().dict<K, int>();
  for (std::size_t i = 0; i < keys.size(); ++i) dict.set(keys[i], static_cast<int>(i));
  EXPECT_EQ(dict.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(dict.get(keys[i]), static_cast<int>(i));
  EXPECT_TRUE(dict.keys() == keys);
}

TEST(Dict, KeysOfManyTypes) {
  on_first_and_last_rank([] {
    expect_keys<char>({'a', '\0', '\xff'});
    expect_keys<bool>({false, true});
    expect_keys<std::int64_t>({0, -1, std::numeric_limits<std::int64_t>::min()});
    expect_keys<Colour>({Colour::red, Colour::green});
    expect_keys<Point>({{1, 2}, {2, 1}});
    expect_keys<float>({0.5F, -0.5F, std::numeric_limits<float>::infinity()});
    expect_keys<std::string>({"", std::string(1, '\0'), "a", std::string(300, 'x'), std::string(5000, 'x')});
    expect_keys<std::pair<int, int>>({{1, 2}, {2, 1}});
    expect_keys<std::pair<char, double>>({{'a', 1.5}, {'b', 1.5}});
    expect_keys<std::tuple<std::string, int, bool>>({{"a", 1, true}, {"a", 1, false}});
    expect_keys<std::tuple<std::string, std::string>>({{"ab", "c"}, {"a", "bc"}});
    expect_keys<std::optional<int>>({std::nullopt, 0, 1});
    expect_keys<std::variant<int, std::string, std::monostate>>({0, "0", std::monostate()});
    expect_keys<std::array<short, 3>>({{1, 2, 3}, {1, 2, 4}});
    expect_keys<std::vector<int>>({{}, {0}, {0, 0}, std::vector<int>(100, 3)});
    expect_keys<Person>({{30, "ann", {}}, {30, "ann", {"bob"}}});
  });
}

TEST(Dict, EqualKeysAreOneKey) {
  on_first_and_last_rank([] {
    const auto numbers = session().manager().dict<double, int>();
    numbers[0.0] = 1;
    numbers[-0.0] = 2;
    numbers[std::nan("1")] = 3;
    numbers[-std::nan("2")] = 4;
    EXPECT_EQ(numbers.size(), 2U);
    EXPECT_EQ(numbers.get(0.0), 2);
    EXPECT_EQ(numbers.get(std::numeric_limits<double>::quiet_NaN()), 4);
    // What lies in an empty optional's place, and between a pair's members, is no part of the key.
    const auto perhaps = session().manager().dict<std::optional<int>, int>();
    std::optional<int> key = 77;
    key.reset();
    perhaps[key] = 1;
    perhaps[std::nullopt] = 2;
    EXPECT_EQ(perhaps.size(), 1U);
  });
}

template <class V>
void expect_values(const std::vector<V>& values) {
  const auto dict = session().manager().dict<std::string, V>();
  for (std::size_t i = 0; i < values.size(); ++i) dict.set(std::to_string(i), values[values.size() - 1 - i]);
  for (std::size_t i = 0; i < values.size(); ++i) dict.set(std::to_string(i), values[i]);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(dict.get(std::to_string(i)), values[i]);
  EXPECT_EQ(dict.values(), values);
  EXPECT_EQ(dict.items().back().second, values.back());
  EXPECT_EQ(dict.popitem().second, values.back());
  EXPECT_EQ(dict.pop("0"), values[0]);
}

TEST(Dict, ValuesOfManyTypes) {
  on_first_and_last_rank([] {
    expect_values<char>({'a', 'b', 'c'});
    expect_values<bool>({true, false, true});
    expect_values<double>({1.5, -2.5});
    expect_values<std::array<char, 3>>({{'a', 'b', 'c'}, {'d', 'e', 'f'}});
    expect_values<Pair16>({{1, 2}, {3, 4}, {5, 6}});
    expect_values<Triple24>({{1, 2, 'a'}, {3, 4, 'b'}});
    expect_values<std::string>({"", "short", std::string(9000, 'x'), "end"});
    expect_values<Person>({{30, "ann", {"bob"}}, {40, "bob", {}}});
    expect_values<std::vector<std::string>>({{}, {"a", "b"}});
  });
}

TEST(Dict, ListsAsValuesAreShared) {
  on_first_and_last_rank([] {
    const auto groups = session().manager().dict<std::string, List<int>>();
    {
      const auto odd = session().manager().list<int>({1});
      groups["odd"] = odd;
      groups.setdefault("even", session().manager().list<int>());
    }
    groups.value_of("odd").append(3);
    groups["even"].get().append(2);
    EXPECT_EQ(printed(groups), "{'odd': [1, 3], 'even': [2]}");
    const auto kept = groups.pop("odd");
    groups.clear();
    EXPECT_EQ(kept.copy(), (std::vector{1, 3}));
    const auto nested = session().manager().dict<int, Dict<int, int>>();
    nested[1] = session().manager().dict<int, int>({{2, 3}});
    nested[1].get()[2] += 1;
    EXPECT_EQ(printed(nested), "{1: {2: 4}}");
  });
}

TEST(Dict, NamesAndProcessesReachIt) {
  on_manager([] {
    const auto dict = session().manager().open<Dict<std::string, long>>("Dict.counts");
    Process process([](Dict<std::string, long> counts) { counts.increment("seen"); }, dict);
    process.start();
    process.join();
    EXPECT_EQ((session().manager().open<Dict<std::string, long>>("Dict.counts").get("seen")), 1);
    EXPECT_THROW((static_cast<void>(session().manager().open<Dict<std::string, int>>("Dict.counts"))),
                 UsageError);
  });
}

TEST(DictErrors, AMissingKeyIsNamed) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    const std::string part = "key 'eve' is not in the dict";
    expect_refused<std::out_of_range>([&] { static_cast<void>(dict["eve"].get()); }, part);
    expect_refused<std::out_of_range>([&] { dict["eve"] += 1; }, part);
    expect_refused<std::out_of_range>([&] { dict.at("eve") = 1; }, part);
    expect_refused<std::out_of_range>([&] { dict.erase("eve"); }, part);
    expect_refused<std::out_of_range>([&] { dict.pop("eve"); }, part);
    expect_refused<std::out_of_range>([&] { dict.swap("ann", "eve"); }, part);
    expect_refused<std::out_of_range>([&] { dict.update("eve", [](int&) {}); }, part);
    EXPECT_EQ(dict.size(), 3U);
    const auto numbers = session().manager().dict<std::pair<int, double>, int>();
    expect_refused<std::out_of_range>([&] { numbers.pop({1, 2.5}); }, "key (1, 2.5) is not in the dict");
    const auto points = session().manager().dict<Point, int>();
    expect_refused<std::out_of_range>([&] { points.pop({1, 2}); }, "the key is not in the dict");
    expect_refused<std::out_of_range>([&] { points.popitem(); }, "popitem from an empty dict");
    const auto texts = session().manager().dict<std::string, int>();
    expect_refused<std::out_of_range>([&] { texts.pop(std::string(1000, 'x')); },
                                      "xxx... is not in the dict");
  });
}

TEST(DictErrors, ACallbackThatThrowsOrUsesTheDictChangesNothing) {
  on_first_and_last_rank([] {
    const auto dict = ages();
    const auto throwing = [](int& age) {
      age = 0;
      throw std::runtime_error("no");
    };
    EXPECT_THROW(dict.update("ann", throwing), std::runtime_error);
    EXPECT_THROW(dict.update("new", 1, throwing), std::runtime_error);
    for (const auto& use : std::vector<std::function<void()>>{
             [&] { static_cast<void>(dict.get("bob")); }, [&] { dict["bob"] = 1; },
             [&] { static_cast<void>(dict.size()); }, [&] { static_cast<void>(dict.contains("x")); },
             [&] { static_cast<void>(dict.items()); }, [&] { dict.erase("bob"); },
             [&] { dict.increment("bob"); }}) {
      expect_refused<UsageError>([&] { dict.update("ann", [&](int&) { use(); }); },
                                 "inside its own update()");
    }
    EXPECT_EQ(printed(dict), "{'ann': 30, 'bob': 40, 'cid': 50}");
    const Dict<int, int> empty;
    expect_refused<UsageError>([&] { static_cast<void>(empty.size()); }, "Dict");
  });
}

}  // namespace
}  // namespace cohort::test
