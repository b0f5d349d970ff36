// SPDX-License-Identifier: BSL-1.0
#pragma once

// The writers of a Table; its head says by which rules.

#include <vector>

#include "cohort/containers/table.hpp"
#include "cohort/heap/blob.hpp"

namespace cohort {

/// Values of words may go on changing beside an edit, which then neither takes entries away nor relies on two
/// looks at values.
struct Beside {};

/// The table with its latch held: any number of looks and one change. It is closed; if nothing changes, it is
/// afterwards as open as it was.
template <class A, class Key>
class Table<A, Key>::Editor {
 public:
  Editor(const Table& table, Beside)
      : t_(table), latch_(table.heap_, table.field(table::kControl)), payload_(latch_.payload()) {}
  explicit Editor(const Table& table) : Editor(table, Beside{}) { close(); }

  Word size() const { return table::size_of(payload_); }
  static constexpr Look look() { return {nullptr, 0, true}; }

  Place find(const Key& key) const { return t_.probe(key, payload_, look()); }
  Place find(const Key& key, const Hint& hint) const {
    const bool same = hint.sure && t_.heap_.load(t_.field(table::kMoves)) == hint.moves &&
                      (hint.place.entry || (hint.place.slot && t_.heap_.load(hint.place.slot) == 0));
    return same ? hint.place : find(key);
  }
  /// The entry that came last; there is one.
  Place last() const {
    const table::Block block = this->block();
    Word position = used() - 1;
    while (t_.heap_.load(block.order(position)) == 0) --position;
    const Address entry(t_.heap_.load(block.order(position)));
    const Word hash = Key::hash_of(t_.heap_, entry);
    Word i = hash & block.mask();
    while (t_.heap_.load(block.slot(i)) != table::slot_word(hash, entry)) i = (i + 1) & block.mask();
    return {entry, block.slot(i), position};
  }
  template <class Visit>
  void each(Visit visit) const {
    t_.each_entry(payload_, [&visit](Address entry) {
      visit(entry);
      return true;
    });
  }
  /// By position, the entries and holes.
  std::vector<Word> order() const {
    std::vector<Word> all(block() ? used() : 0);
    if (!all.empty()) t_.heap_.access().read(block().order(0), all.data(), all.size() * sizeof(Word));
    return all;
  }

  Address value_of(const Place& place) const { return Key::end_of(t_.heap_, place.entry); }

  /// Changes a value of a word as Table::change_word() does, and ends the edit.
  template <class Change>
  Word change_word(const Place& place, Change change) {
    return t_.change_and_calm(value_of(place), change, latch_, payload_);
  }

  /// Adds an entry of `operation`, whose key is not there (`place` says so), and ends the edit.
  void insert(Operation<A>& operation, const Key& key, const Place& place, Address entry) {
    const table::Block block = this->block();
    if (size() + t_.heap_.load(t_.field(table::kDeleted)) >= block.room()) {
      std::vector<Word> all = order();
      all.push_back(entry.bits());
      return rebuild(operation, std::move(all));
    }
    const Word position = used();
    put_position(block, entry, position);
    operation.set(place.slot, table::slot_word(key.hash(), entry));
    operation.set(block.order(position), entry.bits());
    operation.commit(latch_, payload_ + 1);
  }

  struct Replacement {
    Place place;
    Address entry;
  };
  /// Puts entries of `operation` in the place of others with the same keys, and ends the edit.
  void replace(Operation<A>& operation, std::span<const Replacement> all) {
    const table::Block block = this->block();
    for (const auto& [place, entry] : all) {
      const Word tag = t_.heap_.load(place.slot) & ~kPayloadMask;
      operation.set(place.slot, tag | entry.bits());
      operation.set(block.order(place.position), entry.bits());
      put_position(block, entry, place.position);
      operation.discard(place.entry);
    }
    begin_move();
    operation.commit(latch_, payload_);
  }

  /// Takes an entry out and ends the edit. `last`: none comes behind it.
  void erase(Operation<A>& operation, const Place& place, bool last = false) {
    const table::Block block = this->block();
    const Word used = this->used();
    // Behind the last one there is nothing to keep, holes neither: the next one may have its position.
    const Word left = last || place.position + 1 == used ? place.position : used;
    operation.set(place.slot, table::kDeletedSlot);
    operation.set(block.order(place.position), 0);
    operation.set(t_.field(table::kHoles), left - (size() - 1));
    operation.set(t_.field(table::kDeleted), t_.heap_.load(t_.field(table::kDeleted)) + 1);
    operation.discard(place.entry);
    begin_move();
    operation.commit(latch_, payload_ - 1);
  }

  /// The entries become these, in this order, without the holes among them; ends the edit. Of those that
  /// were there, the caller discards what it leaves out.
  void rebuild(Operation<A>& operation, std::vector<Word> entries);

 private:
  table::Block block() const { return table::Block(t_.heap_.load(t_.field(table::kRoot))); }
  // At most half full, so that it is not rebuilt before it has as much again; and while that costs little, at most
  // a quarter, so that what is moved on the way to a large table is a third of it and not all of it.
  static int log_for(std::size_t entries) {
    const std::size_t room = entries < table::kManyEntries ? 4 : 2;
    const int log = static_cast<int>(std::bit_width(entries * room - 1));
    if (log > table::kMostLog) throw OutOfSharedMemory("a dict has no room for more than 2^31 keys");
    return std::max(table::kLeastLog, log);
  }
  // Where nobody reads it, as the entry or the half is not in use.
  void put_position(const table::Block& block, Address entry, Word position) const {
    const Word positions = t_.heap_.load(entry);
    if (block.position(positions) != position)
      t_.heap_.store(entry, block.with_position(positions, position));
  }
  Word used() const { return t_.used(payload_); }
  void close() {
    if constexpr (A::kOptimisticReads) {
      const auto& heap = t_.heap_;
      heap.store(t_.field(table::kCalm), 0);
      if ((payload_ & table::kOpen) == 0) return;
      payload_ = size();
      heap.publish(latch_.address(), latch_owned(payload_, heap.actor()));
      InPlace<A>(heap, t_.object_).wait_until_left();
    }
  }
  void begin_move() const {
    if constexpr (A::kOptimisticReads) {
      const auto& heap = t_.heap_;
      heap.store(t_.field(table::kControl), latch_owned(payload_ | table::kMoving, heap.actor()));
      heap.store(t_.field(table::kMoves), heap.load(t_.field(table::kMoves)) + 1);
    }
  }

  const Table& t_;
  Latch<A> latch_;
  Word payload_;  // for the release: what the latch had, but not open where this closed it
};

template <class A, class Key>
void Table<A, Key>::Editor::rebuild(Operation<A>& operation, std::vector<Word> entries) {
  const auto& heap = t_.heap_;
  const table::Block old = block();
  const bool moved = std::erase(entries, 0) != 0;
  table::Block made(0);
  if (!entries.empty()) {
    const int log = log_for(entries.size());
    made = table::Block(operation.allocate(table::Block::bytes(log)), log, old.upper() != moved);
    static constexpr std::array<std::byte, 4096> kZeros = {};
    const std::size_t bytes = made.capacity() * sizeof(Word);
    for (std::size_t done = 0; done < bytes; done += kZeros.size())
      heap.access().write(made.slot(0) + done, kZeros.data(), std::min(kZeros.size(), bytes - done));
    for (Word position = 0; position < entries.size(); ++position) {
      const Address entry(entries[position]);
      put_position(made, entry, position);
      const Word hash = Key::hash_of(heap, entry);
      Word i = hash & made.mask();
      while (heap.load(made.slot(i)) != 0) i = (i + 1) & made.mask();
      heap.store(made.slot(i), table::slot_word(hash, entry));
    }
    heap.access().write(made.order(0), entries.data(), entries.size() * sizeof(Word));
  }
  if (old) operation.discard(old.address());
  operation.set(t_.field(table::kRoot), made.root());
  operation.set(t_.field(table::kHoles), 0);
  operation.set(t_.field(table::kDeleted), 0);
  begin_move();
  operation.commit(latch_, payload_ - size() + entries.size());
}

/// Discards all that a table owns. Nobody else can reach it any more.
template <class A>
void destroy_table(Operation<A>& operation, const Heap<A>& heap, Address object, std::vector<Address>& held) {
  const auto own = [&](table::Field field) { return heap.load(own_field(object, field)); };
  const std::uint32_t flags = flags_of(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind))));
  const table::Block block(own(table::kRoot));
  if (!block) return;
  const Word used = table::size_of(own(table::kControl)) + own(table::kHoles);
  for (Word position = 0; position < used; ++position) {
    const Address entry(heap.load(block.order(position)));
    if (!entry) continue;
    if (flags & kBlobFlag) {
      const bool bytes = (flags & kByteKeyFlag) != 0;
      collect_handles(heap, bytes ? ByteKey::end_of(heap, entry) : WordKey::end_of(heap, entry), held);
    }
    operation.discard(entry);
  }
  operation.discard(block.address());
}

}  // namespace cohort
