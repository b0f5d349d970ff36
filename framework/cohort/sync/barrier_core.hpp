// SPDX-License-Identifier: BSL-1.0
#pragma once

// Barrier, as it lies in the window.
//
// Layout      The object's own line: [0] and [1] a WaitWord, [2] the number of parties, [3] the action as a
//             blob, or 0, [4] the Token of the trampoline that calls it.
//             value: {count:32 | epoch:29 | state:3}, of which the kernel compares epoch and state.
// Writers     value: anyone, by compare-exchange. waiters: see wait_while. The rest: its maker.
// States      filling    count parties have come. When all have, the last one runs the action; nobody else
//                        comes in until it has ended.
//             draining   all have come; count have not left yet.
//             damaged    the same, and broken from then on.
//             resetting  those who wait are to be turned away; count have not left yet.
//             broken     the same, and nobody comes in.
// Invariants  1. Whoever has come is counted until it has read how its round ended, and the next epoch begins
//                when the count is 0 (broken: by reset): no outcome is overwritten before all have read it.
//             2. A round that was completed stays so: all of its parties get their index.
// Linearized  A wait comes at the compare-exchange that counts it; the round ends at the one that leaves
//             `filling`.
// Order       Each party's compare-exchange on the word comes before the one that ends the round, and its
//             look after it: all that was done before the barrier is seen behind it.
// A death     of one that has come leaves a count that nobody takes back; of the one that runs the action, a
//             round that does not end. Whoever is about to be counted says so in its slot, until it has left: the reaper
//             breaks that barrier, whether the dead one was counted or not, and takes its count back once nobody else
//             is in it (see bury).

#include "cohort/heap/blob.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

enum class BarrierState : Word { filling = 0, draining = 1, damaged = 2, resetting = 3, broken = 4 };

inline constexpr Word kMostParties = 16383;

enum class BarrierEnd { passed, broken, reset, timeout };

template <class A>
class BarrierCore {
 public:
  BarrierCore(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  Word parties() const { return heap_.load(own_field(object_, 2)); }
  Word waiting() const {
    const Word seen = look();
    return state(seen) == BarrierState::filling ? count(seen) : 0;
  }
  bool broken() const {
    const BarrierState now = state(look());
    return now == BarrierState::broken || now == BarrierState::damaged;
  }

  /// Comes in; blocks while those of the round before have not left. None: it is broken.
  std::optional<Word> enter() const {
    Word seen = look();
    for (;;) {
      if (state(seen) == BarrierState::broken || state(seen) == BarrierState::damaged) return std::nullopt;
      if (state(seen) == BarrierState::filling && count(seen) < parties()) {
        come();
        if (become(seen, state(seen), count(seen) + 1)) return count(seen);
        go();  // not while it waits to come in: the reaper waits for those who are
      } else {
        wait_while(heap_, word(), seen, what());
        seen = look();
      }
    }
  }

  /// Of the last one that came in, once the action has run: ends the round. Leaves.
  BarrierEnd complete() const {
    for (Word seen = look(); state(seen) == BarrierState::filling;) {
      if (become(seen, BarrierState::draining, count(seen))) {
        wake(heap_, word());
        break;
      }
    }
    return leave();
  }

  /// Of the last one, where the action threw: breaks it. Leaves.
  void fail() const {
    abort();
    leave();
  }

  /// Of the others: blocks until the round has ended. Leaves. Once all have come, the deadline is none.
  BarrierEnd wait(Deadline deadline) const {
    Word seen = look();
    while (state(seen) == BarrierState::filling) {
      const bool full = count(seen) == parties();
      const bool changed = wait_while(heap_, word(), seen, what(), full ? Deadline() : deadline);
      seen = look();
      if (changed || state(seen) != BarrierState::filling || count(seen) == parties()) continue;
      if (!become(seen, BarrierState::broken, count(seen))) continue;
      wake(heap_, word());
      leave();
      return BarrierEnd::timeout;
    }
    return leave();
  }

  void abort() const {
    for (Word seen = look();;) {
      switch (state(seen)) {
        case BarrierState::filling:
        case BarrierState::resetting:
          if (!become(seen, BarrierState::broken, count(seen))) continue;
          break;
        case BarrierState::draining:
          if (!become(seen, BarrierState::damaged, count(seen))) continue;
          break;
        case BarrierState::damaged:
        case BarrierState::broken:
          return;
      }
      return wake(heap_, word());
    }
  }

  /// The round that is, for bury().
  Word round() const { return epoch(look()); }
  /// Of the reaper, after abort(), once nobody that lives is in that round: the counts of the dead are taken back.
  void bury(Word round) const {
    for (Word seen = look();;) {
      const BarrierState now = state(seen);
      if (epoch(seen) != round || now == BarrierState::filling || now == BarrierState::draining) return;
      const bool opens = now == BarrierState::resetting;
      if (!(opens ? begin(seen) : become(seen, BarrierState::broken, 0))) continue;
      return wake(heap_, word());
    }
  }

  /// Python's: turns away who waits, and mends what is broken.
  void reset() const {
    for (Word seen = look();;) {
      switch (state(seen)) {
        case BarrierState::filling:
          if (count(seen) == 0) return;
          if (!become(seen, BarrierState::resetting, count(seen))) continue;
          break;
        case BarrierState::broken:
          if (!(count(seen) == 0 ? begin(seen) : become(seen, BarrierState::resetting, count(seen))))
            continue;
          break;
        case BarrierState::damaged:
          if (!become(seen, BarrierState::draining, count(seen))) continue;
          break;
        case BarrierState::draining:
        case BarrierState::resetting:
          return;
      }
      return wake(heap_, word());
    }
  }

 private:
  static constexpr Word kEpoch = 8;  // one step of it

  static BarrierState state(Word word) { return static_cast<BarrierState>(word % kEpoch); }
  static Word count(Word word) { return word >> 32; }
  static Word epoch(Word word) { return word & 0xffff'ffff & ~(kEpoch - 1); }
  static Word make(Word epoch, BarrierState state, Word count) {
    return (count << 32) | (epoch & 0xffff'ffff) | static_cast<Word>(state);
  }

  Address word() const { return own_field(object_, 0); }
  Waiting what() const { return {WaitKind::barrier, object_}; }
  Word look() const { return heap_.load(word()); }
  // Of a barrier that is used in the action of another one, the slot goes on showing the other one.
  void come() const {
    const Address shown = heap_.own(COHORT_FIELD(ActorSlot, barrier));
    if (heap_.load(shown) == 0) heap_.store(shown, object_.bits());
  }
  void go() const {
    const Address shown = heap_.own(COHORT_FIELD(ActorSlot, barrier));
    if (heap_.load(shown) == object_.bits()) heap_.store(shown, 0);
  }

  // On failure `seen` is what is there.
  bool become(Word& seen, BarrierState state, Word count) const {
    const Word before = seen;
    return heap_.access().compare_exchange(word(), seen, make(epoch(before), state, count));
  }
  bool begin(Word& seen) const {
    const Word before = seen;
    return heap_.access().compare_exchange(word(), seen,
                                           make(epoch(before) + kEpoch, BarrierState::filling, 0));
  }

  // Takes this actor's count back; the last one to leave opens the next round, or not.
  BarrierEnd leave() const {
    for (Word seen = look();;) {
      const BarrierState now = state(seen);
      const Word left = count(seen) - 1;
      const bool opens = left == 0 && (now == BarrierState::draining || now == BarrierState::resetting);
      const auto next = left == 0 && now == BarrierState::damaged ? BarrierState::broken : now;
      if (!(opens ? begin(seen) : become(seen, next, left))) continue;
      if (opens) wake(heap_, word());
      go();
      switch (now) {
        case BarrierState::draining:
        case BarrierState::damaged:
          return BarrierEnd::passed;
        case BarrierState::resetting:
          return BarrierEnd::reset;
        default:
          return BarrierEnd::broken;
      }
    }
  }

  Heap<A> heap_;
  Address object_;
};

template <class A>
void destroy_barrier(Operation<A>& operation, const Heap<A>& heap, Address object,
                     std::vector<Address>& held) {
  const Address action(heap.load(own_field(object, 3)));
  if (!action) return;
  collect_handles(heap, action, held);
  operation.discard(action);
}

}  // namespace cohort
