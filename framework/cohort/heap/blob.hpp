// SPDX-License-Identifier: BSL-1.0
#pragma once

// Blobs: values of any length, in a block. Immutable from the moment they can be seen.
//
// Layout      {handles:16 | bytes:48}, then for each handle in the value {address, at:32 | generation:32}, then
//             the bytes. At byte `at` the value has the address, behind it the generation: who moves the
//             object changes them there. A blob counts once for each handle it lists; whoever frees it lowers
//             them.

#include <span>
#include <string>
#include <vector>

#include "cohort/heap/object.hpp"

namespace cohort {

/// An object that a value's bytes speak of, and at which byte.
struct EncodedHandle {
  ObjectId id;
  std::size_t at = 0;
};

/// A value as bytes, and the handles in them.
struct Encoded {
  std::span<const std::byte> bytes;
  std::span<const EncodedHandle> handles = {};
  std::size_t begin = 0;  ///< the byte from which their `at` counts
};

/// Among the flags of an object's kind: its elements are blobs.
inline constexpr std::uint32_t kBlobFlag = 1;

inline constexpr std::size_t kBlobHead = sizeof(Word);
inline constexpr std::size_t kBlobHandle = 2 * sizeof(Word);
/// A handle in a value's bytes: the object's address, and (the low half of) its generation.
inline constexpr std::size_t kHandleBytes = sizeof(Word) + sizeof(std::uint32_t);

constexpr std::size_t blob_size(const Encoded& value) {
  return kBlobHead + value.handles.size() * kBlobHandle + value.bytes.size();
}

/// The value as a blob at `blob`, in a block of `operation`, whose commit raises the objects that the value
/// speaks of: the caller holds them until then.
template <class A>
void write_blob(Operation<A>& operation, const Heap<A>& heap, Address blob, const Encoded& value) {
  if (value.handles.size() > 0xffff)
    throw UsageError("a value with more than 65535 shared objects in it cannot travel; split it");
  if (!value.handles.empty() && value.bytes.size() >> 32 != 0)
    throw UsageError("a value with shared objects in it cannot have more than 4 GiB; split it");
  heap.store(blob, (static_cast<Word>(value.handles.size()) << 48) | value.bytes.size());
  Address at = blob + kBlobHead;
  for (const auto& [id, byte] : value.handles) {
    heap.store(at, id.address.bits());
    heap.store(at + sizeof(Word), (static_cast<Word>(byte - value.begin) << 32) | id.generation);
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

/// At which byte of the value the handle is written: its address, then its generation.
template <class A>
std::uint32_t blob_handle_at(const Heap<A>& heap, Address blob, std::size_t index) {
  return static_cast<std::uint32_t>(heap.load(blob + (kBlobHead + index * kBlobHandle + sizeof(Word))) >> 32);
}

/// The bytes of a blob without handles, as text.
template <class A>
std::string blob_text(const Heap<A>& heap, Address blob) {
  const Word head = heap.load(blob);
  std::string text(blob_bytes(head), '\0');
  heap.access().read(blob_data(blob, head), text.data(), text.size());
  return text;
}

/// Adds the objects that the blob holds: for whoever is about to free it.
template <class A>
void collect_handles(const Heap<A>& heap, Address blob, std::vector<Address>& held) {
  const std::size_t count = blob_handles(heap.load(blob));
  for (std::size_t i = 0; i < count; ++i) held.push_back(blob_handle(heap, blob, i).address);
}

}  // namespace cohort
