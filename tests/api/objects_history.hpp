// SPDX-License-Identifier: BSL-1.0
// Bursts of operations on one object from several ranks and threads, each burst recorded and judged. (List has its own,
// with more of its operations: list_history.hpp.)
//
// A subject is the shared object, the model of it, and the same operations on both:
//   Object, Model (what a new object is like), kOperations
//   reset(object)            by one party, before each burst: as new
//   perform(object, call)    gives the result
//   on_model(model, call)    gives what the result should have been
// and where they are needed:
//   current(object)          what the burst is performed on, after reset()
//   arrange(burst)           changes what one party is about to call
//   leave(object)            by every party, after the burst
#pragma once

#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/linearizability.hpp"
#include "support/support.hpp"

namespace cohort::test {

struct Call {
  std::int32_t operation = 0;
  std::int32_t party = 0;
  std::int64_t round = 0;
  std::int64_t key = 0;
  std::int64_t value = 0;
  std::int64_t result = 0;
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};
inline constexpr std::int64_t kNone = -1'000'000;     // there was nothing, or it threw
inline constexpr std::int64_t kRefused = -1'000'001;  // it threw UsageError
inline constexpr std::int64_t kNever = -1'000'002;    // no operation has this result

template <class Range>
std::int64_t fingerprint(const Range& numbers) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::int64_t x : numbers) hash = (hash ^ static_cast<std::uint64_t>(x)) * 1099511628211ULL;
  return static_cast<std::int64_t>(hash >> 1U);
}

template <class Subject>
std::int64_t result_of(const auto& object, const Call& call) {
  try {
    return Subject::perform(object, call);
  } catch (const std::out_of_range&) {
    return kNone;
  } catch (const std::invalid_argument&) {
    return kNone;
  } catch (const Closed&) {
    return kNone;
  } catch (const UsageError&) {
    return kRefused;
  }
}

template <class Subject>
std::vector<Call> next_burst(Party& party, std::int64_t round) {
  std::vector<Call> burst(static_cast<std::size_t>(std::max(3, 24 / all_parties_count())));
  int n = 0;
  for (Call& call : burst) {
    call = {party.random(Subject::kOperations), party.index(), round, party.random(3),
            100 * (party.index() + 1) + n++};
  }
  if constexpr (requires { Subject::arrange(burst); }) Subject::arrange(burst);
  return burst;
}

/// Collective. The history of each round, on rank 0.
template <class Subject, class... Args>
std::vector<std::vector<Call>> recorded(int rounds, const Args&... args) {
  using Object = typename Subject::Object;
  const auto object = session().manager().open<Object>(typeid(Subject).name(), args...);
  const auto calls = shared_list<Call>(typeid(Subject).name());
  all_parties([&](Party& party) {
    std::vector<Call> mine;
    const auto perform = [&](std::vector<Call>& burst, const auto& target) {
      for (Call& call : burst) {
        call.invoked = stamp();
        call.result = result_of<Subject>(target, call);
        call.returned = stamp();
      }
    };
    for (std::int64_t round = 0; round < rounds; ++round) {
      auto burst = next_burst<Subject>(party, round);
      if (party.first()) Subject::reset(object);
      party.meet();
      if constexpr (requires { Subject::current(object); }) {
        const auto target = Subject::current(object);
        party.meet();
        perform(burst, target);
      } else {
        perform(burst, object);
      }
      party.meet();
      if constexpr (requires { Subject::leave(object); }) Subject::leave(object);
      mine.insert(mine.end(), burst.begin(), burst.end());
    }
    calls.extend(mine);
  });
  std::vector<std::vector<Call>> histories;
  on_rank(0, [&] {
    histories.resize(static_cast<std::size_t>(rounds));
    for (const Call& call : calls.copy()) histories.at(static_cast<std::size_t>(call.round)).push_back(call);
  });
  return histories;
}

template <class Subject>
bool is_linearizable(const std::vector<Call>& history) {
  const auto agrees = [](auto& model, const Call& call) {
    return Subject::on_model(model, call) == call.result;
  };
  return find_linearization(history, typename Subject::Model{}, agrees).linearizable;
}

inline std::string text_of(const std::vector<Call>& history) {
  std::string text;
  for (const Call& call : history) {
    text += "\n  party " + std::to_string(call.party) + " [" + std::to_string(call.invoked) + ", " +
            std::to_string(call.returned) + "] operation " + std::to_string(call.operation) + " key " +
            std::to_string(call.key) + " value " + std::to_string(call.value) + " -> " +
            std::to_string(call.result);
  }
  return text;
}

/// Prints how many histories it has judged. Where COHORT_TEST_HISTORIES says how many these must be, fewer are a
/// failure:
///   ctest --test-dir build/release -V -R api_objects_linearizable.many | grep histories
template <class Subject, class... Args>
void expect_linearizable(int rounds, const Args&... args) {
  const auto histories = recorded<Subject>(rounds, args...);
  on_rank(0, [&] {
    for (const auto& history : histories)
      ASSERT_TRUE(is_linearizable<Subject>(history)) << "seed " << seed() << text_of(history);
    std::printf("%s: %zu histories of %d parties on %d ranks, all linearizable\n",
                testing::UnitTest::GetInstance()->current_test_info()->name(), histories.size(),
                all_parties_count(), ranks());
    const char* least = std::getenv("COHORT_TEST_HISTORIES");
    EXPECT_GE(histories.size(), least != nullptr ? std::strtoull(least, nullptr, 0) : 1);
  });
}

/// Of a subject that errs: some history shows it.
template <class Subject, class... Args>
void expect_found(int rounds, const Args&... args) {
  const auto histories = recorded<Subject>(rounds, args...);
  on_rank(0, [&] {
    const auto wrong = std::count_if(histories.begin(), histories.end(),
                                     [](const auto& history) { return !is_linearizable<Subject>(history); });
    EXPECT_GT(wrong, 0) << "seed " << seed();
    std::printf("%s: found in %td of %zu histories\n",
                testing::UnitTest::GetInstance()->current_test_info()->name(), wrong, histories.size());
  });
}

}  // namespace cohort::test
