// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include "cohort/heap/layout.hpp"

namespace cohort {

/// Lays out a fresh window of `bytes` zero bytes: the header's constants and the size of the page table.
/// By rank 0, before anybody else looks. False: the machine has no memory for it.
template <class A>
bool format_window(const A& access, std::size_t bytes, int ranks) {
  constexpr std::uint32_t kActorsAtOnce = 256;  // memory for these is there from the start
  if (!access.commit(Address(0, 0), kActorsOffset + kActorsAtOnce * sizeof(ActorSlot)) ||
      !access.commit(Address(0, kMembersOffset), kMaxMembers * sizeof(MemberSlot))) {
    return false;
  }
  const std::size_t per_page = kPageBytes + sizeof(PageEntry);
  const std::size_t pages = (bytes - kPageTableOffset - kPageBytes) / per_page;
  const std::size_t first =
      (kPageTableOffset + pages * sizeof(PageEntry) + kPageBytes - 1) / kPageBytes * kPageBytes;
  const std::size_t at_once = std::min<std::size_t>(pages, 512);  // the rest comes as it is needed
  if (!access.commit(Address(0, kPageTableOffset), at_once * sizeof(PageEntry)) ||
      !access.commit(Address(0, first), at_once * kPageBytes)) {
    return false;
  }
  const auto set = [&access](std::size_t field, Word value) { access.store(header_field(field), value); };
  set(COHORT_FIELD(WindowHeader, bytes), bytes);
  set(COHORT_FIELD(WindowHeader, ranks), static_cast<Word>(ranks));
  set(COHORT_FIELD(WindowHeader, next_id), 1);
  set(COHORT_FIELD(WindowHeader, first_page), first);
  set(COHORT_FIELD(WindowHeader, page_count), pages);
  set(COHORT_FIELD(WindowHeader, committed), at_once);
  set(COHORT_FIELD(WindowHeader, actors_high), 1);
  set(COHORT_FIELD(WindowHeader, members_high), 1);
  set(COHORT_FIELD(WindowHeader, magic), kMagic);
  return true;
}

}  // namespace cohort
