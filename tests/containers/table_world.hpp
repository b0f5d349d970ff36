// SPDX-License-Identifier: BSL-1.0
#pragma once

// A dict as a seed has it: what it begins with, and what several actors do with it at once.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <vector>

#include "containers/table_history.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {

// Around the sizes at which tables grow.
inline constexpr std::size_t kSizes[] = {0, 1, 1, 2, 4, 5, 5, 20, 21};
inline constexpr DictCall kLooks[] = {DictCall::get,  DictCall::get,  DictCall::contains,
                                      DictCall::copy, DictCall::keys, DictCall::size};

// What one seed's actors did: each of them anything, or the first one while the others look. A is the access
// through which they did it, which make_access gives to each.
template <class K, class V, class A, class MakeAccess>
std::vector<DictEvent> history_of(ScheduledWindow& window, ObjectId dict, std::size_t prefill, int events,
                                  bool one_writer, MakeAccess make_access) {
  std::vector<DictEvent> history;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const A access = make_access(actor);
    const Heap<A> mine(access, heap.actor());
    const DictCore<K, V, A> core(mine, dict.address);
    for (std::int64_t i = 0; i < events; ++i) {
      DictEvent event =
          draw_dict_event(window.schedule, prefill, 100 + static_cast<std::int64_t>(actor) * 100 + i * 10);
      if (one_writer && actor != 0) event.call = kLooks[window.schedule.draw(std::size(kLooks))];
      event.invoked = window.schedule.tick();
      perform(core, event);
      if constexpr (requires { access.drain(); }) access.drain();
      event.returned = window.schedule.tick();
      history.push_back(event);
    }
  });
  DictEvent end;
  end.call = DictCall::copy;
  end.invoked = window.schedule.tick();
  perform(DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address), end);
  end.returned = window.schedule.tick();
  history.push_back(end);
  return history;
}

// Half of the dicts begin open, if their values are words.
template <class K, class V>
DictModel fill(ScheduledWindow& window, ObjectId dict, std::size_t prefill) {
  DictModel start;
  for (std::size_t i = 0; i < prefill; ++i) {
    const auto x = static_cast<std::int64_t>(i);
    start.emplace_back(x, x);
    DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address).set(to_element<K>(x), to_element<V>(x));
  }
  if (prefill != 0 && window.schedule.draw(2) == 0)
    open_dict(DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address));
  return start;
}

// How many of the seeds had a history that no dict has; three are enough. make_access(window, dict) gives what gives
// each actor its access A.
template <class V, class A, class MakeAccess>
int wrong_histories(int seeds, bool one_writer, MakeAccess make_access) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && wrong < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const std::size_t prefill = kSizes[window.schedule.draw(std::size(kSizes))];
    const ObjectId dict = make_dict<std::int64_t, V>(window.heaps[0]);
    const DictModel start = fill<std::int64_t, V>(window, dict, prefill);
    try {
      const auto history = history_of<std::int64_t, V, A>(window, dict, prefill, 5, one_writer,
                                                          make_access(window, dict.address));
      wrong += !find_linearization(history, start, apply).linearizable;
    } catch (const std::exception&) {
      ++wrong;  // it lost its way altogether
    }
  }
  return wrong;
}

}  // namespace cohort::test
