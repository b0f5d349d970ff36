// SPDX-License-Identifier: BSL-1.0
#pragma once

// Event, as it lies in the window.
//
// Layout      The object's own line: [0] and [1] a WaitWord. value: the number of changes; the event is set
//             where it is odd.
// Writers     value: anyone, +1 by compare-exchange. waiters: see wait_while.
// Linearized  at that compare-exchange; a wait at the look that sees the event set, or changed: then it was
//             set after the wait began.
// Order       The compare-exchange of set() pairs with the look of the waiter that it lets go.
// A death     between the change and the wake-up leaves waiters asleep, until the reaper wakes them.

#include "cohort/heap/object.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

template <class A>
class EventCore {
 public:
  EventCore(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  bool is_set() const { return odd(heap_.load(word())); }
  void set() const {
    if (change(false)) wake(heap_, word());
  }
  void clear() const { change(true); }

  /// Blocks until it is set, be it for a moment. False: the deadline passed.
  bool wait(Deadline deadline) const {
    const Word seen = heap_.load(word());
    return odd(seen) || wait_while(heap_, word(), seen, {WaitKind::event, object_}, deadline);
  }

 private:
  static bool odd(Word word) { return word % 2 == 1; }
  Address word() const { return own_field(object_, 0); }
  // Where it is set as `from` says.
  bool change(bool from) const {
    for (Word seen = heap_.load(word()); odd(seen) == from;) {
      if (heap_.access().compare_exchange(word(), seen, seen + 1)) return true;
    }
    return false;
  }

  Heap<A> heap_;
  Address object_;
};

}  // namespace cohort
