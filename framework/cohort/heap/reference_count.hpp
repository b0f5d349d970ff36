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

/// In the low half of an object's reference word: its count, or kClaimed and the actor that destroys it.
inline constexpr Word kCountMask = 0xffff'ffff;
inline constexpr Word kClaimed = 0x8000'0000;
constexpr Word count_in(Word reference) { return (reference & kClaimed) != 0 ? 0 : reference & kCountMask; }

/// False where the object is gone, whatever lies there now.
template <class A>
bool raise_object(const Heap<A>& heap, ObjectId id) {
  const Address reference = object_field(id.address, COHORT_FIELD(ObjectHeader, reference));
  Word word = heap.load(reference);
  do {
    if ((word >> 32) != id.generation || count_in(word) == 0) return false;
  } while (!heap.access().compare_exchange(reference, word, word + 1));
  return true;
}

}  // namespace cohort
