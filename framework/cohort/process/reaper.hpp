// SPDX-License-Identifier: BSL-1.0
#pragma once

// Reaper: puts in order what an operating system process leaves in shared memory when it is gone, however it ended. The
// one who reaps lives, and is the only one for this member.
//
// Order       1. Every actor's operation is completed or undone, and its latches are free (see Recovery).
//             2. Who waits for the dead is told: locks, semaphores, barriers, and the conditions of locks that were
//                theirs.
//             3. Its references are dropped.
//             4. Conditions in which a dead one still waits: their locks may be others', who may wait for 1 to 3.
//             5. Slots are given back; only now can another actor have them.
// Cost        A process that has given its slots back left nothing for 1, 2 and 4. Else a walk over all blocks.

#include <algorithm>
#include <deque>
#include <vector>

#include "cohort/heap/census.hpp"
#include "cohort/process/recovery.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/condition_core.hpp"
#include "cohort/sync/semaphore_core.hpp"

namespace cohort {

template <class A>
class Reaper {
 public:
  /// `heap` is that of the one who reaps.
  Reaper(const Heap<A>& heap, std::uint32_t member) : heap_(heap), member_(member) {
    // (Of a slot that another takes right now, `member` is not written yet.)
    each_actor([this](std::uint32_t actor) {
      if (field(actor, COHORT_FIELD(ActorSlot, state)) >> 1 == member_) dead_.push_back(actor);
    });
    for (const std::uint32_t actor : dead_) recoveries_.emplace_back(heap_.access(), actor);
  }

  /// Steps 1 to 3. Does not wait for who may wait for this.
  void reap() {
    for (auto& recovery : recoveries_) recovery.repair();
    for (auto& recovery : recoveries_) recovery.complete();
    if (!dead_.empty()) {
      each(ObjectKind::condition, [this](Address condition) { mend_condition(condition); });
      each(ObjectKind::lock, [this](Address lock) { bury_all(LockCore<A>(heap_, lock)); });
      each(ObjectKind::semaphore,
           [this](Address semaphore) { bury_all(SemaphoreCore<A>(heap_, semaphore)); });
      for (const std::uint32_t actor : dead_) break_barrier(Address(field(actor, kBarrier)));
    }
    drop_references();
  }

  /// Steps 4 and 5. Waits for locks of conditions.
  void clear_away() {
    if (std::ranges::any_of(dead_, [this](std::uint32_t actor) { return field(actor, kNextWaiter) != 0; }))
      each(ObjectKind::condition, [this](Address condition) { leave_condition(condition); });
    for (const std::uint32_t actor : dead_) {
      for (const std::size_t at : {kNextWaiter, kBarrier, kEntering, COHORT_FIELD(ActorSlot, process)})
        heap_.store(actor_field(actor, at), 0);
    }
    for (auto& recovery : recoveries_) recovery.release();
    heap_.store(member_field(member_, COHORT_FIELD(MemberSlot, quiet)), 0);
    heap_.store(member_field(member_, COHORT_FIELD(MemberSlot, pid)), 0);
  }

 private:
  static constexpr std::size_t kBarrier = COHORT_FIELD(ActorSlot, barrier);
  static constexpr std::size_t kEntering = COHORT_FIELD(ActorSlot, entering);
  static constexpr std::size_t kNextWaiter = COHORT_FIELD(ActorSlot, next_waiter);

  Word field(std::uint32_t actor, std::size_t at) const { return heap_.load(actor_field(actor, at)); }
  bool is_dead(std::uint32_t actor) const { return std::ranges::count(dead_, actor) != 0; }

  template <class Visit>
  void each_actor(Visit visit) const {
    const Word high = heap_.load(header_field(COHORT_FIELD(WindowHeader, actors_high)));
    for (std::uint32_t actor = 1; actor < high; ++actor) {
      if (field(actor, COHORT_FIELD(ActorSlot, state)) != 0) visit(actor);
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
      const Word reference = heap_.load(object_field(object, COHORT_FIELD(ObjectHeader, reference)));
      if (is(object)) found.push_back({object, static_cast<std::uint32_t>(reference >> 32)});
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
    each_actor([&](std::uint32_t actor) {
      const bool waits =
          static_cast<WaitKind>(field(actor, COHORT_FIELD(ActorSlot, wait_kind))) == WaitKind::condition &&
          field(actor, COHORT_FIELD(ActorSlot, wait_object)) == condition.bits();
      if (waits && field(actor, kNextWaiter) != 0) core.tell_if_out(actor);
    });
  }
  void leave_condition(Address condition) const {
    const ConditionCore<A> core(heap_, condition);
    const LockCore<A> lock = core.lock();
    try {
      lock.lock();
    } catch (const OwnerDied&) {  // another process's; what it had is not this one's affair
      lock.lock();
    }
    bury_all(core);
    lock.unlock();
  }

  void break_barrier(Address barrier) const {
    if (!barrier) return;
    const BarrierCore<A> core(heap_, barrier);
    core.abort();
    for (int look = 0; look < 2000 && others_in(barrier); ++look)
      heap_.access().sleep(std::chrono::milliseconds(1));
    core.bury();
  }
  bool others_in(Address barrier) const {
    bool any = false;
    each_actor([&](std::uint32_t actor) {
      any = any || (field(actor, kBarrier) == barrier.bits() && !is_dead(actor));
    });
    return any;
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
        const bool entering = std::ranges::any_of(
            dead_, [&](std::uint32_t actor) { return field(actor, kEntering) == entry.bits(); });
        heap_.store(entry, 0);
        if (object != 0 && !entering) lower_object(heap_, Address(object));
      }
    }
    heap_.store(ledger, 0);
    Operation<A> operation(heap_);
    for (const Address block : blocks) operation.discard(block);
    operation.keep();
  }

  Heap<A> heap_;
  std::uint32_t member_;
  std::vector<std::uint32_t> dead_;  // its actors
  std::deque<Recovery<A>> recoveries_;
};

}  // namespace cohort
