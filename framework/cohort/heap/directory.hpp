// SPDX-License-Identifier: BSL-1.0
#pragma once

// The directory of names: which object is called what.
//
// Layout      A chain of NameEntry blocks, newest first, from the payload of the latch `names`.
// Writers     Under that latch. Entries never change and never go before the session ends.
// Invariant   Each entry holds one count of its object, so that a found object is alive.
// A death     at any point: see Operation.

#include <optional>
#include <string>

#include "cohort/heap/blob.hpp"

namespace cohort {

template <class A>
class Directory {
 public:
  explicit Directory(const Heap<A>& heap) : heap_(heap) {}

  std::optional<ObjectId> find(const std::string& name) const {
    const Latch<A> latch(heap_, kNames);
    return find(latch, name);
  }

  /// Gives the name to the object, unless another has it: that one is returned then.
  ObjectId find_or_enter(const std::string& name, ObjectId object) const {
    Operation<A> operation(heap_);
    const Address entry = operation.allocate(sizeof(NameEntry));
    const Address text = make_blob(operation, heap_, {std::as_bytes(std::span(name))});
    Latch<A> latch(heap_, kNames);
    if (const auto found = find(latch, name)) return *found;
    heap_.store(entry + COHORT_FIELD(NameEntry, next), latch.payload());
    fill(operation, entry, object, text);
    operation.commit(latch, entry.bits());
    return object;
  }

  /// Gives all of these names, or (UsageError) none, where one is taken.
  void enter_all(std::span<const std::pair<std::string, ObjectId>> names) const {
    Operation<A> operation(heap_);
    std::vector<Address> entries;
    for (const auto& [name, object] : names) {
      const Address entry = operation.allocate(sizeof(NameEntry));
      const Address text = make_blob(operation, heap_, {std::as_bytes(std::span(name))});
      heap_.store(entry + COHORT_FIELD(NameEntry, next), entries.empty() ? 0 : entries.back().bits());
      fill(operation, entry, object, text);
      entries.push_back(entry);
    }
    if (entries.empty()) return;
    Latch<A> latch(heap_, kNames);
    for (const auto& [name, object] : names) {
      if (find(latch, name))
        throw UsageError("the name '" + name + "' is taken; load a file before anything has its names");
    }
    heap_.store(entries.front() + COHORT_FIELD(NameEntry, next), latch.payload());
    operation.commit(latch, entries.back().bits());
  }

  /// Calls visit(object, name) for all names. Takes no latch: entries stay as they are.
  template <class Visit>
  void each(Visit visit) const {
    for (Address entry(latch_payload(heap_.load(kNames))); entry; entry = Address(heap_.load(entry)))
      visit(object_of(entry), text_of(Address(heap_.load(entry + COHORT_FIELD(NameEntry, name)))));
  }

  /// At the session's end: forgets all names, and drops what only they held.
  void clear() const {
    std::vector<Address> held;
    {
      Operation<A> operation(heap_);
      Latch<A> latch(heap_, kNames);
      for (Address entry(latch.payload()); entry; entry = Address(heap_.load(entry))) {
        held.push_back(Address(heap_.load(entry + COHORT_FIELD(NameEntry, object))));
        operation.discard(Address(heap_.load(entry + COHORT_FIELD(NameEntry, name))));
        operation.discard(entry);
      }
      operation.commit(latch, 0);
    }
    for (const Address object : held) lower_object(heap_, object);
  }

 private:
  static constexpr Address kNames = header_field(COHORT_FIELD(WindowHeader, names));

  std::optional<ObjectId> find(const Latch<A>& latch, const std::string& name) const {
    for (Address entry(latch.payload()); entry; entry = Address(heap_.load(entry))) {
      if (text_of(Address(heap_.load(entry + COHORT_FIELD(NameEntry, name)))) != name) continue;
      return object_of(entry);
    }
    return std::nullopt;
  }
  ObjectId object_of(Address entry) const {
    return {Address(heap_.load(entry + COHORT_FIELD(NameEntry, object))),
            static_cast<std::uint32_t>(heap_.load(entry + COHORT_FIELD(NameEntry, generation)))};
  }
  void fill(Operation<A>& operation, Address entry, ObjectId object, Address text) const {
    heap_.store(entry + COHORT_FIELD(NameEntry, object), object.address.bits());
    heap_.store(entry + COHORT_FIELD(NameEntry, generation), object.generation);
    heap_.store(entry + COHORT_FIELD(NameEntry, name), text.bits());
    operation.raise(object);
  }
  std::string text_of(Address blob) const { return blob_text(heap_, blob); }

  const Heap<A>& heap_;
};

}  // namespace cohort
