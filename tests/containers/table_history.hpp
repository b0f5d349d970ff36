// SPDX-License-Identifier: BSL-1.0
#pragma once

// One operation on a dict: drawn, performed, and performed on a model.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cohort/containers/dict_core.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/elements.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {

enum class DictCall {
  set,
  get,
  contains,
  erase,
  pop,
  popitem,
  increment,
  setdefault,
  update,
  copy,
  keys,
  size,
  clear
};
inline constexpr const char* kDictCalls[] = {"set",     "get",       "contains",   "erase",  "pop",
                                             "popitem", "increment", "setdefault", "update", "copy",
                                             "keys",    "size",      "clear"};

struct DictEvent {
  DictCall call = DictCall::size;
  std::int64_t key = 0;
  std::int64_t value = 0;
  std::vector<std::int64_t> result;
  bool missing = false;
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};

/// The items in their order.
using DictModel = std::vector<std::pair<std::int64_t, std::int64_t>>;

inline std::vector<std::int64_t> flat(const DictModel& model) {
  std::vector<std::int64_t> all;
  for (const auto& [key, value] : model) all.insert(all.end(), {key, value});
  return all;
}
inline void model_set(DictModel& model, std::int64_t key, std::int64_t value) {
  const auto at =
      std::find_if(model.begin(), model.end(), [key](const auto& item) { return item.first == key; });
  if (at == model.end()) {
    model.emplace_back(key, value);
  } else {
    at->second = value;
  }
}

/// Performs the event on the model. False: it would have had another result.
inline bool apply(DictModel& model, const DictEvent& event) {
  const auto [call, key, value, result, missing, invoked, returned] = event;
  const auto at =
      std::find_if(model.begin(), model.end(), [&](const auto& item) { return item.first == event.key; });
  const bool there = at != model.end();
  const auto is = [&event](const std::vector<std::int64_t>& expected) {
    return !event.missing && event.result == expected;
  };
  switch (call) {
    case DictCall::set:
      model_set(model, key, value);
      return is({});
    case DictCall::get:
      return there ? is({at->second}) : missing;
    case DictCall::contains:
      return is({there ? 1 : 0});
    case DictCall::erase:
    case DictCall::pop: {
      if (!there) return missing;
      const bool same = call == DictCall::erase ? is({}) : is({at->second});
      model.erase(at);
      return same;
    }
    case DictCall::popitem: {
      if (model.empty()) return missing;
      const bool same = is({model.back().first, model.back().second});
      model.pop_back();
      return same;
    }
    case DictCall::increment:
      model_set(model, key, there ? at->second + value : value);
      return is({there ? at->second : value});
    case DictCall::setdefault:
      if (!there) model_set(model, key, value);
      return is({there ? at->second : value});
    case DictCall::update:
      for (std::int64_t i = 0; i < 3; ++i) model_set(model, key + i, value + i);
      return is({});
    case DictCall::copy:
      return is(flat(model));
    case DictCall::keys: {
      std::vector<std::int64_t> keys;
      for (const auto& item : model) keys.push_back(item.first);
      return is(keys);
    }
    case DictCall::size:
      return is({static_cast<std::int64_t>(model.size())});
    case DictCall::clear:
      model.clear();
      return is({});
  }
  return false;
}

template <class K, class V, class A>
void perform(const DictCore<K, V, A>& dict, DictEvent& event) {
  const auto key = [](std::int64_t x) { return to_element<K>(x); };
  const auto value = [](std::int64_t x) { return to_element<V>(x); };
  const auto number = [&event](const auto& found) {
    event.missing = !found.has_value();
    if (found) event.result = {to_number(*found)};
  };
  switch (event.call) {
    case DictCall::set:
      return dict.set(key(event.key), value(event.value));
    case DictCall::get:
      return number(dict.get(key(event.key)));
    case DictCall::contains:
      event.result = {dict.contains(key(event.key)) ? 1 : 0};
      return;
    case DictCall::erase:
      event.missing = !dict.erase(key(event.key));
      return;
    case DictCall::pop:
      return number(dict.pop(key(event.key)));
    case DictCall::popitem: {
      const auto item = dict.popitem();
      event.missing = !item;
      if (item) event.result = {to_number(item->first), to_number(item->second)};
      return;
    }
    case DictCall::increment: {
      if constexpr (std::is_arithmetic_v<V>) {
        event.result = {dict.increment(key(event.key), event.value)};
      } else {
        const V initial = value(0);
        const auto next =
            dict.update(key(event.key), &initial, [&](V& v) { v = value(to_number(v) + event.value); });
        event.result = {to_number(*next)};
      }
      return;
    }
    case DictCall::setdefault:
      event.result = {to_number(dict.setdefault(key(event.key), value(event.value)))};
      return;
    case DictCall::update: {
      std::vector<std::pair<K, V>> items;
      for (std::int64_t i = 0; i < 3; ++i) items.emplace_back(key(event.key + i), value(event.value + i));
      return dict.update(items);
    }
    case DictCall::copy:
      for (const auto& [k, v] : dict.items())
        event.result.insert(event.result.end(), {to_number(k), to_number(v)});
      return;
    case DictCall::keys:
      for (const auto& k : dict.keys()) event.result.push_back(to_number(k));
      return;
    case DictCall::size:
      event.result = {static_cast<std::int64_t>(dict.size())};
      return;
    case DictCall::clear:
      return dict.clear();
  }
}

/// Half of the calls read; keys are few, so that actors meet at them.
inline DictEvent draw_dict_event(Schedule& schedule, std::size_t prefill, std::int64_t value) {
  using enum DictCall;
  static constexpr DictCall kOften[] = {set,     set,       set,       set,       get,        get,    get,
                                        get,     get,       contains,  erase,     erase,      pop,    popitem,
                                        popitem, increment, increment, increment, setdefault, update, copy,
                                        copy,    keys,      size,      size,      clear};
  DictEvent event;
  event.call = kOften[schedule.draw(std::size(kOften))];
  if (event.call == clear && schedule.draw(3) != 0) event.call = size;
  event.key = static_cast<std::int64_t>(prefill == 0 ? 0 : schedule.draw(2) * (prefill - 1)) +
              static_cast<std::int64_t>(schedule.draw(3));
  event.value = value;
  return event;
}

/// A table for keys of K and values of V, and a count of 1.
template <class K, class V, class A>
ObjectId make_dict(const Heap<A>& heap) {
  Operation<A> operation(heap);
  const std::uint32_t flags = (is_inline<V> ? 0 : kBlobFlag) | (is_word_key<K> ? 0 : kByteKeyFlag);
  const Word kind = make_kind(ObjectKind::dict, static_cast<std::uint32_t>(value_bytes<V>), flags);
  const ObjectId id = make_object(operation, heap, kind, 0, 0);
  operation.keep();
  return id;
}

/// Sets a key that is there to the value it has, until the table is open, if its values are words.
template <class K, class V, class A>
void open_dict(const DictCore<K, V, A>& dict, std::int64_t key = 0, std::int64_t value = 0) {
  for (Word i = 0; i < table::kCalmChanges<A>; ++i) dict.set(to_element<K>(key), to_element<V>(value));
}

inline std::string describe(const std::vector<DictEvent>& history, const Verdict& verdict) {
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const DictEvent& e = history[i];
    const auto at = std::find(verdict.order.begin(), verdict.order.end(), i);
    text += "\n  [" + std::to_string(e.invoked) + ", " + std::to_string(e.returned) + "] " +
            kDictCalls[static_cast<int>(e.call)] + " key " + std::to_string(e.key) + " value " +
            std::to_string(e.value) + (e.missing ? " missing" : " ->");
    for (const auto x : e.result) text += " " + std::to_string(x);
    text += at == verdict.order.end() ? "  (fits nowhere)"
                                      : "  (number " + std::to_string(at - verdict.order.begin()) + ")";
  }
  return text;
}

}  // namespace cohort::test
