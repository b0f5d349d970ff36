// SPDX-License-Identifier: BSL-1.0
#pragma once

// The blocks that a list holds.

#include <set>

#include "cohort/containers/list_core.hpp"
#include "heap/scheduled_heap.hpp"

namespace cohort::test {

/// Its header included.
inline void add_blocks_of(const ScheduledHeap& heap, Address list, std::set<Word>& blocks) {
  blocks.insert(list.bits());
  const Address root(heap.load(own_field(list, 4)));
  const Word capacity = heap.load(own_field(list, 5));
  if (!root) return;
  blocks.insert(root.bits());
  for (Word s = 0; sequence::first_of(s) < capacity; ++s) blocks.insert(heap.load(root + s * 8));
  if ((flags_of(heap.load(object_field(list, COHORT_FIELD(ObjectHeader, kind)))) & kBlobFlag) == 0) return;
  for (Word i = 0; i < sequence::size_of(heap.load(own_field(list, 0))); ++i) {
    const auto at = sequence::place_of(i);
    blocks.insert(heap.load(Address(heap.load(root + at.segment * 8)) + at.offset * 8));
  }
}

}  // namespace cohort::test
