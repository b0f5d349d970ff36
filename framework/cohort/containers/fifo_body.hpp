// SPDX-License-Identifier: BSL-1.0
#pragma once

// What a queue consists of; fifo.hpp says by which rules.

#include <algorithm>
#include <bit>
#include <cstddef>

#include "cohort/heap/heap.hpp"
#include "cohort/heap/wait_kind.hpp"

namespace cohort {

struct FifoSide {
  LatchWord latch;
  Word waiters;  // who waits for latch.control to change
  Word segment;
  Word seen;   // the other side's count
  Word limit;  // put: how many values may be there
  Word pad[2];
};
struct FifoBody {
  FifoSide put;
  WaitWord done;
  Word pad[6];
  FifoSide take;
};
static_assert(sizeof(FifoSide) == kLineBytes && sizeof(FifoBody) == 3 * kLineBytes);
static_assert(offsetof(FifoBody, take) == 2 * kLineBytes,
              "not in the pair of lines that a core fetches for put");

namespace fifo {

inline constexpr Word kClosed = 1;
inline constexpr Word kOne = 2;
inline constexpr Word kUnlimited = ~Word{0};
inline constexpr std::size_t kSegmentBytes = 2048;

constexpr Word count_of(Word control) { return latch_payload(control) >> 1; }
constexpr bool is_closed(Word control) { return (control & kClosed) != 0; }
constexpr Word slots_of(std::size_t slot_bytes) {
  return std::bit_floor(std::max<Word>(kSegmentBytes / slot_bytes, 1));
}
constexpr std::size_t segment_bytes(std::size_t slot_bytes) {
  return sizeof(Word) + slots_of(slot_bytes) * slot_bytes;
}
constexpr Address slot_of(Address segment, Word index, std::size_t slot_bytes) {
  return segment + (sizeof(Word) + index % slots_of(slot_bytes) * slot_bytes);
}
// Value `index` is the first of a segment that its side has to go on to.
constexpr bool begins(Word index, std::size_t slot_bytes) {
  return index % slots_of(slot_bytes) == 0 && index != 0;
}

/// Of one who waits at this word (see wait_to_take and the others in fifo.hpp): what it waits for is there. Its word may have changed
/// for another, so that it sleeps on with an old value. Reads nothing but the body that the word lies in.
template <class A>
bool has_come(const A& access, WaitKind kind, Address word) {
  const std::size_t at = kind == WaitKind::queue_get   ? offsetof(FifoBody, put.latch)
                         : kind == WaitKind::queue_put ? offsetof(FifoBody, take.latch)
                                                       : offsetof(FifoBody, done);
  const Address body(word.bits() - at);
  const Word put = access.load(body + offsetof(FifoBody, put.latch));
  const Word taken = count_of(access.load(body + offsetof(FifoBody, take.latch)));
  if (kind == WaitKind::queue_join) return access.load(word) == count_of(put);
  if (is_closed(put)) return true;
  if (kind == WaitKind::queue_get) return count_of(put) > taken;
  return count_of(put) - taken < access.load(body + offsetof(FifoBody, put.limit));
}

}  // namespace fifo

}  // namespace cohort
