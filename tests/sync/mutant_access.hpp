// SPDX-License-Identifier: BSL-1.0
#pragma once

// A ScheduledAccess with one seeded defect: what the cores would do if their authors had erred in one place.

#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/turns.hpp"
#include "support/scheduled_access.hpp"

namespace cohort::test {

enum class Defect {
  none,
  wakes_nobody,
  wakes_one_of_many,
  wake_up_not_passed_on,       // by one that took a unit and leaves another
  taker_forgets_sleepers,      // one that was woken does not set the mark again
  looks_before_it_counts,      // sleeps on a look that is older than its count among the waiters
  unlocks_in_two_steps,        // a load and a store instead of a compare-exchange
  frees_instead_of_giving,     // to the hungry one, which takes itself for the owner
  gift_overlooked,             // by a hungry one whose time is over
  depth_not_counted,           // of an RLock that is taken again
  told_before_it_is_unlinked,  // a waiter of a Condition
  rest_of_the_queue_lost,      // behind the first one that a Condition lets go
  first_let_go_again,          // since it is not taken out of the queue
  reset_turns_nobody_away,     // from a Barrier: it forgets them
  opened_too_early             // a Barrier, by the first that leaves it and not by the last
};

/// What the programs are about.
inline const Address kObject(0, Schedule::kSmallWindow / 2);

class MutantAccess {
 public:
  static constexpr bool kOptimisticReads = true;

  MutantAccess(Schedule& schedule, Defect defect, std::uint32_t actor)
      : base_(schedule), defect_(defect), actor_(actor) {}

  std::uint64_t load(Address a) const {
    return defect_ == Defect::depth_not_counted && a == own_field(kObject, 2) ? 0 : base_.load(a);
  }
  void store(Address a, std::uint64_t value) const {
    const bool takes_out = a == own_field(kObject, 0) && value != actor_;  // the first one that waits
    if (defect_ == Defect::rest_of_the_queue_lost && takes_out) value = 0;
    if (defect_ == Defect::first_let_go_again && takes_out) return;
    if (defect_ == Defect::told_before_it_is_unlinked && value == 0 && is_others_link(a)) {
      const Address signal(a.bits() - COHORT_FIELD(ActorSlot, next_waiter) + COHORT_FIELD(ActorSlot, signal));
      base_.fetch_add(signal, 1);
      base_.wake(signal, 1);
    }
    base_.store(a, value);
  }
  void publish(Address a, std::uint64_t value) const { store(a, value); }
  void settle() const {}
  void light_store(Address a, std::uint64_t value) const { store(a, value); }
  void heavy_barrier() const {}
  std::uint64_t exchange(Address a, std::uint64_t value) const { return base_.exchange(a, value); }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const {
    if (defect_ == Defect::looks_before_it_counts && value == 1 && is_waiters(a)) return 0;  // see wait()
    if (defect_ == Defect::looks_before_it_counts && value == ~std::uint64_t{0} && !counted()) return 0;
    if (defect_ == Defect::told_before_it_is_unlinked && value == 1 && is_others_signal(a)) return 0;
    return base_.fetch_add(a, value);
  }
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
    const Word mine = turn::owned_by(actor_);
    const bool takes = turn::owner_of(desired) == actor_ && turn::owner_of(expected) == 0;
    const bool gives_up = turn::hungry_of(expected) == actor_ && turn::hungry_of(desired) == 0;
    const bool gives = !gives_up && turn::hungry_of(expected) != 0 && turn::hungry_of(desired) == 0;
    if (defect_ == Defect::taker_forgets_sleepers && takes) desired &= ~turn::kSleepers;
    if (defect_ == Defect::frees_instead_of_giving && gives) desired = 1;
    if (defect_ == Defect::gift_overlooked && gives_up) {
      base_.compare_exchange(a, expected, desired);
      return true;
    }
    const bool drains = state_of(expected) == BarrierState::draining;
    if (defect_ == Defect::reset_turns_nobody_away && !drains && desired == round_after(expected))
      desired -= 8;
    if (defect_ == Defect::opened_too_early && drains && state_of(desired) == BarrierState::draining)
      desired = round_after(expected);
    if (defect_ == Defect::unlocks_in_two_steps && expected == mine && desired == 1) {
      if (base_.load(a) != expected) return base_.compare_exchange(a, expected, desired);
      base_.store(a, desired);
      return true;
    }
    return base_.compare_exchange(a, expected, desired);
  }
  void read(Address from, void* to, std::size_t bytes) const { base_.read(from, to, bytes); }
  void write(Address to, const void* from, std::size_t bytes) const { base_.write(to, from, bytes); }

  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const {
    if (defect_ == Defect::looks_before_it_counts) {
      if (static_cast<std::uint32_t>(base_.load(a)) != expected) return;
      counted_[actor_] = true;
      base_.fetch_add(a + sizeof(Word), 1);
      // Asleep on what it saw before.
      return base_.wait(a, static_cast<std::uint32_t>(base_.load(a)), timeout);
    }
    base_.wait(a, expected, timeout);
  }
  void wake(Address a, int count) const {
    if (defect_ == Defect::wakes_nobody) return;
    if (defect_ == Defect::wake_up_not_passed_on && passes_on_) return;
    base_.wake(a, defect_ == Defect::wakes_one_of_many ? 1 : count);
  }

  void pause() const { base_.pause(); }
  void sleep(std::chrono::nanoseconds duration) const { base_.sleep(duration); }
  std::chrono::steady_clock::time_point now() const { return base_.now(); }

  /// This actor never frees a unit, so whatever it wakes is a wake-up passed on.
  void only_takes() { passes_on_ = true; }

 private:
  static std::size_t field_of(Address a) { return (a.offset() - kActorsOffset) % sizeof(ActorSlot); }
  static bool is_slot(Address a) { return a.offset() >= kActorsOffset && a.offset() < kActorsOffset + 16384; }
  bool is_others(Address a) const {
    return is_slot(a) && (a.offset() - kActorsOffset) / sizeof(ActorSlot) != actor_;
  }
  bool is_others_link(Address a) const {
    return is_others(a) && field_of(a) == COHORT_FIELD(ActorSlot, next_waiter);
  }
  bool is_others_signal(Address a) const {
    return is_others(a) && field_of(a) == COHORT_FIELD(ActorSlot, signal);
  }
  // A Barrier's word: {count:32 | epoch:29 | state:3}.
  static BarrierState state_of(Word word) { return static_cast<BarrierState>(word % 8); }
  static Word round_after(Word word) { return (word & 0xffff'fff8) + 8; }
  // In the programs nothing else is raised by one at an odd word of an object or a slot.
  static bool is_waiters(Address a) { return a.offset() % 16 == 8; }
  bool counted() const { return std::exchange(counted_[actor_], false); }

  ScheduledAccess base_;
  Defect defect_;
  std::uint32_t actor_;
  bool passes_on_ = false;
  inline static bool counted_[16] = {};
};

}  // namespace cohort::test
