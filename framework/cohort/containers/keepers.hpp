// SPDX-License-Identifier: BSL-1.0
#pragma once

// How the objects of each kind are kept in a file: from shared memory to a StoredObject, and back.

#include <array>
#include <functional>

#include "cohort/containers/array_core.hpp"
#include "cohort/containers/stored.hpp"

namespace cohort {

/// The number that an object has in the file; it gets one when it is first asked for.
using NumberOf = std::function<Word(ObjectId)>;

template <class A>
struct Keeper {
  /// What the object holds at one moment. Under its latch, where it has one.
  void (*save)(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of);
  /// Fills a new object, whose header is complete. `objects`: by their numbers.
  void (*load)(const Heap<A>& heap, Address object, const StoredObject& from, std::span<const ObjectId> objects);
};

namespace detail {

template <class A>
StoredBlob stored_blob(const Heap<A>& heap, Address blob, const NumberOf& number_of) {
  const Word head = heap.load(blob);
  StoredBlob stored;
  stored.bytes.resize(blob_bytes(head));
  heap.access().read(blob_data(blob, head), stored.bytes.data(), stored.bytes.size());
  for (std::size_t i = 0; i < blob_handles(head); ++i) {
    const ObjectId id = blob_handle(heap, blob, i);
    const std::uint32_t at = blob_handle_at(heap, blob, i);
    std::fill_n(stored.bytes.begin() + at, kHandleBytes, std::byte{0});  // the same state, the same file
    stored.links.push_back({at, number_of(id)});
  }
  return stored;
}

template <class A>
Address load_blob(Operation<A>& operation, const Heap<A>& heap, const StoredBlob& stored,
                  std::span<const ObjectId> objects) {
  std::vector<std::byte> bytes = stored.bytes;
  std::vector<EncodedHandle> handles;
  for (const auto& link : stored.links) {
    const ObjectId id = objects[link.object];
    const Word address = id.address.bits();
    std::memcpy(bytes.data() + link.at, &address, sizeof address);
    std::memcpy(bytes.data() + link.at + sizeof address, &id.generation, sizeof id.generation);
    handles.push_back({id, link.at});
  }
  return make_blob(operation, heap, {bytes, handles});
}

template <class A>
void save_sequence(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of) {
  const Sequence<A> slots(heap, object, element_bytes_of(to.kind));
  const typename Sequence<A>::Editor editor(slots);
  to.words = {editor.size()};
  if ((flags_of(to.kind) & kBlobFlag) == 0) {
    to.raw.resize(editor.size() * element_bytes_of(to.kind));
    editor.read(0, editor.size(), to.raw.data());
    return;
  }
  std::vector<Word> blobs(editor.size());
  editor.read(0, editor.size(), blobs.data());
  for (const Word blob : blobs) to.blobs.push_back(stored_blob(heap, Address(blob), number_of));
}
template <class A>
void load_sequence(const Heap<A>& heap, Address object, const StoredObject& from,
                   std::span<const ObjectId> objects) {
  const Word count = from.words[0];
  if (count == 0) return;
  Operation<A> operation(heap);
  std::vector<Word> blobs;
  for (const auto& blob : from.blobs) blobs.push_back(load_blob(operation, heap, blob, objects).bits());
  const Sequence<A> slots(heap, object, element_bytes_of(from.kind));
  slots.append(operation, blobs.empty() ? static_cast<const void*>(from.raw.data()) : blobs.data(), count);
}

template <class A>
void save_value(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf&) {
  to.words = {heap.load(own_field(object, 0))};
}
template <class A>
void load_value(const Heap<A>& heap, Address object, const StoredObject& from, std::span<const ObjectId>) {
  heap.store(own_field(object, 0), from.words[0]);
}

template <class A>
void save_array(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf&) {
  const Latch<A> latch(heap, own_field(object, 0));
  to.words = {latch.payload()};
  to.raw.resize(latch.payload() * element_bytes_of(to.kind));
  heap.access().read(Address(heap.load(own_field(object, 4))), to.raw.data(), to.raw.size());
}
template <class A>
void load_array(const Heap<A>& heap, Address object, const StoredObject& from, std::span<const ObjectId>) {
  Operation<A> operation(heap);
  lay_out_array(operation, heap, object, from.words[0], element_bytes_of(from.kind), from.raw);
  operation.keep();
}

}  // namespace detail

/// Null functions for a kind that cannot be kept.
template <class A>
Keeper<A> keeper_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::list:
    case ObjectKind::box:
      return {detail::save_sequence<A>, detail::load_sequence<A>};
    case ObjectKind::value:
      return {detail::save_value<A>, detail::load_value<A>};
    case ObjectKind::array:
      return {detail::save_array<A>, detail::load_array<A>};
    default:
      return {nullptr, nullptr};
  }
}

}  // namespace cohort
