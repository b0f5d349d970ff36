// SPDX-License-Identifier: BSL-1.0
#pragma once

// Reaper: puts in order what an operating system process leaves in shared memory when it is gone, however it ended. The
// one who reaps lives, and is the only one for this member. Others may reap other members at the same time.
//
// Order       1. Every actor's operation is completed or undone, and its latches are free (see Recovery).
//             2. Who waits for the dead is told: locks, barriers, conditions, jobs; and everybody who sleeps on a word that
//                one of them may have changed is woken.
//             3. Its references are dropped.
//             4. Slots are given back; only now can another actor have them. That of one in a Condition's queue is kept
//                for whoever comes upon it there.
// Cost        A walk over all blocks of the heap; over all objects where the process ended in the middle of nothing.

#include <algorithm>
#include <deque>
#include <vector>

#include "cohort/heap/census.hpp"
#include "cohort/process/job.hpp"
#include "cohort/process/recovery.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/condition_core.hpp"
#include "cohort/sync/semaphore_core.hpp"

namespace cohort {

template <class A>
class Reaper {
 public:
  /// `heap` is that of the one who reaps. `tidy`: it left nothing but locks and references.
  Reaper(const Heap<A>& heap, std::uint32_t member, bool tidy) : heap_(heap), member_(member) {
    // (Of a slot that another takes right now, the field `member` is not written yet.)
    each_actor([this](std::uint32_t actor) {
      if (field(actor, kState) >> 1 == member_) dead_.push_back(actor);
    });
    tidy_ = tidy && dead_.size() <= 1;  // not so where the program had threads there
    for (const std::uint32_t actor : dead_) recoveries_.emplace_back(heap_.access(), actor);
  }

  /// Once. Waits for nobody.
  void reap() {
    if (!tidy_) {
      for (auto& recovery : recoveries_) recovery.repair();
      for (auto& recovery : recoveries_) recovery.complete();
      each(ObjectKind::condition, [this](Address condition) { mend_condition(condition); });
      each(ObjectKind::semaphore,
           [this](Address semaphore) { bury_all(SemaphoreCore<A>(heap_, semaphore)); });
      each(ObjectKind::job, [this](Address job) { bury_all(JobCore<A>(heap_, job)); });
      break_barriers();
      wake_everybody();
    }
    each(ObjectKind::lock, [this](Address lock) { bury_all(LockCore<A>(heap_, lock)); });
    drop_references();
    give_back_slots();
  }

 private:
  static constexpr std::size_t kState = COHORT_FIELD(ActorSlot, state);
  static constexpr std::size_t kBarrier = COHORT_FIELD(ActorSlot, barrier);
  static constexpr std::size_t kCounting = COHORT_FIELD(ActorSlot, counting);
  static constexpr std::size_t kCondition = COHORT_FIELD(ActorSlot, condition);
  static constexpr std::size_t kNextWaiter = COHORT_FIELD(ActorSlot, next_waiter);

  Word field(std::uint32_t actor, std::size_t at) const { return heap_.load(actor_field(actor, at)); }
  bool is_dead(std::uint32_t actor) const { return std::ranges::count(dead_, actor) != 0; }

  template <class Visit>
  void each_actor(Visit visit) const {
    const Word high = heap_.load(header_field(COHORT_FIELD(WindowHeader, actors_high)));
    for (std::uint32_t actor = 1; actor < high; ++actor) {
      if (field(actor, kState) != 0) visit(actor);
    }
  }
  // Calls visit(object) for each object of the kind, which is held meanwhile.
  template <class Visit>
  void each(ObjectKind kind, Visit visit) const {
    std::vector<ObjectId> found;
    const auto is = [&](Address object) {
      return kind_of(heap_.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)))) == kind;
    };
    each_object(heap_, [&](Address object, Word) {
      if (!is(object) || !is_born(heap_, object)) return;
      const Word reference = heap_.load(object_field(object, COHORT_FIELD(ObjectHeader, reference)));
      found.push_back({object, static_cast<std::uint32_t>(reference >> 32)});
    });
    for (const ObjectId id : found) {
      if (!raise_object(heap_, id)) continue;
      if (is(id.address)) visit(id.address);
      lower_object(heap_, id.address);
    }
  }
  template <class Core>
  void bury_all(const Core& core) const {
    for (const std::uint32_t actor : dead_) core.bury(actor);
  }

  // Of a lock that a dead one has: nobody else changes its queue, and whom it had taken out is told.
  void mend_condition(Address condition) const {
    const Address lock(heap_.load(own_field(condition, 2)));
    if (!lock || !is_dead(turn::owner_of(heap_.load(own_field(lock, 0))))) return;
    const ConditionCore<A> core(heap_, condition);
    core.mend_last();
    each_actor([&](std::uint32_t actor) {
      if (field(actor, kCondition) == condition.bits() && field(actor, kNextWaiter) != 0 && !is_dead(actor))
        core.tell_if_out(actor);
    });
  }

  void break_barriers() const {
    for (const std::uint32_t actor : dead_) {
      const Word shown = field(actor, kBarrier);
      if (shown == 0) continue;
      BarrierCore<A>(heap_, BarrierCore<A>::shown_object(shown)).bury(shown);
      heap_.store(actor_field(actor, kBarrier), 0);
    }
  }

  // One who changed a word may have died before it woke those who wait for that.
  void wake_everybody() const {
    for (const ObjectKind kind : {ObjectKind::event, ObjectKind::value, ObjectKind::box, ObjectKind::job,
                                  ObjectKind::pool, ObjectKind::barrier}) {
      each(kind, [this](Address object) {
        for (std::size_t word = 0; word < 8; ++word) heap_.access().wake(own_field(object, word), INT_MAX);
      });
    }
    heap_.access().fetch_add(header_field(COHORT_FIELD(WindowHeader, any_done)), 1);
    heap_.access().wake(header_field(COHORT_FIELD(WindowHeader, any_done)), INT_MAX);
    each_actor([this](std::uint32_t actor) {
      const Address signal = actor_field(actor, COHORT_FIELD(ActorSlot, signal));
      heap_.access().fetch_add(signal, 1);
      heap_.access().wake(signal, INT_MAX);
    });
  }

  void drop_references() const {
    const Address ledger = member_field(member_, COHORT_FIELD(MemberSlot, ledger));
    std::vector<Address> blocks;
    for (Address block(heap_.load(ledger)); block; block = Address(heap_.load(block)))
      blocks.push_back(block);
    for (const Address block : blocks) {
      for (std::uint32_t i = 0; i < kLedgerEntries; ++i) {
        const Address entry = block + COHORT_FIELD(LedgerBlock, entries) + i * sizeof(Word);
        const Word object = heap_.load(entry) & kPayloadMask;
        const bool uncertain = std::ranges::any_of(
            dead_, [&](std::uint32_t actor) { return field(actor, kCounting) == entry.bits(); });
        heap_.store(entry, 0);
        if (object != 0 && !uncertain) lower_object(heap_, Address(object));
      }
    }
    heap_.store(ledger, 0);
    Operation<A> operation(heap_);
    for (const Address block : blocks) operation.discard(block);
    operation.keep();
  }

  void give_back_slots() const {
    for (const std::uint32_t actor : dead_) {
      const bool queued = field(actor, kNextWaiter) != 0;
      for (const std::size_t at : {kCounting, kCondition, COHORT_FIELD(ActorSlot, process)})
        heap_.store(actor_field(actor, at), 0);
      const Address state = actor_field(actor, kState);
      Word dead = field(actor, kState) | kDeadActor;
      heap_.store(state, queued ? dead : 0);
      // Whoever took it out of the queue meanwhile may not have seen that.
      if (queued && field(actor, kNextWaiter) == 0) heap_.access().compare_exchange(state, dead, 0);
    }
    heap_.store(member_field(member_, COHORT_FIELD(MemberSlot, quiet)), 0);
    heap_.store(member_field(member_, COHORT_FIELD(MemberSlot, pid)), 0);
  }

  Heap<A> heap_;
  std::uint32_t member_;
  bool tidy_ = false;
  std::vector<std::uint32_t> dead_;  // its actors
  std::deque<Recovery<A>> recoveries_;
};

}  // namespace cohort
