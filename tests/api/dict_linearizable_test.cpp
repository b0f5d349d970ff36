// SPDX-License-Identifier: BSL-1.0
// Histories of Dict, judged as objects_history.hpp says.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/objects_history.hpp"
#include "api/objects_numbers.hpp"

namespace cohort::test {
namespace {

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
  static constexpr auto to = Numbers<V>::to;
  static constexpr auto from = Numbers<V>::from;

  static std::int64_t next_key(const Call& call) { return (call.key + 1) % 3; }
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

TEST(ObjectsDefect, OfADictIsFound) {
  expect_found<CountsInTwoSteps>(repetitions(400));
  expect_found<HalfASwap>(repetitions(400));
  expect_found<ClearsOneKeyAfterTheOther>(repetitions(400));
}

}  // namespace
}  // namespace cohort::test
