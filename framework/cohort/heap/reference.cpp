// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/reference.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cohort/heap/current.hpp"

namespace cohort {
namespace {

// A process's objects, and the free words of its ledger. Deliberately never destroyed: handles in static
// storage may be dropped later than anything here would be.
struct Table {
  std::mutex mutex;
  std::unordered_map<Word, std::unique_ptr<LocalObject>> objects;  // by address
  std::vector<Address> free_entries;
};
Table& table() {
  static auto* the_table = new Table;
  return *the_table;
}

constexpr Word ledger_entry(ObjectId id) {
  return (static_cast<Word>(id.generation & 0xffff) << 48) | id.address.bits();
}

// A new block at the head of the process's ledger; all of its words become free entries.
template <class A>
void grow_ledger(const Heap<A>& heap, std::vector<Address>& free_entries) {
  const Address ledger = member_field(current_window.member, COHORT_FIELD(MemberSlot, ledger));
  Operation<A> operation(heap);
  const Address block = operation.allocate(sizeof(LedgerBlock));
  heap.store(block, heap.load(ledger));
  for (std::uint32_t i = 0; i < kLedgerEntries; ++i) {
    const Address entry = block + COHORT_FIELD(LedgerBlock, entries) + i * sizeof(Word);
    heap.store(entry, 0);
    free_entries.push_back(entry);
  }
  operation.keep();  // a death right here loses the block; the other order would free one that is in use
  heap.store(ledger, block.bits());
}

// `raises`: the count is to be raised yet.
Address write_entry(ObjectId id, bool raises = false) {
  auto& free_entries = table().free_entries;
  return with_heap([&](const auto& heap) {
    if (free_entries.empty()) grow_ledger(heap, free_entries);
    const Address entry = free_entries.back();
    if (raises) heap.store(heap.own(COHORT_FIELD(ActorSlot, counting)), entry.bits());
    heap.store(entry, ledger_entry(id));
    free_entries.pop_back();
    return entry;
  });
}

void erase_entry(Address entry) {
  table().free_entries.push_back(entry);
  with_heap([entry](const auto& heap) { heap.store(entry, 0); });
}

Word kind_in_header(Address object) {
  return with_heap([object](const auto& heap) {
    return heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
  });
}

// A place for a header, in memory that is there.
bool may_be_object(Address at) {
  return with_heap([at](const auto& heap) {
    const Word place = at.bits() - heap.load(header_field(COHORT_FIELD(WindowHeader, first_page)));
    return place % kObjectBytes == kObjectBytes / 2 &&
           place / kPageBytes < heap.load(header_field(COHORT_FIELD(WindowHeader, committed)));
  });
}

LocalObject* enter(ObjectId id, Address entry) {
  auto object = std::make_unique<LocalObject>();
  object->handles.store(1, std::memory_order_relaxed);
  object->id = id;
  object->entry = entry;
  LocalObject* local = object.get();
  table().objects.insert_or_assign(id.address.bits(), std::move(object));
  return local;
}

}  // namespace

Reference Reference::of_new(ObjectId id) {
  try {
    const std::lock_guard lock(table().mutex);
    return Reference(enter(id, write_entry(id)));
  } catch (...) {
    with_heap([id](const auto& heap) { lower_object(heap, id.address); });
    throw;
  }
}

// `allows(object)`: null for one that this process does not hold yet.
template <class Allows>
Reference Reference::adopt_where(ObjectId id, Allows allows) {
  const std::lock_guard lock(table().mutex);
  if (const auto found = table().objects.find(id.address.bits()); found != table().objects.end()) {
    LocalObject* object = found->second.get();
    if (object->id != id || !allows(object)) return Reference();
    object->handles.fetch_add(1, std::memory_order_relaxed);
    return Reference(object);
  }
  if (!allows(nullptr)) return Reference();
  const Address entry = write_entry(id, true);
  const bool raised = with_heap([id](const auto& heap) { return raise_object(heap, id); });
  if (!raised) erase_entry(entry);
  with_heap([](const auto& heap) { heap.store(heap.own(COHORT_FIELD(ActorSlot, counting)), 0); });
  return raised ? Reference(enter(id, entry)) : Reference();
}

Reference Reference::adopt(ObjectId id) {
  return adopt_where(id, [](const LocalObject*) { return true; });
}

Reference Reference::adopt_named(ObjectId id, Word kind) {
  return adopt_where(id, [id, kind](LocalObject* object) {
    if (object == nullptr)
      return may_be_object(id.address) && (kind == 0 || kind_in_header(id.address) == kind);
    if (object->kind == 0) object->kind = kind_in_header(id.address);
    return kind == 0 || object->kind == kind;
  });
}

void Reference::drop(LocalObject* object) noexcept {
  std::unique_lock lock(table().mutex);
  if (!current_window.open()) return;                                        // forgotten with its session
  if (object->handles.fetch_sub(1, std::memory_order_acq_rel) != 1) return;  // adopted again meanwhile
  const Address address = object->id.address;
  const Address entry = object->entry;
  table().objects.erase(address.bits());
  with_heap([&](const auto& heap) {
    const Address counting = heap.own(COHORT_FIELD(ActorSlot, counting));
    heap.store(counting, entry.bits());
    const bool last = lower_count(heap, address);
    erase_entry(entry);
    heap.store(counting, 0);
    lock.unlock();
    if (last) destroy_object(heap, address);
    heap.store(heap.own(COHORT_FIELD(ActorSlot, dropping)), 0);
  });
}

std::size_t forget_references() noexcept {
  const std::lock_guard lock(table().mutex);
  const std::size_t count = table().objects.size();
  for (auto& [address, object] : table().objects)
    static_cast<void>(object.release());  // handles still point there
  table().objects.clear();
  table().free_entries.clear();
  return count;
}

}  // namespace cohort
