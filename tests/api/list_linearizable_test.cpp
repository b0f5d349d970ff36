// SPDX-License-Identifier: BSL-1.0
// Short bursts of operations from several ranks and threads, each burst recorded and judged.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "api/list_history.hpp"
#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/linearizability.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

// The model's numbers as elements: themselves, a pair too wide for one store, or a text too long to lie
// inline.
template <class T>
T element_of(std::int64_t value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::to_string(value) + std::string(static_cast<std::size_t>(value & 63), '.');
  } else if constexpr (std::is_same_v<T, Pair16>) {
    return {value, ~value};
  } else {
    return value;
  }
}

template <class T>
std::int64_t value_of(const T& element) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::stoll(element);
  } else if constexpr (std::is_same_v<T, Pair16>) {
    return element.second == ~element.first ? element.first : -999'999'999;
  } else {
    return element;
  }
}

template <class T>
ListModel values_of(const std::vector<T>& elements) {
  ListModel values;
  for (const T& element : elements) values.push_back(value_of(element));
  return values;
}

template <class T>
std::int64_t perform(const cohort::List<T>& list, const ListEvent& event) {
  const T element = element_of<T>(event.value);
  switch (event.call) {
    case ListCall::append:
      list.append(element);
      return 0;
    case ListCall::extend_two:
      list.extend(std::vector<T>{element, element_of<T>(-event.value)});
      return 0;
    case ListCall::pop:
      return value_of(list.pop());
    case ListCall::pop_at:
      return value_of(list.pop(event.index));
    case ListCall::get:
      return value_of(list.get(event.index));
    case ListCall::set:
      list[event.index] = element;
      return 0;
    case ListCall::add:
      if constexpr (std::is_same_v<T, std::int64_t>) {
        return list[event.index] += event.value;
      } else {
        return value_of(
            list.update(event.index, [&](T& x) { x = element_of<T>(value_of(x) + event.value); }));
      }
    case ListCall::size:
      return static_cast<std::int64_t>(list.size());
    case ListCall::insert:
      list.insert(event.index, element);
      return 0;
    case ListCall::copy:
      return fingerprint(values_of(list.copy()));
    case ListCall::contains:
      return list.contains(element) ? 1 : 0;
    case ListCall::remove:
      list.remove(element);
      return 0;
    case ListCall::reverse:
      list.reverse();
      return 0;
  }
  return 0;
}

template <class T>
ListEvent recorded(const cohort::List<T>& list, ListEvent event) {
  event.invoked = stamp();
  try {
    event.result = perform(list, event);
  } catch (const std::out_of_range&) {
    event.failed = 1;
  } catch (const std::invalid_argument&) {
    event.failed = 1;
  }
  event.returned = stamp();
  return event;
}

// Some operations come more often: those that race in ways of their own.
ListEvent next_call(Party& party, const std::vector<ListCall>& calls, std::int64_t round, int n) {
  ListEvent event;
  event.party = party.index();
  event.round = round;
  event.call = calls[static_cast<std::size_t>(party.random(static_cast<int>(calls.size())))];
  event.index = party.random(3) == 0 ? -1 : party.random(8) - 4;
  // Mostly values of one's own; sometimes one that all use, so that finding and removing meet it.
  event.value = party.random(4) == 0 ? 1 : 100 * (party.index() + 1) + n;
  return event;
}

const ListModel kStart = {1, 2, 3};

template <class T>
void expect_linearizable(const std::vector<ListCall>& calls, int rounds) {
  const auto list = shared_list<T>(typeid(T).name());
  const auto events = shared_list<ListEvent>(std::string("events") + typeid(T).name());
  const int each = 32 / all_parties_count() < 3 ? 3 : 32 / all_parties_count();
  std::vector<T> start;
  for (const std::int64_t value : kStart) start.push_back(element_of<T>(value));
  all_parties([&](Party& party) {
    std::vector<ListEvent> mine;
    for (std::int64_t round = 0; round < rounds; ++round) {
      std::vector<ListEvent> burst;
      for (int n = 0; n < each; ++n) burst.push_back(next_call(party, calls, round, n));
      if (party.first()) list.set_slice({}, {}, start);
      party.meet();
      for (auto& event : burst) event = recorded(list, event);
      party.meet();
      mine.insert(mine.end(), burst.begin(), burst.end());
    }
    events.extend(mine);
  });
  on_rank(0, [&] {
    std::vector<std::vector<ListEvent>> histories(static_cast<std::size_t>(rounds));
    for (const auto& event : events.copy())
      histories.at(static_cast<std::size_t>(event.round)).push_back(event);
    for (const auto& history : histories) {
      ASSERT_EQ(history.size(), static_cast<std::size_t>(each * Party::count()));
      ASSERT_TRUE(check_history(history, kStart).linearizable) << "seed " << seed() << "\n"
                                                               << explained(history, kStart);
    }
  });
}

std::vector<ListCall> every_call() {
  std::vector<ListCall> calls;
  for (int n = 0; n < kListCalls; ++n) calls.push_back(static_cast<ListCall>(n));
  return calls;
}

using enum ListCall;

TEST(ListLinearizable, EveryOperationOnNumbers) {
  expect_linearizable<std::int64_t>(every_call(), repetitions(2'000));
}
TEST(ListLinearizable, EveryOperationOnPairs) {
  expect_linearizable<Pair16>(every_call(), repetitions(1'500));
}
TEST(ListLinearizable, EveryOperationOnStrings) {
  expect_linearizable<std::string>(every_call(), repetitions(1'500));
}

TEST(ListLinearizable, AppendsPopsAndLooks) {
  expect_linearizable<std::int64_t>({append, append, pop, pop, get, size}, repetitions(3'000));
}
TEST(ListLinearizable, ElementsChangedInPlaceAndCopied) {
  expect_linearizable<std::int64_t>({ListCall::set, add, get, get, copy}, repetitions(3'000));
  expect_linearizable<std::string>({ListCall::set, add, get, get, copy}, repetitions(1'500));
}
TEST(ListLinearizable, GrowthWhileTheLastIsReadAndChanged) {
  expect_linearizable<std::int64_t>({append, ListCall::set, get, get, size, extend_two}, repetitions(3'000));
}

}  // namespace
}  // namespace cohort::test
