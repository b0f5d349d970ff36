// SPDX-License-Identifier: BSL-1.0
#pragma once

// Shared objects: their heads, and the counts that keep them alive.
//
// Layout      ObjectHeader; reference is {generation:32 | count:32}, and from the claim on
//             {generation:32 | kClaimed | the actor that destroys it}.
// Invariants  1. The count is the number of OS processes whose ledger names the object, plus the number
//                of blobs, names and the run queue's places that hold it.
//             2. A count of 0 never rises again: the generation goes up before the header is reused, and
//                a reader raises only a count above 0 of the generation that it has seen.
//             3. An object with a count of 0 is destroyed by the one who claims it, whoever lowered the count.
// A death     between lowering a count to 0 and the claim leaves an object that the reaper finds through the slot's
//             `dropping`, and claims unless somebody has; after the claim, one that names the dead actor. All that it
//             owns and its header go in one operation. A death between that and lowering the counts of what it held
//             leaves these too high: they stay until the session ends.

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

/// True: the count is 0, and this actor is the one to destroy it.
template <class A>
bool claim_object(const Heap<A>& heap, Address object) {
  const Address reference = object_field(object, COHORT_FIELD(ObjectHeader, reference));
  Word word = heap.load(reference);
  while ((word & kCountMask) == 0) {
    const Word claimed = (((word >> 32) + 1) << 32) | kClaimed | heap.actor();
    if (heap.access().compare_exchange(reference, word, claimed)) return true;
  }
  return false;
}

/// Drops one count. True: that was the last, and this actor is the one to destroy the object.
template <class A>
bool lower_count(const Heap<A>& heap, Address object) {
  heap.store(heap.own(COHORT_FIELD(ActorSlot, dropping)), object.bits());
  const Word before =
      heap.access().fetch_add(object_field(object, COHORT_FIELD(ObjectHeader, reference)), ~Word{0});
  return (before & kCountMask) == 1 && claim_object(heap, object);
}

/// Destroys an object that this actor has claimed, and all that only it held.
template <class A>
void destroy_object(const Heap<A>& heap, Address claimed) {
  std::vector<Address> dead = {claimed};  // a list, not recursion: chains of objects may be long
  std::vector<Address> held;
  while (!dead.empty()) {
    const Address object = dead.back();
    dead.pop_back();
    const Word kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
    Operation<A> operation(heap);
    if (const auto destroy = destroyers<A>[static_cast<std::size_t>(kind_of(kind))])
      destroy(operation, heap, object, held);
    if (const Address name(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, type_name)))); name)
      operation.discard(name);
    operation.discard(object);
    operation.keep();
    for (const Address next : held) {
      if (lower_count(heap, next)) dead.push_back(next);
    }
    held.clear();
  }
}

/// Drops one count, and with the last one the object and all that only it held.
template <class A>
void lower_object(const Heap<A>& heap, Address object) {
  if (lower_count(heap, object)) destroy_object(heap, object);
  heap.store(heap.own(COHORT_FIELD(ActorSlot, dropping)), 0);
}

}  // namespace cohort
