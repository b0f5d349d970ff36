// SPDX-License-Identifier: BSL-1.0
#pragma once

// A cell: one word that can be waited for.
//
// Layout      The object's own line: a WaitWord {value, waiters}.
// Writers     value: anyone, by a single atomic. waiters: see the wait function.
// Linearized  at that atomic. A death leaves the value before or after it.

#include "cohort/heap/object.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

template <class A>
class Cell {
 public:
  Cell(const Heap<A>& heap, Address object) : heap_(heap), word_(own_field(object, 0)), object_(object) {}

  Word load() const { return heap_.load(word_); }

  /// `change` gives the next word, and may be asked more than once. Returns the word before.
  template <class Change>
  Word update(Change change) const {
    Word before = heap_.load(word_);
    for (Word after = change(before); !heap_.access().compare_exchange(word_, before, after); after = change(before)) {}
    wake(heap_, word_);
    return before;
  }
  Word exchange(Word value) const {
    const Word before = heap_.access().exchange(word_, value);
    wake(heap_, word_);
    return before;
  }
  Word fetch_add(Word value) const {
    const Word before = heap_.access().fetch_add(word_, value);
    wake(heap_, word_);
    return before;
  }
  bool wait(Word seen, Deadline deadline) const {
    return wait_while(heap_, word_, seen, {WaitKind::value, object_}, deadline);
  }

 private:
  const Heap<A>& heap_;
  Address word_;
  Address object_;
};

}  // namespace cohort
