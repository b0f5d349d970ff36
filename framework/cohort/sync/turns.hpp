// SPDX-License-Identifier: BSL-1.0
#pragma once

// Turns: who may take one of the units of a Lock (it has one) or of a Semaphore, and who goes next.
//
// Layout      A WaitWord. value: {hungry:16 | owner:16 | sleepers:1 | units:31}, of which the kernel
//             compares sleepers and units. owner: the actor that has a Lock's unit; 0 for a Semaphore.
// Writers     value: anyone, by compare-exchange. waiters: see wait_while.
// Invariants  1. Where a unit is free, nobody is hungry and `sleepers` is not set.
//             2. Whoever goes to sleep on the word has seen `sleepers` set. The one who frees a unit clears
//                it and wakes a sleeper, and whoever was woken sets it again, or takes a unit and passes
//                the wake-up on where another is free: a sleeper never depends on an actor that forgot it.
//             3. One who was woken and came too late becomes hungry, unless another is. The next unit is
//                given to the hungry one by the compare-exchange that would have freed it, so that nobody
//                can take it. It sleeps on the signal of its own slot and looks whether its mark is gone;
//                a signal that comes late, or was for something else, costs a look.
// Linearized  at the compare-exchange that takes a unit, or gives it to the hungry one.
// Progress    Whoever comes while a unit is free may take it before those who sleep, until one that was woken has
//             come too late: that one is hungry and goes next. So each sleeper is passed over while those before it
//             and itself wake up. Over shared memory they wake in the order of the kernel's queue; over RMA, where
//             each looks from time to time, in any order.
// A death     of an owner leaves the unit taken: the reaper puts kDead in its place (see bury), and the first who
//             finds that frees the unit and throws OwnerDied. Of an actor between freeing and waking, and of one that
//             was woken or given a unit: those who sleep stay asleep, until the reaper wakes all of them.

#include <algorithm>

#include "cohort/heap/object.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

namespace turn {
inline constexpr Word kSleepers = Word{1} << 31;
inline constexpr Word kMostUnits = kSleepers - 1;

constexpr Word units_of(Word word) { return word & kMostUnits; }
constexpr std::uint32_t owner_of(Word word) { return static_cast<std::uint32_t>((word >> 32) & 0xffff); }
constexpr std::uint32_t hungry_of(Word word) { return static_cast<std::uint32_t>(word >> 48); }
constexpr Word owned_by(std::uint32_t actor) { return static_cast<Word>(actor) << 32; }
constexpr Word hungry_is(std::uint32_t actor) { return static_cast<Word>(actor) << 48; }
/// In the place of an owner that has died.
inline constexpr std::uint32_t kDead = 0xffff;
}  // namespace turn

template <class A>
class Turns {
 public:
  /// `what`: lock or semaphore, and the object; the units of a lock have an owner.
  Turns(const Heap<A>& heap, Address word, const Waiting& what)
      : heap_(heap), word_(word), what_(what), owned_(what.kind == WaitKind::lock) {}

  bool try_take() const {
    Word seen = heap_.load(word_);
    while (turn::units_of(seen) != 0) {
      if (take_one(seen, false)) return true;
    }
    return false;
  }

  /// Blocks. False: the deadline passed.
  [[gnu::noinline]] bool take(Deadline deadline) const {
    if (spin(deadline)) return true;
    bool woken = false;
    Word seen = heap_.load(word_);
    for (;;) {
      if (turn::owner_of(seen) == turn::kDead) [[unlikely]] {
        find_dead(seen);
        continue;
      }
      if (turn::units_of(seen) != 0) {
        if (take_one(seen, woken)) return true;
        continue;
      }
      const bool next = woken && turn::hungry_of(seen) == 0;
      const Word marked = seen | turn::kSleepers | (next ? turn::hungry_is(heap_.actor()) : 0);
      if (seen != marked && !heap_.access().compare_exchange(word_, seen, marked)) continue;
      if (next) return wait_to_be_given(deadline);
      // Out of time it leaves nothing undone: its last look saw the mark, so a sleeper is still to be woken.
      if (!wait_while(heap_, word_, marked, held_by(seen), deadline)) return false;
      woken = true;
      seen = heap_.load(word_);
    }
  }

  /// Where the owner has died: the first to find it frees the unit, and throws OwnerDied.
  [[gnu::noinline]] void find_dead(Word& seen) const {
    while (turn::owner_of(seen) == turn::kDead) {
      const std::uint32_t hungry = turn::hungry_of(seen);
      const bool give = hungry != 0 && hungry != heap_.actor();
      const Word next = give ? turn::owned_by(hungry) | (seen & turn::kSleepers) : 1;
      if (!heap_.access().compare_exchange(word_, seen, next)) continue;
      if (give) {
        raise_signal(heap_, hungry);
      } else {
        wake(heap_, word_, 1);
      }
      throw OwnerDied(
          "the process that held this lock died before it unlocked it: what the lock guards may be half "
          "done; "
          "the lock is free again");
    }
  }

  /// Of the reaper, with `dead` one of the actors that it buries: nobody is kept waiting by it any more.
  void bury(std::uint32_t dead) const {
    Word seen = heap_.load(word_);
    Word next = 0;
    do {
      next = seen;
      if (turn::hungry_of(seen) == dead) next &= ~turn::hungry_is(kAnyActor);
      if (owned_ && turn::owner_of(seen) == dead)
        next = (next & ~turn::owned_by(kAnyActor) & ~turn::kSleepers) | turn::owned_by(turn::kDead);
    } while (next != seen && !heap_.access().compare_exchange(word_, seen, next));
    wake(heap_, word_);
    if (turn::hungry_of(next) != 0) raise_signal(heap_, turn::hungry_of(next));
  }

  /// Frees so many units, or none where more than `most` were free then: false.
  [[gnu::noinline]] bool give(Word units, Word most) const {
    Word seen = heap_.load(word_);
    Word free = 0;
    std::uint32_t hungry = 0;
    Word next = 0;
    do {
      if (turn::units_of(seen) + units > most) return false;
      hungry = turn::hungry_of(seen);
      free = turn::units_of(seen) + units - (hungry != 0 ? 1 : 0);
      next = free != 0 ? free : seen & turn::kSleepers;
      if (owned_ && hungry != 0) next |= turn::owned_by(hungry);
    } while (!heap_.access().compare_exchange(word_, seen, next));
    if (hungry != 0) raise_signal(heap_, hungry);
    if (free != 0 && (seen & turn::kSleepers) != 0) wake(heap_, word_, at_most(free));
    return true;
  }

 private:
  // Longer pauses than Backoff's: the other one takes and frees the word twice as often as a latch.
  static constexpr int kSpins = 12;
  // Where cores are short the owner most likely has one all the same, and to sleep and be woken costs as much.
  static constexpr int kBriefSpins = 3;
  static constexpr int kMostPauses = 512;
  static constexpr std::uint32_t kAnyActor = 0xffff;

  static int at_most(Word count) { return static_cast<int>(std::min<Word>(count, INT_MAX)); }
  Waiting held_by(Word seen) const {
    Waiting what = what_;
    what.holder = turn::owner_of(seen);
    return what;
  }

  // Whoever finds someone hungry goes to sleep: the next unit is spoken for.
  bool spin(Deadline deadline) const {
    int pauses = 128;
    for (int left = detail::spin_rounds(kSpins, kBriefSpins); left > 0; --left) {
      if (deadline && heap_.access().now() >= *deadline) return false;
      for (int i = 0; i < pauses; ++i) heap_.access().pause();
      pauses = std::min(pauses * 2, kMostPauses);
      Word seen = heap_.load(word_);
      if (turn::hungry_of(seen) != 0) return false;
      if (turn::units_of(seen) != 0 && take_one(seen, false)) return true;
    }
    return false;
  }

  // One that was woken does what the giver left to it.
  bool take_one(Word& seen, bool woken) const {
    Word next = seen - 1;
    if (owned_) next |= turn::owned_by(heap_.actor());
    const bool more = turn::units_of(next) != 0;
    if (woken && !more) next |= turn::kSleepers;
    if (!heap_.access().compare_exchange(word_, seen, next)) return false;
    if (woken && more) wake(heap_, word_, 1);
    return true;
  }

  bool wait_to_be_given(Deadline deadline) const {
    const Address signal = heap_.own(COHORT_FIELD(ActorSlot, signal));
    for (;;) {
      const Word before = heap_.load(signal);
      Word seen = heap_.load(word_);
      if (turn::owner_of(seen) == turn::kDead) [[unlikely]]
        find_dead(seen);
      if (turn::hungry_of(seen) != heap_.actor()) return true;
      if (wait_while(heap_, signal, before, held_by(seen), deadline)) continue;
      for (seen = heap_.load(word_); turn::hungry_of(seen) == heap_.actor();) {
        const Word without = seen & ~turn::hungry_is(heap_.actor());
        if (heap_.access().compare_exchange(word_, seen, without)) return false;
      }
      return true;
    }
  }

  Heap<A> heap_;
  Address word_;
  Waiting what_;
  bool owned_;
};

}  // namespace cohort
