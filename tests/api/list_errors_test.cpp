// SPDX-License-Identifier: BSL-1.0
// What a List refuses, in which words, and that nothing has changed afterwards.
#include <gtest/gtest.h>
#include <cohort/error.hpp>
#include <cohort/list.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

// The text of the Exception that `action` throws; a failure of the test where it throws none.
template <class Exception, class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

cohort::List<int> numbers(int size) {
  const auto list = session().manager().list<int>();
  for (int n = 0; n < size; ++n) list.append(n);
  return list;
}

TEST(ListErrors, AnIndexOutsideIsNamedWithTheSize) {
  on_first_and_last_rank([] {
    const auto list = numbers(23);
    const auto expect = [&](const auto& action, const std::string& index) {
      const std::string text = message_of<std::out_of_range>(action);
      EXPECT_TRUE(has(text, index)) << text;
      EXPECT_TRUE(has(text, "23")) << text;
    };
    expect([&] { static_cast<void>(list.get(4711)); }, "4711");
    expect([&] { static_cast<void>(list.get(-4712)); }, "-4712");
    expect([&] { static_cast<void>(list.get(23)); }, "23");
    expect([&] { static_cast<void>(list.get(-24)); }, "-24");
    expect([&] { list[4711] = 1; }, "4711");
    expect([&] { static_cast<void>(list[-4712].get()); }, "-4712");
    expect([&] { list.at(4711) = 1; }, "4711");
    expect([&] { list[4711] += 1; }, "4711");
    expect([&] { list.pop(4711); }, "4711");
    expect([&] { list.pop(-4712); }, "-4712");
    expect([&] { list.erase(4711); }, "4711");
    expect([&] { list.update(-4712, [](int& x) { ++x; }); }, "-4712");
    EXPECT_EQ(list.copy(), numbers(23).copy());
  });
}

TEST(ListErrors, AnEmptyListHasNoElements) {
  on_first_and_last_rank([] {
    const auto list = numbers(0);
    EXPECT_TRUE(has(message_of<std::out_of_range>([&] { list.pop(); }), "0"));
    EXPECT_THROW(list.pop(0), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.get(0)), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.get(-1)), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.front().get()), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.back().get()), std::out_of_range);
    EXPECT_THROW(list.front() = 1, std::out_of_range);
    EXPECT_THROW(list.erase(0), std::out_of_range);
    EXPECT_THROW(list.update(0, [](int&) { FAIL() << "there is nothing to update"; }), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.index(1)), std::invalid_argument);
    EXPECT_THROW(list.remove(1), std::invalid_argument);
    EXPECT_TRUE(list.slice(0, 5).empty());
    list.erase_slice(0, 5);
    EXPECT_TRUE(list.empty());
  });
}

// A large unsigned number is not the negative one with the same bits.
TEST(ListErrors, AnIndexOfAnyIntegerTypeKeepsItsValue) {
  on_first_and_last_rank([] {
    const auto list = numbers(3);
    EXPECT_EQ(list.get(std::size_t{2}), 2);
    EXPECT_EQ(list.get(2U), 2);
    EXPECT_EQ(list.get(static_cast<short>(-1)), 2);
    EXPECT_EQ(list.get(static_cast<unsigned char>(1)), 1);
    EXPECT_EQ(list.get(-3LL), 0);
    EXPECT_THROW(static_cast<void>(list.get(std::numeric_limits<std::size_t>::max())), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.get(std::numeric_limits<unsigned>::max())), std::out_of_range);
    EXPECT_THROW(list[std::numeric_limits<std::size_t>::max()] = 1, std::out_of_range);
    EXPECT_THROW(list.pop(std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.get(std::numeric_limits<std::ptrdiff_t>::min())), std::out_of_range);
    EXPECT_THROW(static_cast<void>(list.get(std::numeric_limits<std::ptrdiff_t>::max())), std::out_of_range);
    list.insert(std::numeric_limits<std::size_t>::max(), 9);
    list.insert(std::numeric_limits<std::ptrdiff_t>::min(), 8);
    EXPECT_EQ(list.copy(), (std::vector{8, 0, 1, 2, 9}));
  });
}

TEST(ListErrors, ASliceWithStepZeroIsRefused) {
  on_first_and_last_rank([] {
    const auto list = numbers(3);
    EXPECT_THROW(static_cast<void>(list.slice({}, {}, 0)), std::invalid_argument);
    EXPECT_THROW(list.set_slice({}, {}, {1}, 0), std::invalid_argument);
    EXPECT_THROW(list.erase_slice({}, {}, 0), std::invalid_argument);
    EXPECT_EQ(list.copy(), (std::vector{0, 1, 2}));
  });
}

TEST(ListErrors, AnExtendedSliceWantsAsManyValuesAsPlaces) {
  on_first_and_last_rank([] {
    const auto list = numbers(7);
    const std::string text = message_of<std::invalid_argument>([&] { list.set_slice({}, {}, {1, 2}, 3); });
    EXPECT_TRUE(has(text, "2") && has(text, "3")) << text;
    EXPECT_THROW(list.set_slice({}, {}, std::vector<int>{}, -1), std::invalid_argument);
    EXPECT_EQ(list.copy(), numbers(7).copy());
    list.set_slice(5, 2, std::vector<int>{}, 2);  // no places, no values
    EXPECT_EQ(list.copy(), numbers(7).copy());
  });
}

template <class Exercise>
void expect_usage_error(const char* what, const Exercise& exercise) {
  try {
    exercise();
    ADD_FAILURE() << what << " of an empty handle threw nothing";
  } catch (const cohort::UsageError& error) {
    EXPECT_GT(std::string(error.what()).size(), 10U) << what;
  }
}

TEST(ListErrors, AnEmptyHandleIsRefusedByEveryMethod) {
  on_first_and_last_rank([] {
    const cohort::List<int> none;
    EXPECT_FALSE(none.valid());
    expect_usage_error("append", [&] { none.append(1); });
    expect_usage_error("push_back", [&] { none.push_back(1); });
    expect_usage_error("extend", [&] { none.extend({1}); });
    expect_usage_error("extend by nothing", [&] { none.extend(std::vector<int>{}); });
    expect_usage_error("insert", [&] { none.insert(0, 1); });
    expect_usage_error("pop", [&] { none.pop(); });
    expect_usage_error("remove", [&] { none.remove(1); });
    expect_usage_error("index", [&] { static_cast<void>(none.index(1)); });
    expect_usage_error("count", [&] { static_cast<void>(none.count(1)); });
    expect_usage_error("contains", [&] { static_cast<void>(none.contains(1)); });
    expect_usage_error("reverse", [&] { none.reverse(); });
    expect_usage_error("sort", [&] { none.sort(); });
    expect_usage_error("clear", [&] { none.clear(); });
    expect_usage_error("copy", [&] { static_cast<void>(none.copy()); });
    expect_usage_error("size", [&] { static_cast<void>(none.size()); });
    expect_usage_error("empty", [&] { static_cast<void>(none.empty()); });
    expect_usage_error("get", [&] { static_cast<void>(none.get(0)); });
    expect_usage_error("operator[]", [&] { static_cast<void>(none[0].get()); });
    expect_usage_error("assignment", [&] { none[0] = 1; });
    expect_usage_error("at", [&] { static_cast<void>(none.at(0).get()); });
    expect_usage_error("front", [&] { static_cast<void>(none.front().get()); });
    expect_usage_error("back", [&] { static_cast<void>(none.back().get()); });
    expect_usage_error("slice", [&] { static_cast<void>(none.slice()); });
    expect_usage_error("set_slice", [&] { none.set_slice({}, {}, {1}); });
    expect_usage_error("erase", [&] { none.erase(0); });
    expect_usage_error("erase_slice", [&] { none.erase_slice(); });
    expect_usage_error("repeat", [&] { none.repeat(2); });
    expect_usage_error("update", [&] { none.update(0, [](int&) {}); });
    expect_usage_error("transact", [&] { none.transact([](std::vector<int>&) {}); });
    expect_usage_error("begin", [&] { static_cast<void>(none.begin()); });
  });
}

TEST(ListErrors, AMovedFromHandleIsEmpty) {
  on_first_and_last_rank([] {
    auto list = numbers(2);
    const auto taken = std::move(list);
    EXPECT_TRUE(taken.valid());
    EXPECT_EQ(taken.size(), 2U);
    EXPECT_FALSE(list.valid());  // NOLINT(bugprone-use-after-move): what is tested
    EXPECT_THROW(list.append(1), cohort::UsageError);
    list = taken;
    list.append(2);
    EXPECT_EQ(taken.size(), 3U);
  });
}

struct Refusal : std::runtime_error {
  Refusal() : std::runtime_error("refused") {}
};

TEST(ListErrors, AThrowingFunctionChangesNothing) {
  on_first_and_last_rank([] {
    const auto list = numbers(3);
    EXPECT_THROW(list.update(1,
                             [](int& x) {
                               x = 99;
                               throw Refusal();
                             }),
                 Refusal);
    EXPECT_THROW(list.transact([](std::vector<int>& all) {
      all.assign(10, 7);
      throw Refusal();
    }),
                 Refusal);
    EXPECT_EQ(list.copy(), (std::vector{0, 1, 2}));
    const auto texts = session().manager().list<std::string>({"one", "two"});
    EXPECT_THROW(texts.update(0,
                              [](std::string& x) {
                                x = std::string(1000, 'x');
                                throw Refusal();
                              }),
                 Refusal);
    EXPECT_THROW(texts.transact([](std::vector<std::string>& all) {
      all.clear();
      throw Refusal();
    }),
                 Refusal);
    EXPECT_EQ(texts.copy(), (std::vector<std::string>{"one", "two"}));
    list.append(3);
    texts.append("three");
    EXPECT_EQ(list.size() + texts.size(), 7U);
  });
}

TEST(ListErrors, AThrowingComparisonLosesNothing) {
  on_first_and_last_rank([] {
    const auto list = session().manager().list<int>({5, 3, 4, 1, 2});
    int left = 4;
    EXPECT_THROW(list.sort([&](int a, int b) { return left-- > 0 ? a < b : throw Refusal(); }), Refusal);
    EXPECT_EQ(list.copy(), (std::vector{5, 3, 4, 1, 2}));
    list.sort();
    EXPECT_EQ(list.copy(), (std::vector{1, 2, 3, 4, 5}));
  });
}

TEST(ListErrors, AThrowingRangeAddsNothing) {
  on_first_and_last_rank([] {
    const auto list = numbers(2);
    const auto faulty = std::views::iota(0, 10) | std::views::transform([](auto n) {
                          return n < 5 ? static_cast<int>(n) : throw Refusal();
                        });
    EXPECT_THROW(list.extend(faulty), Refusal);
    EXPECT_THROW(list.set_slice(0, 1, faulty), Refusal);
    EXPECT_EQ(list.copy(), (std::vector{0, 1}));
    list.append(2);
    EXPECT_EQ(list.size(), 3U);
  });
}

// Every touch of the list inside its own transaction could only wait for itself.
TEST(ListErrors, TheListIsOutOfReachInsideItsOwnTransaction) {
  on_first_and_last_rank([] {
    const auto list = numbers(3);
    const auto same = list;
    const auto expect_refused = [&](const char* what, const auto& touch) {
      EXPECT_THROW(list.transact([&](std::vector<int>& all) {
        all.clear();
        touch();
      }),
                   cohort::UsageError)
          << what;
      EXPECT_THROW(list.update(0,
                               [&](int& x) {
                                 x = 99;
                                 touch();
                               }),
                   cohort::UsageError)
          << what;
      ASSERT_EQ(list.copy(), (std::vector{0, 1, 2})) << what;
    };
    expect_refused("append", [&] { list.append(1); });
    expect_refused("append through another handle", [&] { same.append(1); });
    expect_refused("size", [&] { static_cast<void>(list.size()); });
    expect_refused("get", [&] { static_cast<void>(list.get(0)); });
    expect_refused("assignment", [&] { list[0] = 1; });
    expect_refused("addition", [&] { list[0] += 1; });
    expect_refused("copy", [&] { static_cast<void>(list.copy()); });
    expect_refused("iteration", [&] { static_cast<void>(list.begin()); });
    expect_refused("extend", [&] { list.extend({1, 2}); });
    expect_refused("pop", [&] { list.pop(); });
    expect_refused("clear", [&] { list.clear(); });
    expect_refused("update", [&] { list.update(1, [](int& x) { ++x; }); });
    expect_refused("transact", [&] { list.transact([](std::vector<int>&) {}); });
  });
}

TEST(ListErrors, ARefusalCaughtInsideATransactionDoesNotEndIt) {
  on_first_and_last_rank([] {
    const auto list = numbers(3);
    list.transact([&](std::vector<int>& all) {
      EXPECT_THROW(list.append(1), cohort::UsageError);
      all.push_back(3);
    });
    list.update(0, [&](int& x) {
      EXPECT_THROW(static_cast<void>(list.size()), cohort::UsageError);
      x = 10;
    });
    EXPECT_EQ(list.copy(), (std::vector{10, 1, 2, 3}));
  });
}

TEST(ListErrors, OtherListsMayBeTouchedInsideATransaction) {
  on_first_and_last_rank([] {
    const auto from = numbers(3);
    const auto to = numbers(0);
    from.transact([&](std::vector<int>& all) {
      to.extend(all);
      all.clear();
    });
    from.transact(
        [&](std::vector<int>& all) { to.transact([&](std::vector<int>& others) { all.swap(others); }); });
    EXPECT_EQ(from.copy(), (std::vector{0, 1, 2}));
    EXPECT_TRUE(to.empty());
  });
}

}  // namespace
}  // namespace cohort::test
