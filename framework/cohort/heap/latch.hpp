// SPDX-License-Identifier: BSL-1.0
#pragma once

// The latch: the lock inside of every shared structure.
//
// Layout      LatchWord {control: {owner:16 | payload:48}, hungry}.
// Writers     control: a compare-exchange takes it (owner 0 -> actor); only the owner stores to it, and
//             that store publishes the payload and frees the latch in one. hungry: whoever has waited
//             kHungryRounds long, by compare-exchange from 0; cleared by the same actor once it is in.
// Invariants  1. Only the owner changes what the latch guards.
//             2. The payload is unchanged from acquire to release, so an owner that dies leaves the
//                structure as it was: the reaper stores {0, payload}, or finishes the owner's intent.
// Order       The acquire of the compare-exchange pairs with the release of the store in release().
// Progress    Barging, with a bound: once an actor is hungry the others stand back, for at most
//             kDeferRounds looks each, so that a hungry actor that died cannot stop them.

#include "cohort/error.hpp"
#include "cohort/heap/backoff.hpp"
#include "cohort/heap/heap.hpp"

namespace cohort {

namespace detail {

inline constexpr int kHungryRounds = 60;
inline constexpr int kDeferRounds = 64;

template <class A>
[[gnu::noinline]] Word contend(Heap<A> heap, Address latch) {
  const Address hungry = latch + COHORT_FIELD(LatchWord, hungry);
  Backoff backoff;
  bool starving = false;
  for (;;) {
    Word control = heap.load(latch);
    if (latch_owner(control) == heap.actor()) {
      throw UsageError(
          "an object was used inside its own update(), transact() or sort(); use the argument instead");
    }
    const Word first = heap.load(hungry);
    const bool my_turn =
        first == 0 || first == heap.actor() || backoff.rounds() % kDeferRounds == kDeferRounds - 1;
    if (latch_owner(control) == 0 && my_turn &&
        heap.access().compare_exchange(latch, control, latch_owned(control, heap.actor()))) {
      if (starving) heap.store(hungry, 0);
      return control;
    }
    if (!starving && backoff.rounds() > kHungryRounds) {
      Word nobody = 0;
      starving = heap.access().compare_exchange(hungry, nobody, heap.actor());
    }
    backoff.step(heap.access());
  }
}

}  // namespace detail

/// Takes the latch and returns its payload; whoever does this stores a payload there again. Blocks.
/// Throws UsageError where this actor already holds it: a callback used its own object.
template <class A>
[[gnu::always_inline]] inline Word acquire_latch(Heap<A> heap, Address latch) {
  Word control = heap.load(latch);
  if (latch_owner(control) != 0 || heap.load(latch + COHORT_FIELD(LatchWord, hungry)) != 0 ||
      !heap.access().compare_exchange(latch, control, latch_owned(control, heap.actor()))) [[unlikely]] {
    return detail::contend(heap, latch);
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
  ~Latch() {
    if (latch_) heap_.store(latch_, payload_);
  }
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  Word payload() const { return payload_; }
  Address address() const { return latch_; }
  void release(Word payload) {
    heap_.store(latch_, payload);
    latch_ = Address();
  }

 private:
  Heap<A> heap_;
  Address latch_;
  Word payload_;
};

}  // namespace cohort
