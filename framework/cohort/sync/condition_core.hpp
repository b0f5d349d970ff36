// SPDX-License-Identifier: BSL-1.0
#pragma once

// Condition, as it lies in the window.
//
// Layout      The object's own line: [0] the first actor that waits, or 0, [1] the last one, which means
//             something only where there is a first, [2] the lock's object, which the condition holds. The
//             queue is linked through the slots: next_waiter is the next actor, kLastWaiter at the end, and
//             0 in the slot of an actor that is in no queue.
// Writers     All of it by the owner of the lock, who puts itself at the end, or takes out others (from
//             the front) or itself. A waiter reads its own next_waiter without the lock.
// Invariants  1. An actor's next_waiter turns 0 in the moment in which it is notified.
//             2. Each of these changes is whole after the store that makes it: one that adds an actor or
//                takes one out; `last` is stored beside it, and mended where the lock's owner dies (see mend_last).
// Linearized  A notification at the store that takes the waiter out.
// No lost     The waiter is in the queue before it frees the lock. It reads its signal, then next_waiter,
// wake-up     then sleeps while the signal is the same; the notifier clears next_waiter and then raises the
//             signal. A signal for something else costs a look.
// A death     of a waiter leaves it in the queue: the reaper marks its slot, and whoever would notify it, or destroys the
//             condition, takes it out and gives the slot back. Of a notifier: who is out of the queue and has a
//             next_waiter was notified and not told (see tell_if_out). A notification that the waiter had already got
//             dies with it.

#include "cohort/sync/lock_core.hpp"

namespace cohort {

inline constexpr Word kLastWaiter = ~Word{0};

template <class A>
class ConditionCore {
 public:
  ConditionCore(const Heap<A>& heap, Address object)
      : heap_(heap), object_(object), lock_object_(heap.load(own_field(object, 2))) {}

  bool reentrant() const {
    const Word kind = heap_.load(object_field(lock_object_, COHORT_FIELD(ObjectHeader, kind)));
    return (flags_of(kind) & kReentrant) != 0;
  }
  LockCore<A> lock() const { return {heap_, lock_object_}; }
  RLockCore<A> rlock() const { return {heap_, lock_object_}; }

  /// Blocks, without the lock meanwhile. False: the deadline passed and nobody had notified this actor.
  /// Throws UsageError where it does not hold the lock.
  bool wait(Deadline deadline) const {
    const RLockCore<A> lock = rlock();
    lock.require_mine("wait()");
    const Address condition = heap_.own(COHORT_FIELD(ActorSlot, condition));
    heap_.store(condition, object_.bits());
    enter();
    const auto hold = lock.hold();
    lock.release_all();
    wait_for_notification(deadline);
    std::optional<OwnerDied> died;
    while (!try_restore(lock, hold, died)) {
    }
    heap_.store(condition, 0);
    const bool notified = heap_.load(link_of(heap_.actor())) == 0 || !leave(heap_.actor());
    if (died) throw OwnerDied(*died);
    return notified;
  }

  /// Lets go those `count` that have waited longest. Throws UsageError where this actor does not hold the lock.
  void notify(Word count) const {
    lock().require_mine("notify()");
    while (count != 0) {
      const std::uint32_t first = take_first();
      if (first == 0) return;
      if (give_back_if_dead(first)) continue;
      --count;
      raise_signal(heap_, first);
    }
  }

  /// Of the reaper, where the lock's owner has died: it may have taken this one out, and not told.
  void tell_if_out(std::uint32_t waiter) const {
    for (Word at = heap_.load(first_word()); at != 0 && at != kLastWaiter; at = heap_.load(link_of(at))) {
      if (at == waiter) return;
    }
    heap_.store(link_of(waiter), 0);
    raise_signal(heap_, waiter);
  }

  /// The same: it may have been about to store `last`, or have stored it too early.
  void mend_last() const {
    Word at = heap_.load(first_word());
    while (at != 0 && at != kLastWaiter) {
      const Word next = heap_.load(link_of(at));
      if (next == kLastWaiter) heap_.store(last_word(), at);
      at = next;
    }
  }

  /// With the last reference: all that can still be in the queue are dead. May be done again after a death.
  void clear() const {
    while (const std::uint32_t first = take_first()) give_back_if_dead(first);
  }

 private:
  Address first_word() const { return own_field(object_, 0); }
  Address last_word() const { return own_field(object_, 1); }
  static Address link_of(Word actor) {
    return actor_field(static_cast<std::uint32_t>(actor), COHORT_FIELD(ActorSlot, next_waiter));
  }

  void enter() const {
    heap_.store(link_of(heap_.actor()), kLastWaiter);
    if (heap_.load(first_word()) == 0) {
      heap_.store(last_word(), heap_.actor());
      heap_.store(first_word(), heap_.actor());
    } else {
      heap_.store(link_of(heap_.load(last_word())), heap_.actor());
      heap_.store(last_word(), heap_.actor());
    }
  }

  // The one that has waited longest, which is out then; or 0.
  std::uint32_t take_first() const {
    const auto first = static_cast<std::uint32_t>(heap_.load(first_word()));
    if (first == 0) return 0;
    const Word next = heap_.load(link_of(first));
    heap_.store(first_word(), next == kLastWaiter ? 0 : next);
    heap_.store(link_of(first), 0);
    return first;
  }
  // True: the actor is dead, and its slot was kept for this queue alone.
  bool give_back_if_dead(std::uint32_t actor) const {
    const Address state = actor_field(actor, COHORT_FIELD(ActorSlot, state));
    Word dead = heap_.load(state);
    if ((dead & kDeadActor) == 0) return false;
    heap_.access().compare_exchange(state, dead, 0);
    return true;
  }

  void wait_for_notification(Deadline deadline) const {
    const Address signal = heap_.own(COHORT_FIELD(ActorSlot, signal));
    Word before = heap_.load(signal);
    while (heap_.load(link_of(heap_.actor())) != 0) {
      if (!wait_while(heap_, signal, before, {WaitKind::condition, object_}, deadline)) return;
      before = heap_.load(signal);
    }
  }

  // An owner of the lock may die, and the next one, too.
  static bool try_restore(const RLockCore<A>& lock, const typename RLockCore<A>::Hold& hold,
                          std::optional<OwnerDied>& died) {
    try {
      lock.restore(hold);
      return true;
    } catch (const OwnerDied& error) {
      died = error;
      return false;
    }
  }

  // With the lock. False: the actor was not in the queue any more.
  bool leave(std::uint32_t actor) const {
    const Address link = link_of(actor);
    Word previous = 0;
    Word at = heap_.load(first_word());
    while (at != actor && at != 0 && at != kLastWaiter) {
      previous = at;
      at = heap_.load(link_of(at));
    }
    const bool found = at == actor;
    if (found) {
      const Word next = heap_.load(link);
      if (previous == 0) {
        heap_.store(first_word(), next == kLastWaiter ? 0 : next);
      } else {
        if (next == kLastWaiter) heap_.store(last_word(), previous);
        heap_.store(link_of(previous), next);
      }
    }
    heap_.store(link, 0);
    return found;
  }

  Heap<A> heap_;
  Address object_;
  Address lock_object_;
};

template <class A>
void destroy_condition(Operation<A>&, const Heap<A>& heap, Address object, std::vector<Address>& held) {
  const Address lock(heap.load(own_field(object, 2)));
  ConditionCore<A>(heap, object).clear();
  if (lock) held.push_back(lock);  // none, where load() failed before it had got one
}

}  // namespace cohort
