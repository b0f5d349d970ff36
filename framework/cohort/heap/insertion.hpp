// SPDX-License-Identifier: BSL-1.0
#pragma once

// Insertion: an Operation of one small block and a few words, and of nothing else. It leaves the same intents and the
// same redo record, so that a reaper does not tell them apart.
//
// A death     preparing: the reaper frees the block, and the latch with its old payload; the words are as they were.
//             committed: while the latch is the dead actor's, the reaper stores the words again and releases it with
//             the new payload; behind that, everything is done. The block then belongs to the structure.

#include "cohort/heap/operation.hpp"

namespace cohort {

template <class A>
class Insertion {
 public:
  explicit Insertion(const Heap<A>& heap)
      : heap_(heap), sequence_(operation_sequence(heap.load(heap.own(kOperation))) + 1) {
    enter(Phase::preparing);
  }
  /// Without commit(): gives back what was allocated, changes nothing.
  [[gnu::always_inline]] ~Insertion() {
    if (committed_) return;
    if (block_) {
      count(COHORT_FIELD(ActorSlot, freed));
      Blocks<A>(heap_).give_back(block_, size_class_);
    }
    enter(Phase::idle);
  }
  Insertion(const Insertion&) = delete;
  Insertion& operator=(const Insertion&) = delete;

  /// A block as Operation's; null: no memory, or that is not small. Once.
  [[gnu::always_inline]] Address allocate(std::size_t bytes) {
    if (bytes + kTagBytes > kLargestSmall) return Address();
    size_class_ = class_of(bytes + kTagBytes);
    const Address block = Blocks<A>(heap_).take(size_class_, sequence_);
    if (!block) return Address();
    block_ = block;
    count(COHORT_FIELD(ActorSlot, allocated));
    return block + kTagBytes;
  }

  /// Each word becomes its value, and last `latch` is released with `payload`.
  template <std::size_t words>
  [[gnu::always_inline]] void commit(Latch<A>& latch, Word payload, const std::array<Redo, words>& redo) {
    write_record(heap_, latch.address(), payload, redo);
    enter(Phase::committed);
    for (const Redo& word : redo) heap_.store(word.at, word.value);
    latch.release(payload);
    committed_ = true;
    enter(Phase::idle);
  }

 private:
  static constexpr std::size_t kOperation = COHORT_FIELD(ActorSlot, operation);

  [[gnu::always_inline]] void enter(Phase phase) {
    heap_.store(heap_.own(kOperation), make_operation(phase, sequence_));
  }
  [[gnu::always_inline]] void count(std::size_t field) {
    heap_.store(heap_.own(field), heap_.load(heap_.own(field)) + class_bytes(size_class_));
  }

  const Heap<A> heap_;
  Word sequence_;
  bool committed_ = false;
  std::uint32_t size_class_ = 0;
  Address block_;
};

}  // namespace cohort
