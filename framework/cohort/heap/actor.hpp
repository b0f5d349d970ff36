// SPDX-License-Identifier: BSL-1.0
#pragma once

// Claiming and giving back the slots of actors (threads of ranks) and members (OS processes).
//
// A slot's `state` (a member's `pid`) is taken by compare-exchange from 0 and stored back to 0 by its
// owner, so that no two have it. What a slot keeps over its owners: the sequence of its operations, so
// that old tags stay meaningless, and its magazines, whose blocks the next owner uses.

#include <optional>

#include "cohort/heap/heap.hpp"

namespace cohort {

namespace detail {

// The first slot whose `field` can be taken, below `limit`; `high` says how far slots have ever been used.
template <class A, class FieldAt>
std::optional<std::uint32_t> claim_slot(const A& access, std::uint32_t limit, Address high, FieldAt field_at,
                                        Word mark, std::size_t slot_bytes) {
  for (std::uint32_t slot = 1; slot < limit; ++slot) {
    if (slot >= access.load(high) && !access.commit(field_at(slot), slot_bytes)) return std::nullopt;
    // First: whoever looks for slots in use looks below it.
    for (Word top = access.load(high); top <= slot && !access.compare_exchange(high, top, slot + 1);) {
    }
    Word seen = 0;
    if (access.compare_exchange(field_at(slot), seen, mark)) return slot;
  }
  return std::nullopt;
}

}  // namespace detail

/// None: all slots are taken, or there is no memory for another.
template <class A>
std::optional<std::uint32_t> claim_actor(const A& access, std::uint32_t member, int rank, Word thread) {
  const auto slot = detail::claim_slot(
      access, kMaxActors, header_field(COHORT_FIELD(WindowHeader, actors_high)),
      [](std::uint32_t s) { return actor_field(s, COHORT_FIELD(ActorSlot, state)); }, (Word{member} << 1) | 1,
      sizeof(ActorSlot));
  if (slot) {
    access.store(actor_field(*slot, COHORT_FIELD(ActorSlot, member)), member);
    access.store(actor_field(*slot, COHORT_FIELD(ActorSlot, rank)), static_cast<Word>(rank));
    access.store(actor_field(*slot, COHORT_FIELD(ActorSlot, thread)), thread);
  }
  return slot;
}

template <class A>
void release_actor(const A& access, std::uint32_t actor) {
  access.store(actor_field(actor, COHORT_FIELD(ActorSlot, state)), 0);
}

template <class A>
std::optional<std::uint32_t> claim_member(const A& access, Word pid, int rank) {
  const auto slot = detail::claim_slot(
      access, kMaxMembers, header_field(COHORT_FIELD(WindowHeader, members_high)),
      [](std::uint32_t s) { return member_field(s, COHORT_FIELD(MemberSlot, pid)); }, pid,
      sizeof(MemberSlot));
  if (slot) access.store(member_field(*slot, COHORT_FIELD(MemberSlot, rank)), static_cast<Word>(rank));
  return slot;
}

}  // namespace cohort
