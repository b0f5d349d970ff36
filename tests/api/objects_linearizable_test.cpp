// SPDX-License-Identifier: BSL-1.0
// Dict, Set, Queue, Array, Value and Semaphore: bursts of operations from several ranks and threads, each burst
// recorded and judged. (List has its own, with more of its operations.) Each test prints how many histories it has
// judged; where COHORT_TEST_HISTORIES says how many these must be, fewer are a failure:
//   ctest --test-dir build/release -V -R api_objects_linearizable.many | grep histories
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/linearizability.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

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
constexpr std::int64_t kNone = -1'000'000;  // there was nothing, or it threw

template <class Range>
std::int64_t fingerprint(const Range& numbers) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::int64_t x : numbers) hash = (hash ^ static_cast<std::uint64_t>(x)) * 1099511628211ULL;
  return static_cast<std::int64_t>(hash >> 1U);
}

std::string text_of(std::int64_t value) {
  return std::to_string(value) + std::string(static_cast<std::size_t>(value & 31), '.');
}

// Each subject: the shared object, the model of it, and the same operations on both.

template <class V>
struct DictSubject {
  using Object = Dict<std::int64_t, V>;
  // In the order of insertion, as Python's.
  using Model = std::vector<std::pair<std::int64_t, std::int64_t>>;
  static constexpr int kOperations = 9;

  static V to(std::int64_t x) {
    if constexpr (std::is_same_v<V, std::string>) {
      return text_of(x);
    } else {
      return x;
    }
  }
  static std::int64_t from(const V& value) {
    if constexpr (std::is_same_v<V, std::string>) {
      return std::stoll(value);
    } else {
      return value;
    }
  }
  static void reset(const Object& dict) { dict.clear(); }
  static std::int64_t perform(const Object& dict, const Call& call) {
    switch (call.operation) {
      case 0:
        dict.set(call.key, to(call.value));
        return 0;
      case 1:
      case 2: {
        const auto found = dict.get(call.key);
        return found ? from(*found) : kNone;
      }
      case 3:
        return from(dict.pop(call.key, to(kNone)));
      case 4:
        return from(dict.setdefault(call.key, to(call.value)));
      case 5:
        return from(dict.update(call.key, to(0), [&](V& v) { v = to(from(v) + call.value); }));
      case 6:
        return static_cast<std::int64_t>(dict.size());
      case 7: {
        std::vector<std::int64_t> all;
        for (const auto& [key, value] : dict.items()) all.insert(all.end(), {key, from(value)});
        return fingerprint(all);
      }
      default:
        return from(dict.popitem().second);
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    const auto at =
        std::find_if(model.begin(), model.end(), [&](const auto& e) { return e.first == call.key; });
    const bool found = at != model.end();
    switch (call.operation) {
      case 0:
        if (found) {
          at->second = call.value;
        } else {
          model.emplace_back(call.key, call.value);
        }
        return 0;
      case 1:
      case 2:
        return found ? at->second : kNone;
      case 3: {
        const std::int64_t value = found ? at->second : kNone;
        if (found) model.erase(at);
        return value;
      }
      case 4:
        if (!found) model.emplace_back(call.key, call.value);
        return found ? at->second : call.value;
      case 5:
        if (found) return at->second += call.value;
        model.emplace_back(call.key, call.value);
        return call.value;
      case 6:
        return static_cast<std::int64_t>(model.size());
      case 7: {
        std::vector<std::int64_t> all;
        for (const auto& [key, value] : model) all.insert(all.end(), {key, value});
        return fingerprint(all);
      }
      default: {
        if (model.empty()) return kNone;
        const std::int64_t value = model.back().second;
        model.pop_back();
        return value;
      }
    }
  }
};

struct SetSubject {
  using Object = Set<std::int64_t>;
  using Model = std::set<std::int64_t>;
  static constexpr int kOperations = 5;
  static void reset(const Object& set) { set.clear(); }
  static std::int64_t perform(const Object& set, const Call& call) {
    switch (call.operation) {
      case 0:
        return set.add(call.key) ? 1 : 0;
      case 1:
        return set.discard(call.key) ? 1 : 0;
      case 2:
        return set.contains(call.key) ? 1 : 0;
      case 3:
        return static_cast<std::int64_t>(set.size());
      default: {
        auto all = set.copy();
        std::sort(all.begin(), all.end());
        return fingerprint(all);
      }
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
        return model.insert(call.key).second ? 1 : 0;
      case 1:
        return static_cast<std::int64_t>(model.erase(call.key));
      case 2:
        return model.contains(call.key) ? 1 : 0;
      case 3:
        return static_cast<std::int64_t>(model.size());
      default:
        return fingerprint(model);
    }
  }
};

template <class T>
struct QueueSubject {
  using Object = Queue<T>;
  using Model = std::deque<std::int64_t>;
  static constexpr int kOperations = 5;
  static void reset(const Object& queue) {
    while (queue.try_get()) {
    }
  }
  static std::int64_t perform(const Object& queue, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        return queue.try_put(DictSubject<T>::to(call.value)) ? 1 : 0;
      case 2:
      case 3: {
        const auto taken = queue.try_get();
        return taken ? DictSubject<T>::from(*taken) : kNone;
      }
      default:
        return static_cast<std::int64_t>(queue.size());
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        if (model.size() == 3) return 0;
        model.push_back(call.value);
        return 1;
      case 2:
      case 3: {
        if (model.empty()) return kNone;
        const std::int64_t value = model.front();
        model.pop_front();
        return value;
      }
      default:
        return static_cast<std::int64_t>(model.size());
    }
  }
};

template <class T>
struct ArraySubject {
  using Object = Array<T>;
  using Model = std::vector<std::int64_t>;
  static constexpr int kOperations = 5;
  static T to(std::int64_t x) {
    if constexpr (std::is_same_v<T, Pair16>) {
      return {x, ~x};
    } else {
      return x;
    }
  }
  static std::int64_t from(const T& value) {
    if constexpr (std::is_same_v<T, Pair16>) {
      return value.second == ~value.first ? value.first : -999;
    } else {
      return value;
    }
  }
  static void reset(const Object& array) { array.write(0, std::vector<T>(4, to(0))); }
  static std::int64_t perform(const Object& array, const Call& call) {
    const auto index = static_cast<std::size_t>(call.key) % 4;
    switch (call.operation) {
      case 0:
        array.set(index, to(call.value));
        return 0;
      case 1:
        return from(array.get(index));
      case 2:
        return from(array.update(index, [&](T& x) { x = to(from(x) + call.value); }));
      case 3:
        array.write(1, {to(call.value), to(-call.value)});
        return 0;
      default: {
        std::vector<std::int64_t> all;
        for (const T& x : array.copy()) all.push_back(from(x));
        return fingerprint(all);
      }
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    model.resize(4);
    std::int64_t& element = model[static_cast<std::size_t>(call.key) % 4];
    switch (call.operation) {
      case 0:
        element = call.value;
        return 0;
      case 1:
        return element;
      case 2:
        return element += call.value;
      case 3:
        model[1] = call.value;
        model[2] = -call.value;
        return 0;
      default:
        return fingerprint(model);
    }
  }
};

template <class T>
struct ValueSubject {
  using Object = Value<T>;
  using Model = std::int64_t;
  static constexpr int kOperations = 5;
  static void reset(const Object& value) { value.set(DictSubject<T>::to(0)); }
  static std::int64_t perform(const Object& value, const Call& call) {
    constexpr auto to = DictSubject<T>::to;
    constexpr auto from = DictSubject<T>::from;
    switch (call.operation) {
      case 0:
        value.set(to(call.value));
        return 0;
      case 1:
        return from(value.exchange(to(call.value)));
      case 2:
        if constexpr (std::is_same_v<T, std::string>) {
          return from(value.update([&](T& x) { x = to(from(x) + call.value); }));
        } else {
          return value += call.value;
        }
      case 3:
        if constexpr (!std::is_same_v<T, std::string>) {
          T expected = 0;  // what it is at first: some find it so
          return value.compare_exchange(expected, call.value) ? 0 : expected;
        }
        [[fallthrough]];
      default:
        return from(value.get());
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
        model = call.value;
        return 0;
      case 1:
        return std::exchange(model, call.value);
      case 2:
        return model += call.value;
      case 3:
        if constexpr (!std::is_same_v<T, std::string>) return model == 0 ? model = call.value, 0 : model;
        [[fallthrough]];
      default:
        return model;
    }
  }
};

struct SemaphoreSubject {
  using Object = BoundedSemaphore;
  using Model = std::int64_t;  // units that are taken
  static constexpr int kOperations = 2;
  static void reset(const Object& semaphore) {
    try {
      for (;;) semaphore.release();
    } catch (const std::invalid_argument&) {
    }
  }
  static std::int64_t perform(const Object& semaphore, const Call& call) {
    if (call.operation == 0) return semaphore.try_acquire() ? 1 : 0;
    semaphore.release();
    return 1;
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    if (call.operation == 0) return model < 2 && ++model > 0 ? 1 : 0;
    return model > 0 && --model >= 0 ? 1 : kNone;
  }
};

template <class Subject>
std::int64_t result_of(const typename Subject::Object& object, const Call& call) {
  try {
    return Subject::perform(object, call);
  } catch (const std::out_of_range&) {
    return kNone;
  } catch (const std::invalid_argument&) {
    return kNone;
  }
}

template <class Subject, class... Args>
void expect_linearizable(int rounds, const Args&... args) {
  using Object = typename Subject::Object;
  const auto object = session().manager().open<Object>(typeid(Subject).name(), args...);
  const auto calls = shared_list<Call>(typeid(Subject).name());
  const int each = std::max(3, 24 / all_parties_count());
  all_parties([&](Party& party) {
    std::vector<Call> mine;
    for (std::int64_t round = 0; round < rounds; ++round) {
      std::vector<Call> burst(static_cast<std::size_t>(each));
      for (int n = 0; n < each; ++n) {
        burst[static_cast<std::size_t>(n)] = {party.random(Subject::kOperations), party.index(), round,
                                              party.random(3), 100 * (party.index() + 1) + n};
      }
      if (party.first()) Subject::reset(object);
      party.meet();
      for (Call& call : burst) {
        call.invoked = stamp();
        call.result = result_of<Subject>(object, call);
        call.returned = stamp();
      }
      party.meet();
      mine.insert(mine.end(), burst.begin(), burst.end());
    }
    calls.extend(mine);
  });
  on_rank(0, [&] {
    std::vector<std::vector<Call>> histories(static_cast<std::size_t>(rounds));
    for (const Call& call : calls.copy()) histories.at(static_cast<std::size_t>(call.round)).push_back(call);
    for (const auto& history : histories) {
      const Verdict verdict = find_linearization(
          history, typename Subject::Model{},
          [](auto& model, const Call& call) { return Subject::on_model(model, call) == call.result; });
      std::string text;
      for (const Call& call : history) {
        text += "\n  party " + std::to_string(call.party) + " [" + std::to_string(call.invoked) + ", " +
                std::to_string(call.returned) + "] operation " + std::to_string(call.operation) + " key " +
                std::to_string(call.key) + " value " + std::to_string(call.value) + " -> " +
                std::to_string(call.result);
      }
      ASSERT_TRUE(verdict.linearizable) << "seed " << seed() << text;
    }
    std::printf("%s: %zu histories of %d parties on %d ranks, all linearizable\n",
                testing::UnitTest::GetInstance()->current_test_info()->name(), histories.size(),
                all_parties_count(), ranks());
    const char* least = std::getenv("COHORT_TEST_HISTORIES");
    EXPECT_GE(histories.size(), least != nullptr ? std::strtoull(least, nullptr, 0) : 1);
  });
}

TEST(ObjectsLinearizable, DictOfNumbers) {
  expect_linearizable<DictSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ObjectsLinearizable, DictOfStrings) {
  expect_linearizable<DictSubject<std::string>>(repetitions(1'000));
}
TEST(ObjectsLinearizable, Set) { expect_linearizable<SetSubject>(repetitions(2'000)); }
TEST(ObjectsLinearizable, QueueOfNumbers) {
  expect_linearizable<QueueSubject<std::int64_t>>(repetitions(1'500), 3);
}
TEST(ObjectsLinearizable, QueueOfStrings) {
  expect_linearizable<QueueSubject<std::string>>(repetitions(1'000), 3);
}
TEST(ObjectsLinearizable, ArrayOfNumbers) {
  expect_linearizable<ArraySubject<std::int64_t>>(repetitions(1'500), std::size_t{4});
}
TEST(ObjectsLinearizable, ArrayOfPairs) {
  expect_linearizable<ArraySubject<Pair16>>(repetitions(1'000), std::size_t{4});
}
TEST(ObjectsLinearizable, ValueOfANumber) {
  expect_linearizable<ValueSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ObjectsLinearizable, ValueOfAString) {
  expect_linearizable<ValueSubject<std::string>>(repetitions(1'000));
}
TEST(ObjectsLinearizable, BoundedSemaphore) { expect_linearizable<SemaphoreSubject>(repetitions(2'000), 2); }

}  // namespace
}  // namespace cohort::test
