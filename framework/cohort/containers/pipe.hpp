// SPDX-License-Identifier: BSL-1.0
#pragma once

// A pipe: two queues, and two ends that hold both.
//
// Layout      An end's own line, never changed: [0] the queue that it takes from, [1] the one that it puts into.
// A death     of the last handle of an end closes both queues, for the other end would wait for ever. It may be
//             done again: closing a closed queue changes nothing.

#include <array>

#include "cohort/containers/fifo.hpp"

namespace cohort {

inline constexpr std::size_t kIncoming = 0;
inline constexpr std::size_t kOutgoing = 1;

template <class A>
Fifo<A> queue_of_end(const Heap<A>& heap, Address end, std::size_t which) {
  const Word kind = heap.load(object_field(end, COHORT_FIELD(ObjectHeader, kind)));
  return Fifo<A>(heap, Address(heap.load(own_field(end, which))), element_bytes_of(kind));
}

/// Closes both directions.
template <class A>
void close_end(const Heap<A>& heap, Address end) {
  queue_of_end(heap, end, kOutgoing).close();
  queue_of_end(heap, end, kIncoming).close();
}

/// For whoever has looked at what comes in: the other direction is closed, too, before that is known.
template <class A>
void finish_closing(const Heap<A>& heap, Address end) {
  if (queue_of_end(heap, end, kIncoming).closed() && !queue_of_end(heap, end, kOutgoing).closed())
    close_end(heap, end);
}

/// Two ends and their queues, inside of `operation`.
template <class A>
std::array<ObjectId, 2> make_ends(Operation<A>& operation, const Heap<A>& heap, std::size_t slot_bytes,
                                  std::uint32_t flags, Word type, Word creator) {
  const auto kind = make_kind(ObjectKind::connection, static_cast<std::uint32_t>(slot_bytes), flags);
  std::array<ObjectId, 2> queues;
  std::array<ObjectId, 2> ends;
  for (ObjectId& queue : queues) {
    queue = make_fifo(operation, heap, slot_bytes, flags, 0, type, creator);
    operation.raise(queue);  // each end holds each queue
  }
  for (std::size_t i = 0; i < ends.size(); ++i) {
    ends[i] = make_object(operation, heap, kind, type, creator);
    heap.store(own_field(ends[i].address, kIncoming), queues[i].address.bits());
    heap.store(own_field(ends[i].address, kOutgoing), queues[1 - i].address.bits());
  }
  return ends;
}

/// The end of an end.
template <class A>
void destroy_end(Operation<A>&, const Heap<A>& heap, Address object, std::vector<Address>& held) {
  close_end(heap, object);
  for (const std::size_t which : {kIncoming, kOutgoing})
    held.push_back(Address(heap.load(own_field(object, which))));
}

}  // namespace cohort
