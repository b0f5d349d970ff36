// SPDX-License-Identifier: BSL-1.0
#pragma once

// Lock and RLock, as they lie in the window.
//
// Layout      The object's own line: [0] and [1] the WaitWord of Turns, with one unit: whoever has taken it
//             is in the word. [2] how often beyond the first an RLock was taken, [3] the Process that did.
//             kReentrant among the kind's flags: it is an RLock.
// Writers     [0] and [1]: see Turns. [2] and [3]: the owner.
// Invariant   [2] is 0 whenever the lock is free.
// Order       The compare-exchange that takes pairs with the one that freed.
// A death     See Turns. [2] is the reaper's to clear before it says that the owner has died.

#include <string>

#include "cohort/error.hpp"
#include "cohort/sync/turns.hpp"

namespace cohort {

inline constexpr std::uint32_t kReentrant = 1;

template <class A>
class LockCore {
 public:
  LockCore(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  /// Blocks. False: the deadline passed. Throws UsageError where this actor holds it, OwnerDied once where its owner has
  /// died.
  [[gnu::always_inline]] bool lock(Deadline deadline = {}) const {
    Word free = 1;
    if (heap_.access().compare_exchange(word(), free, mine())) [[likely]]
      return true;
    return lock_slowly(deadline);
  }
  [[gnu::always_inline]] bool try_lock() const {
    Word free = 1;
    if (heap_.access().compare_exchange(word(), free, mine())) [[likely]]
      return true;
    if (turn::owner_of(free) == turn::kDead) [[unlikely]]
      turns().find_dead(free);
    return false;
  }
  /// Throws UsageError where this actor does not hold it.
  [[gnu::always_inline]] void unlock() const {
    Word held = mine();
    if (!heap_.access().compare_exchange(word(), held, 1)) [[unlikely]]
      unlock_slowly();
  }
  bool locked() const { return turn::units_of(heap_.load(word())) == 0; }

  /// Of the reaper: see Turns.
  void bury(std::uint32_t dead) const {
    if (turn::owner_of(heap_.load(word())) == dead) heap_.store(depth(), 0);
    turns().bury(dead);
  }

  bool is_mine() const { return turn::owner_of(heap_.load(word())) == heap_.actor(); }
  void require_mine(const char* action) const {
    if (!is_mine()) refuse(action);
  }

 protected:
  Word mine() const { return turn::owned_by(heap_.actor()); }
  Address word() const { return own_field(object_, 0); }
  Address depth() const { return own_field(object_, 2); }
  Address process() const { return own_field(object_, 3); }
  Turns<A> turns() const { return Turns<A>(heap_, word(), {WaitKind::lock, object_}); }

  Heap<A> heap_;
  Address object_;

 private:
  [[gnu::noinline]] bool lock_slowly(Deadline deadline) const {
    if (is_mine()) {
      throw UsageError(
          "lock(): this thread holds the Lock already; only an RLock (manager.rlock()) can be taken again");
    }
    return turns().take(deadline);
  }
  [[gnu::noinline]] void unlock_slowly() const {
    require_mine("unlock()");
    turns().give(1, 1);
  }
  [[noreturn, gnu::noinline]] void refuse(const char* action) const {
    std::string text = std::string(action) + ": this thread does not hold the lock; ";
    const std::uint32_t owner = turn::owner_of(heap_.load(word()));
    if (owner == 0) throw UsageError(text + "it is free");
    if (owner == turn::kDead) throw UsageError(text + "the process that held it has died");
    const Word rank = heap_.load(actor_field(owner, COHORT_FIELD(ActorSlot, rank)));
    throw UsageError(text + "a thread of rank " + std::to_string(rank) + " holds it");
  }
};

/// The same, for one that its owner may take again. A Process that its joiner runs in the middle of itself
/// has the joiner's actor, and is another owner all the same.
template <class A>
class RLockCore : public LockCore<A> {
 public:
  using LockCore<A>::LockCore;

  bool lock(Deadline deadline = {}) const {
    if (!this->is_mine()) {
      if (!LockCore<A>::lock(deadline)) return false;
      this->heap_.store(this->process(), this_process());
      return true;
    }
    if (again()) return true;
    throw UsageError(
        "lock(): the RLock is held by another Process of this thread, which goes on only after this one (or "
        "has ended without unlock())");
  }
  bool try_lock() const {
    if (this->is_mine()) return again();
    if (!LockCore<A>::try_lock()) return false;
    this->heap_.store(this->process(), this_process());
    return true;
  }
  void unlock() const {
    this->require_mine("unlock()");
    const Word depth = this->heap_.load(this->depth());
    if (depth == 0) return LockCore<A>::unlock();
    this->heap_.store(this->depth(), depth - 1);
  }

  /// For an owner that leaves it altogether for a while, and takes it again as a plain one.
  struct Hold {
    Word depth;
    Word process;
  };
  Hold hold() const { return {this->heap_.load(this->depth()), this->heap_.load(this->process())}; }
  void release_all() const {
    this->heap_.store(this->depth(), 0);
    LockCore<A>::unlock();
  }
  void restore(const Hold& hold) const {
    LockCore<A>::lock();
    this->heap_.store(this->depth(), hold.depth);
    this->heap_.store(this->process(), hold.process);
  }

 private:
  Word this_process() const { return this->heap_.load(this->heap_.own(COHORT_FIELD(ActorSlot, process))); }
  bool again() const {
    if (this->heap_.load(this->process()) != this_process()) return false;
    this->heap_.store(this->depth(), this->heap_.load(this->depth()) + 1);
    return true;
  }
};

}  // namespace cohort
