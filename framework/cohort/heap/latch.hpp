// SPDX-License-Identifier: BSL-1.0
#pragma once

// The latch: the lock inside of every shared structure.
//
// Layout      LatchWord {control: {owner:16 | payload:48}, hungry}.
// Writers     control: a compare-exchange takes it (owner 0 -> actor); only the owner stores to it, and
//             that store publishes the payload and frees the latch in one. hungry: whoever has waited
//             kHungryRounds long, by compare-exchange from 0; cleared by that actor once it is in, or by one
//             that went past it.
// Invariants  1. Only the owner changes what the latch guards.
//             2. The payload is unchanged from acquire to release (but for a mark that its structure
//                may set meanwhile, and that no release leaves), so an owner that dies leaves the
//                structure as it was: {0, payload} without the mark frees it, unless its intent says more.
// Order       The acquire of the compare-exchange pairs with the release of the store in release().
// Progress    Barging, with a bound: once an actor is hungry the others stand back, for at most
//             kDeferRounds looks each, so that a hungry actor that died cannot stop them.

#include "cohort/error.hpp"
#include "cohort/heap/backoff.hpp"
#include "cohort/heap/heap.hpp"
#include "cohort/heap/wait_record.hpp"

namespace cohort {

namespace detail {

inline constexpr int kHungryRounds = 60;
inline constexpr int kDeferRounds = 64;

[[noreturn]] inline void refuse_inside() {
  throw UsageError(
      "an object was used inside its own update(), transact() or sort(); use the argument instead");
}

template <class A>
[[gnu::noinline]] Word contend(Heap<A> heap, Address latch, Backoff::Pauses pauses) {
  const Address hungry = latch + COHORT_FIELD(LatchWord, hungry);
  Backoff backoff(pauses);
  std::optional<WaitRecord<A>> record;
  Word recorded = 0;
  for (;;) {
    Word control = heap.load(latch);
    const std::uint32_t owner = latch_owner(control);
    if (owner == heap.actor()) refuse_inside();
    Word first = heap.load(hungry);
    const bool my_turn =
        first == 0 || first == heap.actor() || backoff.rounds() % kDeferRounds == kDeferRounds - 1;
    if (owner == 0 && my_turn &&
        heap.access().compare_exchange(latch, control, latch_owned(control, heap.actor()))) {
      // Mine, or that of one who let a whole turn pass: it may be dead, and claims again if it is not.
      if (first != 0) heap.access().compare_exchange(hungry, first, 0);
      return control;
    }
    if (backoff.rounds() > kHungryRounds) {
      if (first == 0) heap.access().compare_exchange(hungry, first, heap.actor());
      if (owner != 0 && control != recorded) {
        record.emplace(heap, Waiting{WaitKind::latch, latch, owner}, latch, control, std::nullopt);
        recorded = control;
      }
    }
    backoff.step(heap.access());
  }
}

}  // namespace detail

/// Takes the latch and returns its payload; whoever does this stores a payload there again. Blocks.
/// Throws UsageError where this actor already holds it: a callback used its own object.
/// `pauses`: those of one who finds it taken.
template <class A>
[[gnu::always_inline]] inline Word acquire_latch(Heap<A> heap, Address latch,
                                                 Backoff::Pauses pauses = {32, 128}) {
  Word control = heap.load(latch);
  if (latch_owner(control) != 0 || heap.load(latch + COHORT_FIELD(LatchWord, hungry)) != 0 ||
      !heap.access().compare_exchange(latch, control, latch_owned(control, heap.actor()))) [[unlikely]] {
    return detail::contend(heap, latch, pauses);
  }
  return control;
}

/// Holds a latch for a scope. release(payload) publishes; leaving the scope without it changes nothing.
template <class A>
class Latch {
 public:
  Latch(const Heap<A>& heap, Address latch) : Latch(heap, latch, acquire_latch(heap, latch)) {}
  /// Of a latch that acquire_latch() has taken, with this payload.
  Latch(const Heap<A>& heap, Address latch, Word payload) : heap_(heap), latch_(latch), payload_(payload) {}
  [[gnu::always_inline]] ~Latch() {
    if (latch_) heap_.store(latch_, payload_);
  }
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  Word payload() const { return payload_; }
  Address address() const { return latch_; }
  void release(Word payload) {
    heap_.publish(latch_, payload);
    latch_ = Address();
  }

 private:
  Heap<A> heap_;
  Address latch_;
  Word payload_;
};

}  // namespace cohort
