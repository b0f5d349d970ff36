// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include "cohort/lock.hpp"
#include "cohort/sync/event_core.hpp"

namespace cohort {

/// A flag that all ranks can wait for. Python: `Event()`. A handle, as List is; not set at first.
class Event : public Handle {
  // Before its first use: its return type is deduced.
  template <class Work>
  decltype(auto) with(Work&& work) const {
    const Address at = object("Event");
    return with_heap(
        [&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(EventCore<A>(heap, at)); });
  }

 public:
  static constexpr Word kKind = make_kind(ObjectKind::event, 0, 0);
  Event() = default;
  explicit Event(Reference reference) : Handle(std::move(reference)) {}

  /// Lets go everyone who waits, even where clear() follows at once.
  void set() const {
    with([](const auto& core) { core.set(); });
  }
  void clear() const {
    with([](const auto& core) { core.clear(); });
  }
  bool is_set() const {
    return with([](const auto& core) { return core.is_set(); });
  }

  /// Blocks until it is set; meanwhile the rank may run another Process.
  void wait(CallSite where = CallSite::current()) const {
    const WaitSite site(where);
    with([](const auto& core) { core.wait(std::nullopt); });
  }
  /// False: it was not set before the time was over.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    const WaitSite site(where);
    return with([deadline = deadline_in(timeout)](const auto& core) { return core.wait(deadline); });
  }
};

namespace detail {
inline Event make_event(Word creator) {
  return Event(make_synchronizer(ObjectKind::event, 0, typeid(Event), creator, {0}));
}
}  // namespace detail

}  // namespace cohort
