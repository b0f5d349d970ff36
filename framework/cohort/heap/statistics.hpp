// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include "cohort/heap/heap.hpp"

namespace cohort {

/// What rank 0's heap holds, in bytes. A moment's view while others allocate.
struct HeapStatistics {
  std::size_t capacity;   ///< that can be handed out at all
  std::size_t committed;  ///< with memory of the machine behind it
  std::size_t used;       ///< in blocks that somebody holds, rounded to the blocks' sizes
  std::size_t free() const { return capacity - std::min(capacity, used); }
};

template <class A>
HeapStatistics heap_statistics(const Heap<A>& heap) {
  const auto field = [&heap](std::size_t offset) { return heap.load(header_field(offset)); };
  Word allocated = 0;
  Word freed = 0;
  const auto actors = static_cast<std::uint32_t>(field(COHORT_FIELD(WindowHeader, actors_high)));
  for (std::uint32_t actor = 1; actor < actors; ++actor) {
    // Freed first: what is freed was allocated before, so used never comes out negative for long.
    freed += heap.load(actor_field(actor, COHORT_FIELD(ActorSlot, freed)));
    allocated += heap.load(actor_field(actor, COHORT_FIELD(ActorSlot, allocated)));
  }
  return {field(COHORT_FIELD(WindowHeader, page_count)) * kPageBytes,
          field(COHORT_FIELD(WindowHeader, committed)) * kPageBytes, allocated - std::min(allocated, freed)};
}

}  // namespace cohort
