// SPDX-License-Identifier: BSL-1.0
#pragma once

// The one function in which Cohort waits for another actor.
//
// Layout      WaitWord {value, waiters}. The kernel compares the low 32 bits of value, so every change
//             that somebody may wait for shows there.
// Writers     value: its structure. waiters: +1 and -1 by each waiter.
// No lost     A waiter raises `waiters` and then looks at the value; a waker changes the value and then
// wake-up     looks at `waiters`, by a read-modify-write. The two read-modify-writes of one word have an
//             order: if the waiter's is first, the waker sees it and wakes; if the waker's is first, the
//             waiter's reads what it released, so its look at the value sees the change. The kernel
//             compares once more before it sleeps.
// A death     of a waiter leaves `waiters` too high, which costs needless wake-ups and nothing else.

#include <chrono>
#include <climits>
#include <optional>

#include "cohort/heap/backoff.hpp"
#include "cohort/heap/wait_record.hpp"

namespace cohort {

namespace detail {

template <class A>
bool differs(const Heap<A>& heap, Address word, Word seen) {
  return static_cast<std::uint32_t>(heap.load(word)) != static_cast<std::uint32_t>(seen);
}

// Looks again and again for the time that a sleep and a wake-up would cost.
template <class A>
bool spin_until_different(const Heap<A>& heap, Address word, Word seen, Deadline deadline) {
  constexpr auto kSpin = std::chrono::microseconds(25);
  if (differs(heap, word, seen)) return true;
  if (detail::spin != detail::Spin::long_enough || core_wanted.load(std::memory_order_relaxed)) return false;
  auto until = std::chrono::steady_clock::now() + kSpin;
  if (deadline) until = std::min(until, *deadline);
  do {
    for (int i = 0; i < 8; ++i) {
      heap.access().pause();
      if (differs(heap, word, seen)) return true;
    }
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

}  // namespace detail

namespace detail {

// Asleep, but for the deadline: false.
template <class A>
bool sleep_while(const Heap<A>& heap, Address word, Address waiters, Word seen, Deadline deadline) {
  heap.access().fetch_add(waiters, 1);
  bool changed = differs(heap, word, seen);
  while (!changed) {
    std::chrono::nanoseconds left(-1);
    if (deadline) {
      left = *deadline - heap.access().now();
      if (left.count() <= 0) break;
    }
    heap.access().wait(word, static_cast<std::uint32_t>(seen), left);
    changed = differs(heap, word, seen);
  }
  heap.access().fetch_add(waiters, ~Word{0});
  return changed;
}

}  // namespace detail

/// Sleeps while the WaitWord at `word` has the low half of `seen`. For one who is at work: without a record, and with the
/// rank's core.
template <class A>
void sleep_while(const Heap<A>& heap, Address word, Word seen) {
  detail::sleep_while(heap, word, word + COHORT_FIELD(WaitWord, waiters), seen, {});
}

/// Waits while the word at `word`, whose waiters are counted at `waiters`, has the low half of `seen`.
/// True: it changed; false: the deadline passed. Blocks: spins only as long as that is cheaper than to
/// sleep; asleep it uses no core, and its rank may run another Process (but for WaitKind::work, which is
/// that rank looking for one).
template <class A>
bool wait_while(const Heap<A>& heap, Address word, Address waiters, Word seen, const Waiting& what,
                Deadline deadline) {
  if (detail::spin_until_different(heap, word, seen, deadline)) return true;
  std::optional<WaitRecord<A>> record;
  std::optional<Blocked> blocked;
  if (what.kind != WaitKind::work) {  // that one has a record for all that time: see Server
    record.emplace(heap, what, word, seen, deadline);
    blocked.emplace(what.kind);
  }
  return detail::sleep_while(heap, word, waiters, seen, deadline);
}

/// The same for a WaitWord.
template <class A>
bool wait_while(const Heap<A>& heap, Address word, Word seen, const Waiting& what, Deadline deadline = {}) {
  return wait_while(heap, word, word + COHORT_FIELD(WaitWord, waiters), seen, what, deadline);
}

/// After a change of the WaitWord at `word`: wakes up to `count` of those who wait for it.
template <class A>
void wake(const Heap<A>& heap, Address word, int count = INT_MAX) {
  if (heap.access().fetch_add(word + COHORT_FIELD(WaitWord, waiters), 0) != 0)
    heap.access().wake(word, count);
}

/// The same after a publish() or a read-modify-write of `word`: the store is settled before this load, the
/// waiter's read-modify-write of `waiters` and its load of the word are sequentially consistent, so one of the
/// two loads sees the other's change, and a load is enough here.
template <class A>
void wake_published(const Heap<A>& heap, Address word, Address waiters, int count = INT_MAX) {
  heap.settle();
  if (heap.load(waiters) != 0) heap.access().wake(word, count);
}

/// Wakes an actor that waits for its own slot's signal: what it waits for has changed elsewhere.
template <class A>
void raise_signal(const Heap<A>& heap, std::uint32_t actor) {
  const Address signal = actor_field(actor, COHORT_FIELD(ActorSlot, signal));
  heap.access().fetch_add(signal, 1);
  wake(heap, signal);
}

}  // namespace cohort
