// SPDX-License-Identifier: BSL-1.0
#pragma once

// Semaphore, as it lies in the window.
//
// Layout      The object's own line: [0] and [1] the WaitWord of Turns, with as many units as can be
//             taken now; [2] how many there may be.
// Writers     [0] and [1]: see Turns. [2]: its maker.
// Order       Whoever takes a unit sees what those did who gave units before.
// A death     of one that has taken a unit takes it along. Else see Turns.

#include "cohort/sync/turns.hpp"

namespace cohort {

template <class A>
class SemaphoreCore {
 public:
  SemaphoreCore(const Heap<A>& heap, Address object)
      : turns_(heap, own_field(object, 0), {WaitKind::semaphore, object}), heap_(heap), object_(object) {}

  bool try_acquire() const { return turns_.try_take(); }
  /// Blocks. False: the deadline passed.
  bool acquire(Deadline deadline = {}) const { return turns_.try_take() || turns_.take(deadline); }
  /// False: there would be too many, and nothing was changed.
  bool release(Word units) const { return units <= bound() && turns_.give(units, bound()); }

  /// Of the reaper: see Turns.
  void bury(std::uint32_t dead) const { turns_.bury(dead); }

  Word units() const { return turn::units_of(heap_.load(own_field(object_, 0))); }
  Word bound() const { return heap_.load(own_field(object_, 2)); }

 private:
  Turns<A> turns_;
  Heap<A> heap_;
  Address object_;
};

}  // namespace cohort
