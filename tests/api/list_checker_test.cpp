// SPDX-License-Identifier: BSL-1.0
// The judge is judged first: histories whose verdict is known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "api/list_history.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {
namespace {

// This program has no session: the judge needs no ranks.
std::uint64_t seed() {
  static const char* given = std::getenv("COHORT_TEST_SEED");
  static const std::uint64_t value =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  return value;
}

ListEvent call(ListCall kind, std::int64_t invoked, std::int64_t returned, std::int64_t argument = 0,
               std::int64_t result = 0) {
  ListEvent event;
  event.call = kind;
  event.invoked = invoked;
  event.returned = returned;
  const bool takes_index = kind == ListCall::get || kind == ListCall::pop_at;
  (takes_index ? event.index : event.value) = argument;
  event.result = result;
  return event;
}

ListEvent failed(ListEvent event) {
  event.failed = 1;
  return event;
}

bool is_linearizable(const std::vector<ListEvent>& history, const ListModel& initial = {}) {
  return check_history(history, initial).linearizable;
}

using enum ListCall;

TEST(LinearizabilityChecker, AcceptsWhatHappensOneAfterTheOther) {
  EXPECT_TRUE(is_linearizable({}));
  EXPECT_TRUE(is_linearizable({call(append, 0, 1, 7), call(size, 2, 3, 0, 1), call(get, 4, 5, 0, 7),
                               call(pop, 6, 7, 0, 7), failed(call(pop, 8, 9))}));
}

TEST(LinearizabilityChecker, AcceptsEitherOrderOfWhatOverlaps) {
  EXPECT_TRUE(is_linearizable({call(append, 0, 10, 7), call(size, 5, 6, 0, 0)}));
  EXPECT_TRUE(is_linearizable({call(append, 0, 10, 7), call(size, 5, 6, 0, 1)}));
  EXPECT_TRUE(is_linearizable({call(append, 0, 10, 1), call(append, 0, 10, 2), call(get, 20, 21, 0, 2)}));
  // The long append happens between the two looks.
  EXPECT_TRUE(is_linearizable({call(append, 0, 100, 1), call(size, 1, 2, 0, 0), call(size, 3, 4, 0, 1)}));
}

TEST(LinearizabilityChecker, RejectsALookIntoThePast) {
  EXPECT_FALSE(is_linearizable({call(append, 0, 1, 7), call(size, 2, 3, 0, 0)}));
  EXPECT_FALSE(is_linearizable({call(append, 0, 1, 7), failed(call(pop, 2, 3))}));
}

TEST(LinearizabilityChecker, RejectsALostAppend) {
  EXPECT_FALSE(is_linearizable({call(append, 0, 10, 1), call(append, 0, 10, 2), call(size, 20, 21, 0, 1)}));
}

TEST(LinearizabilityChecker, RejectsOneElementPoppedTwice) {
  EXPECT_FALSE(is_linearizable({call(pop, 0, 10, 0, 5), call(pop, 0, 10, 0, 5)}, {5}));
  EXPECT_TRUE(is_linearizable({call(pop, 0, 10, 0, 5), failed(call(pop, 0, 10))}, {5}));
}

TEST(LinearizabilityChecker, RejectsAValueThatNobodyWrote) {
  EXPECT_FALSE(is_linearizable({call(append, 0, 10, 1), call(get, 0, 10, 0, 3)}));
}

// Two looks, one after the other, during one write: the second may not see less than the first.
TEST(LinearizabilityChecker, RejectsNewThenOld) {
  EXPECT_FALSE(is_linearizable({call(append, 0, 100, 1), call(size, 1, 2, 0, 1), call(size, 3, 4, 0, 0)}));
}

// Each result has an explanation by itself; together they have none.
TEST(LinearizabilityChecker, RejectsTwoReadersWhoSawOppositeOrders) {
  const auto first_then_second = [](std::int64_t a, std::int64_t b, std::int64_t at) {
    ListEvent one = call(contains, at, at + 1, 1, a);
    ListEvent two = call(contains, at + 2, at + 3, 2, b);
    return std::vector{one, two};
  };
  std::vector<ListEvent> history = {call(append, 0, 100, 1), call(append, 0, 100, 2)};
  for (const auto& event : first_then_second(1, 0, 10)) history.push_back(event);  // has 1, then has no 2
  ListEvent two = call(contains, 10, 11, 2, 1);
  ListEvent one = call(contains, 12, 13, 1, 0);  // has 2, then has no 1
  EXPECT_TRUE(is_linearizable(history));
  history.push_back(two);
  history.push_back(one);
  EXPECT_FALSE(is_linearizable(history));
}

// Index -1 found the place, the list grew, the place got another value, and that was read.
TEST(LinearizabilityChecker, RejectsALastElementThatNeverWasTheLast) {
  ListEvent set = call(ListCall::set, 20, 21, 9);
  set.index = 0;
  EXPECT_FALSE(is_linearizable({call(get, 0, 100, -1, 9), call(append, 10, 11, 2), set}, {1}));
  EXPECT_TRUE(is_linearizable({call(get, 0, 100, -1, 2), call(append, 10, 11, 2), set}, {1}));
}

TEST(LinearizabilityChecker, RejectsACopyOfTwoMoments) {
  const std::int64_t torn = fingerprint({1, 0});
  ListEvent left = call(ListCall::set, 0, 10, 1);
  ListEvent right = call(ListCall::set, 20, 30, 1);
  right.index = 1;
  EXPECT_TRUE(is_linearizable({left, right, call(copy, 0, 40, 0, torn)}, {0, 0}));
  const std::int64_t impossible = fingerprint({0, 1});
  EXPECT_FALSE(is_linearizable({left, right, call(copy, 0, 40, 0, impossible)}, {0, 0}));
}

TEST(LinearizabilityChecker, RefusesWhatIsNoHistory) {
  EXPECT_THROW(is_linearizable({call(size, 5, 4)}), std::invalid_argument);
  EXPECT_THROW(is_linearizable(std::vector<ListEvent>(65, call(size, 0, 1))), std::invalid_argument);
}

ListEvent random_call(std::mt19937_64& random) {
  const auto number = [&](int below) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(below));
  };
  ListEvent event;
  event.call = static_cast<ListCall>(number(kListCalls));
  event.index = number(7) - 3;
  event.value = number(4);
  return event;
}

// Runs calls one after the other, then widens their times so that they overlap: always linearizable.
std::vector<ListEvent> valid_history(std::mt19937_64& random, std::size_t length, ListModel model) {
  std::vector<ListEvent> history;
  for (std::size_t n = 0; n < length; ++n) {
    ListEvent event = random_call(random);
    perform_on_model(model, event);
    const auto moment = static_cast<std::int64_t>(10 * n);
    event.invoked = moment - static_cast<std::int64_t>(random() % 25);
    event.returned = moment + static_cast<std::int64_t>(random() % 25);
    history.push_back(event);
  }
  std::shuffle(history.begin(), history.end(), random);
  return history;
}

TEST(LinearizabilityChecker, AcceptsLongHistoriesThatWereWidened) {
  std::mt19937_64 random(seed());
  for (int n = 0; n < 200; ++n) {
    const auto history = valid_history(random, kLongestHistory, {1, 2, 3});
    ASSERT_TRUE(is_linearizable(history, {1, 2, 3})) << "seed " << seed() << "\n"
                                                     << explained(history, {1, 2, 3});
  }
}

TEST(LinearizabilityChecker, RejectsLongHistoriesWithOneForeignResult) {
  std::mt19937_64 random(seed());
  for (int n = 0; n < 50; ++n) {
    auto history = valid_history(random, kLongestHistory, {1, 2, 3});
    const auto looks = [](const ListEvent& event) { return event.call == get || event.call == size; };
    const auto victim = std::find_if(history.begin(), history.end(), looks);
    if (victim == history.end()) continue;
    victim->failed = 0;
    victim->result = 1'000'003;
    ASSERT_FALSE(is_linearizable(history, {1, 2, 3})) << "seed " << seed();
  }
}

// Every order there is, tried one by one.
bool is_linearizable_by_force(const std::vector<ListEvent>& history, const ListModel& initial) {
  std::vector<std::size_t> order(history.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    ListModel model = initial;
    bool fits = true;
    for (std::size_t a = 0; a < order.size() && fits; ++a) {
      for (std::size_t b = a + 1; b < order.size(); ++b)
        fits = fits && history[order[b]].returned >= history[order[a]].invoked;
      fits = fits && agrees(model, history[order[a]]);
    }
    if (fits) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

TEST(LinearizabilityChecker, AgreesWithTryingEveryOrder) {
  std::mt19937_64 random(seed());
  int accepted = 0;
  int rejected = 0;
  for (int n = 0; n < 3000; ++n) {
    auto history = valid_history(random, 5, {1, 2});
    auto& victim = history[random() % history.size()];
    if (n % 3 != 0) victim.result = static_cast<std::int64_t>(random() % 4);
    if (n % 3 == 1) std::swap(victim.returned, history[random() % history.size()].returned);
    for (auto& event : history) event.returned = std::max(event.returned, event.invoked);
    const bool expected = is_linearizable_by_force(history, {1, 2});
    ASSERT_EQ(is_linearizable(history, {1, 2}), expected) << "seed " << seed() << ", history " << n << "\n"
                                                          << explained(history, {1, 2});
    ++(expected ? accepted : rejected);
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(rejected, 500);
}

}  // namespace
}  // namespace cohort::test
