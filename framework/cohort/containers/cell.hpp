// SPDX-License-Identifier: BSL-1.0
#pragma once

// A cell: one word that can be waited for.
//
// Layout      The object's own line: [0] value, [2] and [3] a WaitWord {changes, waiters}.
// Writers     value: anyone, by a single atomic. changes: +1 by the same, afterwards. waiters: see wait_while.
// Linearized  at the atomic on value. A death behind it leaves a waiter asleep until the next change.
// No lost     A waiter reads changes, then the value, then sleeps while changes is the same. (It does not
// wake-up     sleep on the value: the kernel compares half a word, and a double may differ in the other.)

#include "cohort/heap/object.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

template <class A>
class Cell {
 public:
  Cell(const Heap<A>& heap, Address object)
      : heap_(heap), value_(own_field(object, 0)), changes_(own_field(object, 2)), object_(object) {}

  Word load() const { return heap_.load(value_); }

  /// `change` gives the next word, and may be asked more than once. Returns the word before.
  template <class Change>
  Word update(Change change) const {
    Word before = heap_.load(value_);
    for (Word after = change(before); !heap_.access().compare_exchange(value_, before, after);
         after = change(before)) {
    }
    tell();
    return before;
  }
  Word exchange(Word value) const {
    const Word before = heap_.access().exchange(value_, value);
    tell();
    return before;
  }

  /// Blocks while is_same(value). False: it still was when the deadline passed.
  template <class Same>
  bool wait(Same is_same, Deadline deadline) const {
    for (;;) {
      const Word changes = heap_.load(changes_);
      if (!is_same(load())) return true;
      if (!wait_while(heap_, changes_, changes, {WaitKind::value, object_}, deadline))
        return !is_same(load());
    }
  }

 private:
  // The read-modify-write of changes lies between the change and the look at waiters.
  void tell() const {
    heap_.access().fetch_add(changes_, 1);
    wake(heap_, changes_);
  }

  Heap<A> heap_;
  Address value_;
  Address changes_;
  Address object_;
};

}  // namespace cohort
