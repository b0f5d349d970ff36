// SPDX-License-Identifier: BSL-1.0
#pragma once

// Barrier, as it lies in the window.
//
// Layout      The object's own line: [0] and [1] a WaitWord, [2] the number of parties, [3] the action as a
//             blob, or 0, [4] the Token of the trampoline that calls it, [5] the epoch of the last round that was
//             buried, + 1 if it was complete, + 2 if not.
//             value: {count:32 | epoch:29 | state:3}, of which the kernel compares epoch and state.
// Writers     value: anyone, by compare-exchange. waiters: see wait_while. [5]: a reaper. The rest: its maker.
// States      filling    count parties have come. When all have, the last one runs the action; nobody else
//                        comes in until it has ended, but where reset() begins a new round meanwhile.
//             draining   all have come; count have not left yet.
//             damaged    the same, and broken from then on.
//             broken     count have not left yet, and nobody comes in.
// Invariants  1. Whoever has come is counted until it leaves, or until a new epoch begins, which turns it away.
//             2. A round that was completed stays so: all of its parties get their index, and the next epoch begins when
//                the last of them leaves. (If one of them dies: at its burial, and those who leave before the next
//                burial get theirs.)
// Linearized  A wait comes at the compare-exchange that counts it; the round ends at the one that leaves
//             `filling`.
// Order       Each party's compare-exchange on the word comes before the one that ends the round, and its
//             look after it: all that was done before the barrier is seen behind it.
// A death     of one that has come leaves a count that nobody takes back; of the one that runs the action, a
//             round that does not end. Whoever is about to be counted says so in its slot, until it has left: the reaper
//             breaks that barrier, whether the dead one was counted or not (see bury).

#include "cohort/heap/blob.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

enum class BarrierState : Word { filling = 0, draining = 1, damaged = 2, broken = 3 };

inline constexpr Word kMostParties = 16383;

enum class BarrierEnd { passed, broken, reset, timeout };

/// What a party has of the round it came to.
struct BarrierPlace {
  Word index;
  Word epoch;
};

template <class A>
class BarrierCore {
 public:
  BarrierCore(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  Word parties() const { return heap_.load(own_field(object_, 2)); }
  Word waiting() const {
    const Word seen = look();
    return state(seen) == BarrierState::filling ? count(seen) : 0;
  }
  bool broken() const { return is_broken(look()); }

  /// Comes in; blocks while those of the round before have not left. None: it is broken.
  std::optional<BarrierPlace> enter() const {
    Word seen = look();
    for (;;) {
      if (is_broken(seen)) return std::nullopt;
      if (state(seen) == BarrierState::filling && count(seen) < parties()) {
        come(seen);
        if (become(seen, state(seen), count(seen) + 1)) return BarrierPlace{count(seen), epoch(seen)};
        go();  // not while it waits to come in
      } else {
        wait_while(heap_, word(), seen, what());
        seen = look();
      }
    }
  }

  /// Of the last one that came in, once the action has run: ends the round. Leaves.
  BarrierEnd complete(const BarrierPlace& mine) const {
    for (Word seen = look(); fills(seen, mine);) {
      if (become(seen, BarrierState::draining, count(seen))) {
        wake(heap_, word());
        break;
      }
    }
    return leave(mine);
  }

  /// Of the last one, where the action threw: breaks it. Leaves.
  void fail(const BarrierPlace& mine) const {
    for (Word seen = look(); epoch(seen) == mine.epoch && !is_broken(seen);) {
      if (break_round(seen)) break;
    }
    leave(mine);
  }

  /// Of the others: blocks until the round has ended. Leaves. Once all have come, the deadline is none.
  BarrierEnd wait(const BarrierPlace& mine, Deadline deadline) const {
    Word seen = look();
    while (fills(seen, mine)) {
      const bool full = count(seen) == parties();
      const bool changed = wait_while(heap_, word(), seen, what(), full ? Deadline() : deadline);
      seen = look();
      if (changed || !fills(seen, mine) || count(seen) == parties()) continue;
      if (!become(seen, BarrierState::broken, count(seen))) continue;
      wake(heap_, word());
      leave(mine);
      return BarrierEnd::timeout;
    }
    return leave(mine);
  }

  void abort() const {
    for (Word seen = look(); !is_broken(seen);) {
      if (break_round(seen)) return;
    }
  }

  /// Of the reaper, with what a dead actor's slot shows: the round that it came to, unless that is over, has nobody in it
  /// any more, and the barrier is broken.
  static Address shown_object(Word shown) { return Address(shown & kPayloadMask); }
  void bury(Word shown) const {
    const Address last_buried = own_field(object_, 5);
    for (;;) {
      Word before = heap_.load(last_buried);  // first: others may bury the same round, and the next
      Word seen = look();
      if (shown != show(seen)) return;
      const bool complete = state(seen) == BarrierState::draining || state(seen) == BarrierState::damaged;
      const Word how = epoch(seen) + (complete ? kComplete : kIncomplete);
      if (before != how && !heap_.access().compare_exchange(last_buried, before, how)) continue;
      const Word next = make(epoch(seen) + kEpoch, BarrierState::broken, 0);
      if (heap_.access().compare_exchange(word(), seen, next)) return wake(heap_, word());
    }
  }

  /// Python's: turns away who waits, and mends what is broken.
  void reset() const {
    for (Word seen = look();;) {
      switch (state(seen)) {
        case BarrierState::filling:
          if (count(seen) == 0) return;
          [[fallthrough]];
        case BarrierState::broken:
          if (!begin(seen)) continue;
          break;
        case BarrierState::damaged:
          if (!become(seen, BarrierState::draining, count(seen))) continue;
          break;
        case BarrierState::draining:
          return;
      }
      return wake(heap_, word());
    }
  }

 private:
  static constexpr Word kEpoch = 8;  // one step of it
  static constexpr Word kComplete = 1;
  static constexpr Word kIncomplete = 2;

  static BarrierState state(Word word) { return static_cast<BarrierState>(word % kEpoch); }
  static Word count(Word word) { return word >> 32; }
  static Word epoch(Word word) { return word & 0xffff'ffff & ~(kEpoch - 1); }
  static Word make(Word epoch, BarrierState state, Word count) {
    return (count << 32) | (epoch & 0xffff'ffff) | static_cast<Word>(state);
  }

  Address word() const { return own_field(object_, 0); }
  Waiting what() const { return {WaitKind::barrier, object_}; }
  Word look() const { return heap_.load(word()); }
  static bool is_broken(Word word) {
    return state(word) == BarrierState::broken || state(word) == BarrierState::damaged;
  }
  static bool fills(Word word, const BarrierPlace& mine) {
    return state(word) == BarrierState::filling && epoch(word) == mine.epoch;
  }
  // What the slot of one shows who comes to the round of `word`.
  Word show(Word word) const { return (epoch(word) / kEpoch) << 48 | object_.bits(); }
  // Of a barrier that is used in the action of another one, the slot goes on showing the other one.
  void come(Word seen) const {
    const Address shown = heap_.own(COHORT_FIELD(ActorSlot, barrier));
    if (heap_.load(shown) == 0) heap_.store(shown, show(seen));
  }
  void go() const {
    const Address shown = heap_.own(COHORT_FIELD(ActorSlot, barrier));
    if (shown_object(heap_.load(shown)) == object_) heap_.store(shown, 0);
  }

  // Of one that is not broken. False: `seen` is what is there now.
  bool break_round(Word& seen) const {
    const bool drains = state(seen) == BarrierState::draining;
    if (!become(seen, drains ? BarrierState::damaged : BarrierState::broken, count(seen))) return false;
    wake(heap_, word());
    return true;
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
  BarrierEnd leave(const BarrierPlace& mine) const {
    for (Word seen = look();;) {
      if (epoch(seen) != mine.epoch) {
        go();
        const Word buried = heap_.load(own_field(object_, 5));
        if (buried == mine.epoch + kComplete) return BarrierEnd::passed;
        return buried == mine.epoch + kIncomplete ? BarrierEnd::broken : BarrierEnd::reset;
      }
      const bool complete = state(seen) != BarrierState::broken;
      const Word left = count(seen) - 1;
      const bool opens = left == 0 && state(seen) == BarrierState::draining;
      const auto next = left == 0 && complete ? BarrierState::broken : state(seen);
      if (!(opens ? begin(seen) : become(seen, next, left))) continue;
      if (opens) wake(heap_, word());
      go();
      return complete ? BarrierEnd::passed : BarrierEnd::broken;
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
