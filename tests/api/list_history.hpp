// SPDX-License-Identifier: BSL-1.0
// Operations on a List with their results and times, and the std::vector that says what they should have
// been.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "support/linearizability.hpp"

namespace cohort::test {

enum class ListCall : std::int32_t {
  append,
  pop,
  pop_at,
  get,
  set,
  add,
  size,
  insert,
  copy,
  contains,
  remove,
  reverse,
  extend_two
};
inline constexpr int kListCalls = 13;

struct ListEvent {
  ListCall call{};
  std::int32_t party = 0;
  std::int64_t round = 0;
  std::int64_t index = 0;
  std::int64_t value = 0;
  std::int64_t result = 0;
  std::int64_t failed = 0;  // 1: it threw, as Python's would have
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};

using ListModel = std::vector<std::int64_t>;

// One number for a whole content.
inline std::int64_t fingerprint(const ListModel& content) {
  std::uint64_t hash = 14695981039346656037ULL + content.size();
  for (const std::int64_t x : content) hash = (hash ^ static_cast<std::uint64_t>(x)) * 1099511628211ULL;
  return static_cast<std::int64_t>(hash >> 1U);
}

// Performs the call on the model: its result and whether it failed go into `event`.
inline void perform_on_model(ListModel& model, ListEvent& event) {
  const auto size = static_cast<std::int64_t>(model.size());
  const std::int64_t index = event.index + (event.index < 0 ? size : 0);
  const bool inside = index >= 0 && index < size;
  const auto at = model.begin() + (inside ? index : 0);
  event.result = 0;
  event.failed = 0;
  switch (event.call) {
    case ListCall::append:
      model.push_back(event.value);
      return;
    case ListCall::extend_two:
      model.insert(model.end(), {event.value, -event.value});
      return;
    case ListCall::size:
      event.result = size;
      return;
    case ListCall::copy:
      event.result = fingerprint(model);
      return;
    case ListCall::reverse:
      std::reverse(model.begin(), model.end());
      return;
    case ListCall::insert:
      model.insert(model.begin() + std::clamp<std::int64_t>(index, 0, size), event.value);
      return;
    case ListCall::contains:
      event.result = std::find(model.begin(), model.end(), event.value) != model.end() ? 1 : 0;
      return;
    case ListCall::remove: {
      const auto found = std::find(model.begin(), model.end(), event.value);
      event.failed = found == model.end() ? 1 : 0;
      if (event.failed == 0) model.erase(found);
      return;
    }
    case ListCall::pop:
    case ListCall::pop_at: {
      const bool last = event.call == ListCall::pop;
      event.failed = (last ? size == 0 : !inside) ? 1 : 0;
      if (event.failed != 0) return;
      const auto taken = last ? model.end() - 1 : at;
      event.result = *taken;
      model.erase(taken);
      return;
    }
    case ListCall::get:
    case ListCall::set:
    case ListCall::add:
      event.failed = inside ? 0 : 1;
      if (!inside) return;
      if (event.call == ListCall::set) *at = event.value;
      if (event.call == ListCall::add) *at += event.value;
      if (event.call != ListCall::set) event.result = *at;
      return;
  }
}

// Whether the model, in this state, gives the recorded result; it then has done the call.
inline bool agrees(ListModel& model, const ListEvent& event) {
  ListEvent expected = event;
  perform_on_model(model, expected);
  return expected.result == event.result && expected.failed == event.failed;
}

inline std::ostream& operator<<(std::ostream& out, const ListEvent& event) {
  static constexpr const char* kNames[kListCalls] = {"append", "pop",     "pop_at",    "get",  "set",
                                                     "add",    "size",    "insert",    "copy", "contains",
                                                     "remove", "reverse", "extend_two"};
  out << "party " << event.party << " [" << event.invoked << ", " << event.returned << "] "
      << kNames[static_cast<int>(event.call)] << "(index " << event.index << ", value " << event.value
      << ") -> ";
  if (event.failed != 0) return out << "failed";
  return out << event.result;
}

inline Verdict check_history(const std::vector<ListEvent>& history, const ListModel& initial) {
  return find_linearization(history, initial, agrees);
}

// The history in the order of its calls, times from its beginning, and how far an order was found.
inline std::string explained(std::vector<ListEvent> history, const ListModel& initial) {
  const Verdict verdict = check_history(history, initial);
  std::int64_t begin = history.empty() ? 0 : history.front().invoked;
  for (const auto& event : history) begin = std::min(begin, event.invoked);
  for (auto& event : history) {
    event.invoked -= begin;
    event.returned -= begin;
  }
  std::ostringstream out;
  out << (verdict.linearizable ? "an order:" : "the longest order that was found:");
  ListModel model = initial;
  for (const std::size_t i : verdict.order) {
    out << "\n  " << history[i];
    agrees(model, history[i]);
  }
  out << "\ncontent then:";
  for (const std::int64_t x : model) out << ' ' << x;
  out << "\nall calls:";
  std::sort(history.begin(), history.end(),
            [](const ListEvent& a, const ListEvent& b) { return a.invoked < b.invoked; });
  for (const auto& event : history) out << "\n  " << event;
  return out.str();
}

}  // namespace cohort::test
