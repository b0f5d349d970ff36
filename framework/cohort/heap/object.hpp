// SPDX-License-Identifier: BSL-1.0
#pragma once

// Shared objects: their heads, and the counts that keep them alive.
//
// Layout      ObjectHeader; reference is {generation:32 | count:32}.
// Invariants  1. The count is the number of OS processes whose ledger names the object, plus the number
//                of blobs, names and the run queue's places that hold it.
//             2. A count of 0 never rises again: the generation goes up before the header is reused, and
//                a reader raises only a count above 0 of the generation that it has seen.
// A death     between lowering a count and freeing the object leaves it with count 0, which the reaper
//             finds through the slot's `dropping`. All that it owns and its header go in one operation.

#include <array>
#include <vector>

#include "cohort/heap/operation.hpp"

namespace cohort {

constexpr Word make_kind(ObjectKind kind, std::uint32_t element_bytes, std::uint32_t flags) {
  return (static_cast<Word>(kind) << 56) | (static_cast<Word>(element_bytes) << 24) | flags;
}
constexpr ObjectKind kind_of(Word word) { return static_cast<ObjectKind>(word >> 56); }
constexpr std::uint32_t element_bytes_of(Word word) { return static_cast<std::uint32_t>(word >> 24); }
constexpr std::uint32_t flags_of(Word word) { return static_cast<std::uint32_t>(word & 0xff'ffff); }

constexpr Address own_field(Address object, std::size_t index) {
  return object + COHORT_FIELD(ObjectHeader, own) + index * sizeof(Word);
}

/// A new object with a count of 1, inside `operation`.
template <class A>
ObjectId make_object(Operation<A>& operation, const Heap<A>& heap, Word kind, Word type, Word creator) {
  const Address object = operation.allocate_object();
  heap.store(object_field(object, COHORT_FIELD(ObjectHeader, kind)), kind);
  heap.store(object_field(object, COHORT_FIELD(ObjectHeader, type)), type);
  heap.store(object_field(object, COHORT_FIELD(ObjectHeader, creator)), creator);
  const Address reference = object_field(object, COHORT_FIELD(ObjectHeader, reference));
  const Word generation = heap.load(reference) >> 32;
  heap.store(reference, (generation << 32) | 1);
  return {object, static_cast<std::uint32_t>(generation)};
}

/// What the death of an object of one kind means: discards what it owns, without a change to it (it may be
/// done again after a death), and adds the objects that it held to the list.
template <class A>
using Destroy = void (*)(Operation<A>& operation, const Heap<A>& heap, Address object,
                         std::vector<Address>& held);

template <class A>
inline std::array<Destroy<A>, 16> destroyers = {};

/// Drops one count, and with the last one the object and all that only it held.
template <class A>
void lower_object(const Heap<A>& heap, Address first) {
  const Address dropping = heap.own(COHORT_FIELD(ActorSlot, dropping));
  const auto is_last = [&](Address object) {
    heap.store(dropping, object.bits());
    const Word before =
        heap.access().fetch_add(object_field(object, COHORT_FIELD(ObjectHeader, reference)), ~Word{0});
    return (before & 0xffff'ffff) == 1;
  };
  if (is_last(first)) {
    std::vector<Address> dead = {first};  // a list, not recursion: chains of objects may be long
    std::vector<Address> held;
    while (!dead.empty()) {
      const Address object = dead.back();
      dead.pop_back();
      const Word kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
      const Address reference = object_field(object, COHORT_FIELD(ObjectHeader, reference));
      heap.store(reference, ((heap.load(reference) >> 32) + 1) << 32);
      Operation<A> operation(heap);
      if (const auto destroy = destroyers<A>[static_cast<std::size_t>(kind_of(kind))])
        destroy(operation, heap, object, held);
      if (const Address name(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, type_name)))); name)
        operation.discard(name);
      operation.discard(object);
      operation.keep();
      for (const Address next : held) {
        if (is_last(next)) dead.push_back(next);
      }
      held.clear();
    }
  }
  heap.store(dropping, 0);
}

}  // namespace cohort
