// SPDX-License-Identifier: BSL-1.0
// Was there one order of these overlapping operations, each at a moment between its call and its return, in
// which a sequential object would have given the same results? The search of Wing and Gong (Testing and
// Verifying Concurrent Objects, 1993), with Lowe's memory of the configurations that led nowhere (2017).
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cohort::test {

// Nanoseconds on a clock that all ranks of a node share. The two exchanges keep the processor from moving the
// operation's memory accesses across the reading: a store that still waits in the core's buffer has not
// happened for the others, while the clock is read at once.
inline std::int64_t stamp() {
  thread_local std::atomic<int> barrier{0};
  barrier.exchange(1);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  barrier.exchange(2);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

inline constexpr std::size_t kLongestHistory = 64;

struct Verdict {
  bool linearizable = false;
  // Indices into the history: a valid order, or the longest beginning of one that was found.
  std::vector<std::size_t> order;
};

// Events have `invoked` and `returned`; `apply(state, event)` performs one on the model and says whether it
// may have had the result that it had. State is copied and ordered by `<`.
template <class Event, class State, class Apply>
class LinearizationSearch {
 public:
  LinearizationSearch(const std::vector<Event>& history, Apply apply)
      : history_(history), apply_(std::move(apply)) {
    if (history.size() > kLongestHistory) throw std::invalid_argument("a history of more than 64 operations");
    for (const Event& event : history)
      if (event.returned < event.invoked)
        throw std::invalid_argument("an operation returned before it was invoked");
  }

  Verdict run(const State& initial) {
    verdict_.linearizable = extend(0, initial);
    if (verdict_.linearizable) verdict_.order = order_;
    return std::move(verdict_);
  }

 private:
  bool extend(std::uint64_t done, const State& state) {
    if (order_.size() == history_.size()) return true;
    if (!tried_.insert({done, state}).second) return false;
    if (order_.size() > verdict_.order.size()) verdict_.order = order_;
    // The next one must have been invoked before any that is left had returned.
    std::int64_t first_return = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (!contains(done, i)) first_return = std::min(first_return, history_[i].returned);
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (contains(done, i) || history_[i].invoked > first_return) continue;
      State next = state;
      if (!apply_(next, history_[i])) continue;
      order_.push_back(i);
      if (extend(done | (std::uint64_t{1} << i), next)) return true;
      order_.pop_back();
    }
    return false;
  }

  static bool contains(std::uint64_t set, std::size_t i) { return ((set >> i) & 1U) != 0; }

  const std::vector<Event>& history_;
  Apply apply_;
  std::vector<std::size_t> order_;
  std::set<std::pair<std::uint64_t, State>> tried_;
  Verdict verdict_;
};

template <class Event, class State, class Apply>
Verdict find_linearization(const std::vector<Event>& history, const State& initial, Apply apply) {
  return LinearizationSearch<Event, State, Apply>(history, std::move(apply)).run(initial);
}

}  // namespace cohort::test
