// SPDX-License-Identifier: BSL-1.0
#pragma once

// How the objects of each kind are kept in a file: from shared memory to a StoredObject, and back.

#include <array>
#include <functional>

#include "cohort/containers/array_core.hpp"
#include "cohort/containers/fifo.hpp"
#include "cohort/containers/sequence_editor.hpp"
#include "cohort/containers/stored.hpp"
#include "cohort/containers/table_editor.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/turns.hpp"

namespace cohort {

/// The number that an object has in the file; it gets one when it is first asked for.
using NumberOf = std::function<Word(ObjectId)>;

template <class A>
struct Keeper {
  /// What the object holds at one moment. Under its latch, where it has one.
  void (*save)(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of);
  /// Fills a new object, whose header is complete. `objects`: by their numbers.
  void (*load)(const Heap<A>& heap, Address object, const StoredObject& from,
               std::span<const ObjectId> objects);
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

// The value with the objects of this window where it had links.
class LinkedBlob {
 public:
  LinkedBlob(const StoredBlob& stored, std::span<const ObjectId> objects) : bytes_(stored.bytes) {
    for (const auto& link : stored.links) {
      const ObjectId id = objects[link.object];
      const Word address = id.address.bits();
      std::memcpy(bytes_.data() + link.at, &address, sizeof address);
      std::memcpy(bytes_.data() + link.at + sizeof address, &id.generation, sizeof id.generation);
      handles_.push_back({id, link.at});
    }
  }
  Encoded encoded() const { return {bytes_, handles_}; }

 private:
  std::vector<std::byte> bytes_;
  std::vector<EncodedHandle> handles_;
};

template <class A>
Address load_blob(Operation<A>& operation, const Heap<A>& heap, const StoredBlob& stored,
                  std::span<const ObjectId> objects) {
  return make_blob(operation, heap, LinkedBlob(stored, objects).encoded());
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

// Keys as blobs; values in place, or as blobs, each behind its key.
template <class Key, class A>
void save_table(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of) {
  const Table<A, Key> table(heap, object);
  const typename Table<A, Key>::Editor editor(table);
  const std::size_t value_bytes = element_bytes_of(to.kind);
  to.words = {editor.size()};
  editor.each([&](Address entry) {
    to.blobs.push_back({Key::key_of(heap, entry), {}});
    const Address value = Key::end_of(heap, entry);
    if ((flags_of(to.kind) & kBlobFlag) != 0) {
      to.blobs.push_back(stored_blob(heap, value, number_of));
    } else {
      to.raw.resize(to.raw.size() + value_bytes);
      heap.access().read(value, to.raw.data() + to.raw.size() - value_bytes, value_bytes);
    }
  });
}
template <class Key, class A>
void load_table(const Heap<A>& heap, Address object, const StoredObject& from,
                std::span<const ObjectId> objects) {
  const Word count = from.words[0];
  const std::size_t value_bytes = element_bytes_of(from.kind);
  const bool is_blobs = (flags_of(from.kind) & kBlobFlag) != 0;
  Operation<A> operation(heap);
  std::vector<Word> entries;
  for (Word i = 0; i < count; ++i) {
    const Key key = Key::of_bytes(from.blobs[is_blobs ? 2 * i : i].bytes);
    if (is_blobs) {
      const LinkedBlob value(from.blobs[2 * i + 1], objects);
      const Address entry = operation.allocate(key.bytes() + blob_size(value.encoded()));
      key.write(heap, entry);
      write_blob(operation, heap, entry + key.bytes(), value.encoded());
      entries.push_back(entry.bits());
    } else {
      const Address entry = operation.allocate(key.bytes() + value_bytes);
      key.write(heap, entry);
      heap.access().write(entry + key.bytes(), from.raw.data() + i * value_bytes, value_bytes);
      entries.push_back(entry.bits());
    }
  }
  const Table<A, Key> table(heap, object);
  typename Table<A, Key>::Editor(table).rebuild(operation, std::move(entries));
}

// Its size, its limit, and whether it is closed. What was taken and is not done is forgotten.
template <class A>
void save_queue(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of) {
  const std::size_t bytes = element_bytes_of(to.kind);
  const Fifo<A> queue(heap, object, bytes);
  Word count = 0;
  const bool closed = queue.each([&](Address slot) {
    ++count;
    if ((flags_of(to.kind) & kBlobFlag) != 0) {
      to.blobs.push_back(stored_blob(heap, Address(heap.load(slot)), number_of));
    } else {
      to.raw.resize(to.raw.size() + bytes);
      heap.access().read(slot, to.raw.data() + to.raw.size() - bytes, bytes);
    }
  });
  to.words = {count, queue.limit(), closed ? Word{1} : Word{0}};
}
template <class A>
void load_queue(const Heap<A>& heap, Address object, const StoredObject& from,
                std::span<const ObjectId> objects) {
  const std::size_t bytes = element_bytes_of(from.kind);
  {
    Operation<A> operation(heap);
    lay_out_fifo(operation, heap, object, bytes, from.words[1] == fifo::kUnlimited ? 0 : from.words[1]);
    operation.keep();
  }
  const Fifo<A> queue(heap, object, bytes);
  for (Word i = 0; i < from.words[0]; ++i) {
    Operation<A> operation(heap);
    Word blob = 0;
    if (!from.blobs.empty()) blob = load_blob(operation, heap, from.blobs[i], objects).bits();
    queue.put(operation, from.blobs.empty() ? static_cast<const void*>(from.raw.data() + i * bytes) : &blob);
  }
  if (from.words[2] != 0) queue.close();
}

// Free, whoever held it.
template <class A>
void save_lock(const Heap<A>&, Address, StoredObject&, const NumberOf&) {}
template <class A>
void load_lock(const Heap<A>& heap, Address object, const StoredObject&, std::span<const ObjectId>) {
  heap.store(own_field(object, 0), 1);
}

// What is free, and the bound.
template <class A>
void save_semaphore(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf&) {
  to.words = {turn::units_of(heap.load(own_field(object, 0))), heap.load(own_field(object, 2))};
}
template <class A>
void load_semaphore(const Heap<A>& heap, Address object, const StoredObject& from,
                    std::span<const ObjectId>) {
  heap.store(own_field(object, 0), from.words[0]);
  heap.store(own_field(object, 2), from.words[1]);
}

template <class A>
void save_event(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf&) {
  to.words = {heap.load(own_field(object, 0)) % 2};
}

// Its lock. Nobody waits for it.
template <class A>
void save_condition(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf& number_of) {
  const Address lock(heap.load(own_field(object, 2)));
  const Word reference = heap.load(object_field(lock, COHORT_FIELD(ObjectHeader, reference)));
  to.objects = {number_of({lock, static_cast<std::uint32_t>(reference >> 32)})};
}
template <class A>
void load_condition(const Heap<A>& heap, Address object, const StoredObject& from,
                    std::span<const ObjectId> objects) {
  const ObjectId lock = objects[from.objects[0]];
  Operation<A> operation(heap);
  operation.raise(lock);
  heap.store(own_field(object, 2), lock.address.bits());
  operation.keep();
}

// How many parties it is for, and whether it is broken. Nobody has come.
template <class A>
void save_barrier(const Heap<A>& heap, Address object, StoredObject& to, const NumberOf&) {
  if (heap.load(own_field(object, 3)) != 0)
    throw UsageError("it has an action, which is a part of this program; make it anew after load()");
  const BarrierCore<A> barrier(heap, object);
  to.words = {barrier.parties(), barrier.broken() ? Word{1} : Word{0}};
}
template <class A>
void load_barrier(const Heap<A>& heap, Address object, const StoredObject& from, std::span<const ObjectId>) {
  heap.store(own_field(object, 2), from.words[0]);
  if (from.words[1] != 0) BarrierCore<A>(heap, object).abort();
}

template <class A>
void refuse_connection(const Heap<A>&, Address, StoredObject&, const NumberOf&) {
  throw UsageError("its other end belongs to this run; a Queue can be saved");
}
template <class A>
void refuse_work(const Heap<A>&, Address, StoredObject&, const NumberOf&) {
  throw UsageError("it is work of this run; what get() returns can be saved");
}

}  // namespace detail

/// save throws UsageError, which says why, where the object cannot be kept.
template <class A>
Keeper<A> keeper_of(Word kind) {
  switch (kind_of(kind)) {
    case ObjectKind::list:
    case ObjectKind::box:
      return {detail::save_sequence<A>, detail::load_sequence<A>};
    case ObjectKind::value:
      return {detail::save_value<A>, detail::load_value<A>};
    case ObjectKind::array:
      return {detail::save_array<A>, detail::load_array<A>};
    case ObjectKind::dict:
      if ((flags_of(kind) & kByteKeyFlag) != 0)
        return {detail::save_table<ByteKey, A>, detail::load_table<ByteKey, A>};
      return {detail::save_table<WordKey, A>, detail::load_table<WordKey, A>};
    case ObjectKind::queue:
      return {detail::save_queue<A>, detail::load_queue<A>};
    case ObjectKind::lock:
      return {detail::save_lock<A>, detail::load_lock<A>};
    case ObjectKind::semaphore:
      return {detail::save_semaphore<A>, detail::load_semaphore<A>};
    case ObjectKind::event:
      return {detail::save_event<A>, detail::load_value<A>};
    case ObjectKind::condition:
      return {detail::save_condition<A>, detail::load_condition<A>};
    case ObjectKind::barrier:
      return {detail::save_barrier<A>, detail::load_barrier<A>};
    case ObjectKind::connection:
      return {detail::refuse_connection<A>, nullptr};
    default:  // a Future; no other kind can be named or be in another object
      return {detail::refuse_work<A>, nullptr};
  }
}

}  // namespace cohort
