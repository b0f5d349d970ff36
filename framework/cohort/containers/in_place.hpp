// SPDX-License-Identifier: BSL-1.0
#pragma once

// In place: words of an object change by single atomics, many at once and without its latch, until somebody
// with the latch needs them to stand still.
//
// Layout      The object has a mark `open` in some word. An actor's slot has a line of its own for this: changing
//             (the object in which it is changing a word, or 0) and changes (how often, by a hash of the object).
// Writers     open: under the object's latch. changing and changes: the actor alone (and its reaper).
// Invariants  1. Whoever changes a word has stored `changing`, and has then seen the object open. Whoever
//                wants the words to stand still takes `open` away and then waits until no slot names the
//                object. A heavy barrier between those two: one of them sees the other's store. Entering, which
//                comes a thousand times as often, costs a plain store (see SharedAccess::light_store).
//             2. `changes` goes up between those and the change itself. If nobody was in the object once,
//                and later no count differs from before, then no word changed in between.
// Progress    A change waits for nothing. Closing waits for those that are in, each for an atomic or two.
// A death     leaves the word as it was, or changed, and the object in `changing`: the reaper clears that. Of one that
//             was closing, before or after its barrier, the object stays closed, and those who are in leave as ever.
//             The idea of paying when one closes and not when one enters: BRAVO (Dice and Kogan, 2019).

#include <optional>

#include "cohort/heap/backoff.hpp"
#include "cohort/heap/heap.hpp"
#include "cohort/heap/latch.hpp"

namespace cohort {

template <class A>
class InPlace {
 public:
  InPlace(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  /// From here to leave() the object is not closed; what the caller loads next says whether it was before.
  void enter() const { heap_.light_store(heap_.own(kChanging), object_.bits()); }
  /// Before the change itself.
  void count() const { heap_.store(heap_.own(counter()), heap_.load(heap_.own(counter())) + 1); }
  void leave() const { heap_.store(heap_.own(kChanging), 0); }

  /// By the one who has closed the object: waits until all have left.
  void wait_until_left() const {
    heap_.heavy_barrier();
    const Word high = heap_.load(kHigh);
    for (std::uint32_t actor = 1; actor < high; ++actor) {
      const Address changing = actor_field(actor, kChanging);
      Backoff backoff;
      std::optional<WaitRecord<A>> record;
      while (heap_.load(changing) == object_.bits()) {
        if (backoff.rounds() == detail::kHungryRounds)
          record.emplace(heap_, Waiting{WaitKind::latch, object_, actor}, changing, object_.bits(),
                         std::nullopt);
        backoff.step(heap_.access());
      }
    }
  }

  /// Two looks at all who may change a word, one before others read the words and one after it.
  class Watch {
   public:
    explicit Watch(const InPlace& in) : in_(in), high_(in.heap_.load(kHigh)) {
      for (std::uint32_t actor = 1; actor < high_; ++actor) {
        sum_ += in.heap_.load(actor_field(actor, in.counter()));  // before the next one: see 2
        quiet_ = quiet_ && in.heap_.load(actor_field(actor, kChanging)) != in.object_.bits();
      }
    }
    /// Nothing has changed between the constructor and this. Counts only grow, so that their sum will do.
    bool quiet() const {
      if (!quiet_) return false;
      Word sum = 0;
      for (std::uint32_t actor = 1; actor < high_; ++actor)
        sum += in_.heap_.load(actor_field(actor, in_.counter()));
      return sum == sum_ && in_.heap_.load(kHigh) == high_;
    }

   private:
    const InPlace& in_;
    Word high_;
    Word sum_ = 0;
    bool quiet_ = true;
  };

 private:
  static constexpr std::size_t kChanging = COHORT_FIELD(ActorSlot, changing);
  static constexpr Address kHigh = header_field(COHORT_FIELD(WindowHeader, actors_high));
  std::size_t counter() const {
    return COHORT_FIELD(ActorSlot, changes) + object_.offset() / kObjectBytes % kChangeCounts * sizeof(Word);
  }

  const Heap<A>& heap_;
  Address object_;
};

}  // namespace cohort
