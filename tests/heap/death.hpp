// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the tests share in which an actor dies at each of its accesses.

#include <gtest/gtest.h>

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cohort/process/recovery.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/elements.hpp"

namespace cohort::test {

template <class T>
T element(std::int64_t x) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "element " + std::to_string(x);
  } else {
    return to_element<T>(x);
  }
}

// What the dying actor's magazines are like: each leads through other steps of the allocator.
enum class Magazines { fresh, full, spare_only, listed, crowded };
inline constexpr Magazines kAllMagazines[] = {Magazines::fresh, Magazines::full, Magazines::spare_only,
                                              Magazines::listed, Magazines::crowded};

inline std::vector<Address> take(const ScheduledHeap& heap, std::size_t bytes, std::size_t count) {
  std::vector<Address> blocks;
  Operation<ScheduledAccess> operation(heap);
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(operation.allocate(bytes));
  operation.keep();
  return blocks;
}
inline void give(const ScheduledHeap& heap, std::vector<Address>& blocks, std::size_t count) {
  Operation<ScheduledAccess> operation(heap);
  for (std::size_t i = 0; i < count; ++i, blocks.pop_back()) operation.discard(blocks.back());
  operation.keep();
}

// Of a list: blobs, segments and directories of 8 words, segments of 8 pairs, directories of 16.
inline constexpr std::size_t kListSizes[] = {16, 64, 128, 30};

// `dying` gets magazines of the kind for blocks of these sizes; what stays taken is returned.
inline std::set<Word> prepare(const ScheduledHeap& dying, const ScheduledHeap& other, Magazines kind,
                              std::span<const std::size_t> sizes = kListSizes) {
  std::set<Word> kept;
  std::set<std::uint32_t> seen;
  for (const std::size_t bytes : sizes) {
    if (!seen.insert(class_of(bytes + kTagBytes)).second) continue;
    const std::size_t batch = batch_blocks(class_of(bytes + kTagBytes));
    const ScheduledHeap& heap = kind == Magazines::listed ? other : dying;
    std::vector<Address> blocks;
    switch (kind) {
      case Magazines::fresh:
        break;
      case Magazines::full:
      case Magazines::listed:
        blocks = take(heap, bytes, 3 * batch);
        give(heap, blocks, 3 * batch);
        break;
      case Magazines::spare_only:
        blocks = take(heap, bytes, 2 * batch);
        give(heap, blocks, batch + 1);
        for (const Address block : take(heap, bytes, 1)) blocks.push_back(block);
        break;
      case Magazines::crowded:  // a batch in active, none in spare
        blocks = take(heap, bytes, 2 * batch);
        give(heap, blocks, batch);
        break;
    }
    for (const Address block : blocks) kept.insert(block.bits());
  }
  return kept;
}

inline void expect_exactly(const ScheduledHeap& heap, const std::set<Word>& expected,
                           const std::string& where) {
  const Audit audit = audit_heap(heap);
  EXPECT_TRUE(audit.problems.empty()) << where << "\n" << audit.text();
  for (const auto& [block, bytes] : audit.live) {
    EXPECT_TRUE(expected.contains(block))
        << where << ": the block of " << bytes << " bytes at " << block << " is lost";
  }
  for (const Word block : expected)
    EXPECT_TRUE(audit.live.contains(block)) << where << ": the block at " << block << " was freed";
}

}  // namespace cohort::test
