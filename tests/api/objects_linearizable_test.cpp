// SPDX-License-Identifier: BSL-1.0
// Dict, Set, Queue, Array, Value and BoundedSemaphore: bursts of operations from several ranks and threads, each burst
// recorded and judged. (List has its own, with more of its operations.) Each test prints how many histories it has
// judged; where COHORT_TEST_HISTORIES says how many these must be, fewer are a failure:
//   ctest --test-dir build/release -V -R api_objects_linearizable.many | grep histories
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/objects_history.hpp"

namespace cohort::test {
namespace {

std::string text_of(std::int64_t value) {
  return std::to_string(value) + std::string(static_cast<std::size_t>(value & 31), '.');
}

template <class V>
struct DictSubject {
  using Object = Dict<std::int64_t, V>;
  // In the order of insertion, as Python's.
  using Model = std::vector<std::pair<std::int64_t, std::int64_t>>;
  static constexpr int kOperations = 14;
  static constexpr int kGet = 1;
  static constexpr int kPop = 3;
  static constexpr int kItems = 7;
  static constexpr int kIncrement = 8;
  static constexpr int kSwap = 9;
  static constexpr int kClear = 10;

  static std::int64_t next_key(const Call& call) { return (call.key + 1) % 3; }
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
      case kGet:
      case 2: {
        const auto found = dict.get(call.key);
        return found ? from(*found) : kNone;
      }
      case kPop:
        return from(dict.pop(call.key, to(kNone)));
      case 4:
        return from(dict.setdefault(call.key, to(call.value)));
      case 5:
        return from(dict.update(call.key, to(0), [&](V& v) { v = to(from(v) + call.value); }));
      case 6:
        return static_cast<std::int64_t>(dict.size());
      case kItems: {
        std::vector<std::int64_t> all;
        for (const auto& [key, value] : dict.items()) all.insert(all.end(), {key, from(value)});
        return fingerprint(all);
      }
      case kIncrement:
        if constexpr (!std::is_same_v<V, std::string>) return dict.increment(call.key, call.value);
        return dict.contains(call.key) ? 1 : 0;
      case kSwap:
        dict.swap(call.key, next_key(call));
        return 0;
      case kClear:
        dict.clear();
        return 0;
      case 11:
        dict.update({{call.key, to(call.value)}, {next_key(call), to(-call.value)}});
        return 0;
      case 12:
        dict.erase(call.key);
        return 0;
      default:
        return from(dict.popitem().second);
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    const auto at_key = [&](std::int64_t key) {
      return std::find_if(model.begin(), model.end(), [key](const auto& e) { return e.first == key; });
    };
    const auto set = [&](std::int64_t key, std::int64_t value) {
      if (const auto place = at_key(key); place != model.end()) {
        place->second = value;
      } else {
        model.emplace_back(key, value);
      }
    };
    const auto at = at_key(call.key);
    const bool found = at != model.end();
    switch (call.operation) {
      case 0:
        set(call.key, call.value);
        return 0;
      case kGet:
      case 2:
        return found ? at->second : kNone;
      case kPop: {
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
      case kItems: {
        std::vector<std::int64_t> all;
        for (const auto& [key, value] : model) all.insert(all.end(), {key, value});
        return fingerprint(all);
      }
      case kIncrement:
        if constexpr (!std::is_same_v<V, std::string>) {
          set(call.key, found ? at->second + call.value : call.value);
          return at_key(call.key)->second;
        }
        return found ? 1 : 0;
      case kSwap: {
        const auto other = at_key(next_key(call));
        if (!found || other == model.end()) return kNone;
        std::swap(at->second, other->second);
        return 0;
      }
      case kClear:
        model.clear();
        return 0;
      case 11:
        set(call.key, call.value);
        set(next_key(call), -call.value);
        return 0;
      case 12:
        if (!found) return kNone;
        model.erase(at);
        return 0;
      default: {
        if (model.empty()) return kNone;
        const std::int64_t value = model.back().second;
        model.pop_back();
        return value;
      }
    }
  }
};

// Counting changes a dict in place, where nobody takes keys away.
struct CounterSubject : DictSubject<std::int64_t> {
  static constexpr std::array kChosen = {kIncrement, kIncrement, kIncrement, kIncrement, kGet,
                                         kPop,       kItems,     kSwap,      kClear};
  static constexpr int kOperations = static_cast<int>(kChosen.size());
  static Call translated(Call call) {
    call.operation = kChosen.at(static_cast<std::size_t>(call.operation));
    return call;
  }
  static std::int64_t perform(const Object& dict, const Call& call) {
    return DictSubject::perform(dict, translated(call));
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    return DictSubject::on_model(model, translated(call));
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

struct BoundedSemaphoreSubject {
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

// What the judge is to find: operations of several steps, or that do less than they say.

struct CountsInTwoSteps : CounterSubject {
  static std::int64_t perform(const Object& dict, const Call& call) {
    if (translated(call).operation != kIncrement) return CounterSubject::perform(dict, call);
    const std::int64_t before = dict.get(call.key, 0);
    std::this_thread::yield();
    dict.set(call.key, before + call.value);
    return before + call.value;
  }
};
struct HalfASwap : CounterSubject {
  static std::int64_t perform(const Object& dict, const Call& call) {
    if (translated(call).operation != kSwap) return CounterSubject::perform(dict, call);
    dict.value_of(call.key);
    dict.set(call.key, dict.value_of(next_key(call)));
    return 0;
  }
};
struct ClearsOneKeyAfterTheOther : CounterSubject {
  static std::int64_t perform(const Object& dict, const Call& call) {
    if (translated(call).operation != kClear) return CounterSubject::perform(dict, call);
    for (const std::int64_t key : dict.keys()) {
      dict.pop(key, 0);
      std::this_thread::yield();
    }
    return 0;
  }
};

TEST(ObjectsLinearizable, DictOfNumbers) {
  expect_linearizable<DictSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ObjectsLinearizable, DictOfStrings) {
  expect_linearizable<DictSubject<std::string>>(repetitions(1'000));
}
TEST(ObjectsLinearizable, DictOfCounters) { expect_linearizable<CounterSubject>(repetitions(1'500)); }
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
TEST(ObjectsLinearizable, BoundedSemaphore) {
  expect_linearizable<BoundedSemaphoreSubject>(repetitions(2'000), 2);
}

TEST(ObjectsDefect, OfADictIsFound) {
  expect_found<CountsInTwoSteps>(repetitions(400));
  expect_found<HalfASwap>(repetitions(400));
  expect_found<ClearsOneKeyAfterTheOther>(repetitions(400));
}

}  // namespace
}  // namespace cohort::test
