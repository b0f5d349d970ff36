// SPDX-License-Identifier: BSL-1.0
#pragma once

// Blocks of one size: the actor's own magazine first, then the class list that all share.
//
// Layout      A magazine is two chains in the actor's slot, {count | first block}; `spare` is empty or
//             exactly one batch. A class list is a chain of batches under a latch, and the part of the
//             newest span that has not been cut yet.
// Writers     A magazine: its actor alone. A class list: under its latch.
// Invariants  1. A free block is in one chain, or in no chain but under the `refill` intent of one
//                actor, or in the uncut part of its class's span.
//             2. A block is tagged live before it leaves the magazine's chain, and free only once it is in
//                it again: what is in a chain is free, whatever its tag still says.
// A death     with `refill` set: the batch is still the class list's where the dead actor holds that
//             list's latch, and else its own (or, when it is also `spare`, already given away). One that
//             was being cut is the actor's as soon as it lies before the part not cut yet. A span tagged with
//             the actor is its class's where that counts its blocks, and free pages else.

#include "cohort/heap/pages.hpp"
#include "cohort/heap/size_class.hpp"

namespace cohort {

template <class A>
class Blocks {
 public:
  explicit Blocks(const Heap<A>& heap) : heap_(heap) {}

  /// The block's first byte (its tag), or null: no memory.
  Address take(std::uint32_t size_class, Word sequence) {
    const Address active = magazine(size_class, COHORT_FIELD(Magazine, active));
    Word chain = heap_.load(active);
    if (chain == 0) [[unlikely]] {
      chain = refill(size_class);
      if (chain == 0) return Address();
    }
    const Address block(chain & kPayloadMask);
    const Word next = heap_.load(block + kLink);
    heap_.store(block, make_tag(size_class, BlockState::live, heap_.actor(), sequence));
    heap_.store(active, next == 0 ? 0 : chain_of((chain >> 48) - 1, Address(next)));
    if (next != 0) heap_.expect_write(Address(next));  // its link is what the next one to take it waits for
    return block;
  }

  void give_back(Address block, std::uint32_t size_class) {
    const Address active = magazine(size_class, COHORT_FIELD(Magazine, active));
    Word chain = heap_.load(active);
    if (chain >> 48 == batch_blocks(size_class)) [[unlikely]] {
      retire(size_class, chain);
      chain = 0;
    }
    heap_.store(block + kLink, chain & kPayloadMask);
    heap_.store(active, chain_of((chain >> 48) + 1, block));
    heap_.store(block, make_tag(size_class, BlockState::free, 0, 0));
  }

 private:
  static constexpr std::size_t kLink = COHORT_FIELD(ObjectHeader, link);
  static constexpr std::size_t kBatch = COHORT_FIELD(ObjectHeader, batch);

  static constexpr Word chain_of(Word count, Address first) { return (count << 48) | first.bits(); }
  Address magazine(std::uint32_t size_class, std::size_t field) const {
    return heap_.own(COHORT_FIELD(ActorSlot, magazines) + size_class * sizeof(Magazine) + field);
  }

  [[gnu::noinline]] Word refill(std::uint32_t size_class) {
    const Address active = magazine(size_class, COHORT_FIELD(Magazine, active));
    const Address spare = magazine(size_class, COHORT_FIELD(Magazine, spare));
    if (const Word chain = heap_.load(spare)) {
      heap_.store(active, chain);
      heap_.store(spare, 0);
      return chain;
    }
    const Address intent = heap_.own(COHORT_FIELD(ActorSlot, refill));
    Word chain = 0;
    {
      Latch<A> latch(heap_, class_field(size_class, COHORT_FIELD(ClassList, free)));
      if (const Address batch(latch.payload()); batch) {
        heap_.store(intent, batch.bits());
        latch.release(heap_.load(batch + kBatch));
        chain = chain_of(batch_blocks(size_class), batch);
      } else {
        chain = carve(size_class, intent);
        if (chain == 0) return 0;
      }
    }
    heap_.store(active, chain);
    heap_.store(intent, 0);
    return chain;
  }

  // Under the class's latch: cuts a batch from the newest span, which ends at `uncarved`.
  Word carve(std::uint32_t size_class, Address intent) {
    const std::size_t stride = class_bytes(size_class);
    const Address end_field = class_field(size_class, COHORT_FIELD(ClassList, uncarved));
    const Address count_field = class_field(size_class, COHORT_FIELD(ClassList, uncarved_count));
    Word left = heap_.load(count_field);
    if (left == 0) {
      Pages<A> pages(heap_);
      const Word tag = make_tag(size_class, BlockState::live, heap_.actor(), 0);
      const auto page = pages.take(kSpanPages, RunState::span, size_class, tag);
      if (!page) return 0;
      // Headers of objects start half a stride in: their own line is aligned, and no page begins with one.
      const Word skip = size_class == kObjectClass ? kObjectBytes / 2 : 0;
      left = (kSpanPages * kPageBytes - skip) / stride;
      heap_.store(end_field, pages.address(*page).bits() + skip + left * stride);
      heap_.store(count_field, left);
      heap_.store(page_tag(*page), 0);
    }
    const Address first(heap_.load(end_field) - left * stride);
    const Word count = std::min<Word>(left, batch_blocks(size_class));
    heap_.expect_fill(first);
    for (Word i = 0; i < count; ++i) {
      const Address block = first + i * stride;
      heap_.store(block, make_tag(size_class, BlockState::free, 0, 0));
      heap_.store(block + kLink, i + 1 < count ? (block + stride).bits() : 0);
    }
    heap_.store(intent, first.bits());
    heap_.store(count_field, left - count);
    return chain_of(count, first);
  }

  // The full chain becomes the spare; the spare before it goes to the class list.
  [[gnu::noinline]] void retire(std::uint32_t size_class, Word full) {
    const Address spare = magazine(size_class, COHORT_FIELD(Magazine, spare));
    const Address intent = heap_.own(COHORT_FIELD(ActorSlot, refill));
    if (const Word chain = heap_.load(spare)) {
      const Address batch(chain & kPayloadMask);
      Latch<A> latch(heap_, class_field(size_class, COHORT_FIELD(ClassList, free)));
      heap_.store(intent, batch.bits());
      heap_.store(batch + kBatch, latch.payload());
      latch.release(batch.bits());
    }
    heap_.store(spare, full);
    heap_.store(intent, 0);
    heap_.store(magazine(size_class, COHORT_FIELD(Magazine, active)), 0);
  }

  const Heap<A> heap_;
};

}  // namespace cohort
