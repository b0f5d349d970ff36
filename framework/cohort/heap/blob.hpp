// SPDX-License-Identifier: BSL-1.0
#pragma once

// Blobs: values of any length, in a block. Immutable from the moment they can be seen.
//
// Layout      {handles:16 | bytes:48}, then {address, generation} for each handle in the value, then the
//             bytes. A blob counts once for each handle it lists; whoever frees it lowers them.

#include <span>
#include <vector>

#include "cohort/heap/object.hpp"

namespace cohort {

/// A value as bytes, and the objects that the bytes speak of.
struct Encoded {
  std::span<const std::byte> bytes;
  std::span<const ObjectId> handles = {};
};

inline constexpr std::size_t kBlobHead = sizeof(Word);
inline constexpr std::size_t kBlobHandle = 2 * sizeof(Word);

constexpr std::size_t blob_size(const Encoded& value) {
  return kBlobHead + value.handles.size() * kBlobHandle + value.bytes.size();
}

/// The value as a blob at `blob`, in a block of `operation`, whose commit raises the objects that the value
/// speaks of: the caller holds them until then.
template <class A>
void write_blob(Operation<A>& operation, const Heap<A>& heap, Address blob, const Encoded& value) {
  if (value.handles.size() > 0xffff)
    throw UsageError("a value with more than 65535 shared objects in it cannot travel; split it");
  heap.store(blob, (static_cast<Word>(value.handles.size()) << 48) | value.bytes.size());
  Address at = blob + kBlobHead;
  for (const ObjectId& id : value.handles) {
    heap.store(at, id.address.bits());
    heap.store(at + sizeof(Word), id.generation);
    operation.raise(id);
    at = at + kBlobHandle;
  }
  heap.access().write(at, value.bytes.data(), value.bytes.size());
}

/// The same in a block of its own. Throws OutOfSharedMemory.
template <class A>
Address make_blob(Operation<A>& operation, const Heap<A>& heap, const Encoded& value) {
  const Address blob = operation.allocate(blob_size(value));
  write_blob(operation, heap, blob, value);
  return blob;
}

constexpr std::size_t blob_handles(Word head) { return head >> 48; }
constexpr std::size_t blob_bytes(Word head) { return head & kPayloadMask; }
constexpr Address blob_data(Address blob, Word head) {
  return blob + (kBlobHead + blob_handles(head) * kBlobHandle);
}

template <class A>
ObjectId blob_handle(const Heap<A>& heap, Address blob, std::size_t index) {
  const Address at = blob + (kBlobHead + index * kBlobHandle);
  return {Address(heap.load(at)), static_cast<std::uint32_t>(heap.load(at + sizeof(Word)))};
}

/// Adds the objects that the blob holds: for whoever is about to free it.
template <class A>
void collect_handles(const Heap<A>& heap, Address blob, std::vector<Address>& held) {
  const std::size_t count = blob_handles(heap.load(blob));
  for (std::size_t i = 0; i < count; ++i) held.push_back(blob_handle(heap, blob, i).address);
}

}  // namespace cohort
