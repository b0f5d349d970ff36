// SPDX-License-Identifier: BSL-1.0
#pragma once

// Wait records: what each actor waits for, in its slot, for others to see. Together they are the graph of
// who waits for whom.

#include <chrono>
#include <optional>

#include "cohort/heap/heap.hpp"
#include "cohort/heap/wait_kind.hpp"
#include "cohort/heap/wait_site.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// From now; a duration too long to count is no limit.
template <class Rep, class Period>
Deadline deadline_in(std::chrono::duration<Rep, Period> timeout) {
  using namespace std::chrono;
  if (timeout > duration<double>(hours(24 * 365))) return std::nullopt;
  return steady_clock::now() +
         duration_cast<nanoseconds>(timeout < timeout.zero() ? timeout.zero() : timeout);
}

/// What a wait is for, as its record shows it.
struct Waiting {
  WaitKind kind;
  Address object;
  std::uint32_t holder = 0;
};

inline Word monotonic_ns(std::chrono::steady_clock::time_point time) {
  return static_cast<Word>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

/// The actor's wait record, for a scope. kind is stored last and cleared first. `word`: see ActorSlot.
template <class A>
class WaitRecord {
 public:
  WaitRecord(const Heap<A>& heap, const Waiting& what, Address word, Word value, Deadline deadline)
      : heap_(heap) {
    const CallSite site = detail::wait_site;
    set(COHORT_FIELD(ActorSlot, wait_object), what.object.bits());
    set(COHORT_FIELD(ActorSlot, wait_word), word.bits());
    set(COHORT_FIELD(ActorSlot, wait_value), value);
    set(COHORT_FIELD(ActorSlot, wait_holder), static_cast<Word>(site.line()) << 32 | what.holder);
    set(COHORT_FIELD(ActorSlot, wait_since), monotonic_ns(std::chrono::steady_clock::now()));
    set(COHORT_FIELD(ActorSlot, wait_until), deadline ? monotonic_ns(*deadline) : 0);
    set(COHORT_FIELD(ActorSlot, wait_file), site.line() == 0 ? 0 : Modules::token_or_none(site.file_name()));
    set(COHORT_FIELD(ActorSlot, wait_kind), static_cast<Word>(what.kind));
  }
  ~WaitRecord() { set(COHORT_FIELD(ActorSlot, wait_kind), 0); }
  WaitRecord(const WaitRecord&) = delete;
  WaitRecord& operator=(const WaitRecord&) = delete;

 private:
  void set(std::size_t field, Word value) { heap_.store(heap_.own(field), value); }
  const Heap<A>& heap_;
};

}  // namespace cohort
