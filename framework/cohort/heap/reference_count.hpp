// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cohort/heap/heap.hpp"

namespace cohort {

/// An object as it is written down: in a handle's bytes, in a blob's list.
struct ObjectId {
  Address address;
  std::uint32_t generation = 0;
  friend bool operator==(ObjectId, ObjectId) = default;
};

constexpr Address object_field(Address object, std::size_t offset) { return object + offset; }

/// False where the object is gone, whatever lies there now.
template <class A>
bool raise_object(const Heap<A>& heap, ObjectId id) {
  const Address reference = object_field(id.address, COHORT_FIELD(ObjectHeader, reference));
  Word word = heap.load(reference);
  do {
    if ((word >> 32) != id.generation || (word & 0xffff'ffff) == 0) return false;
  } while (!heap.access().compare_exchange(reference, word, word + 1));
  return true;
}

}  // namespace cohort
