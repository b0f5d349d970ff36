// SPDX-License-Identifier: BSL-1.0
#pragma once

// Table: the dict without its types. Entries, found by hash, and kept in the order of their insertion.
//
// Layout      The object's own line:
//               [0] control {owner:16 | moving:1 | size:47}   [1] hungry            (a LatchWord)
//               [2] moves    [3] root    [4] holes    [5] deleted    [6] writes
//             root is {log2 of capacity:16 | Address of a block:48}, or 0 while nothing was ever put in.
//             The block: capacity slots of two words, {16 bits of the hash | Address of the entry} (0:
//             empty, 1: deleted) and the entry's position; then the order, 2/3 of capacity words: by
//             position, the Address of the entry, or 0 (a hole). Positions in use are those below
//             size + holes; what lies behind them is spare. An entry is a block: the key as Key writes it,
//             then the value.
// Writers     All of these under the latch in control.
// Invariants  1. An insertion puts the entry into one empty slot and the position behind the last; it is
//                there once control says so: a reader who meets a position that is size + holes or more
//                has not seen it.
//             2. Before anything else changes that a reader may be looking at (an entry goes or is
//                replaced, the block is another), `moving` is set in control and then `moves` goes up. The
//                store that publishes the new control clears `moving`.
//             3. Before a value of a word is changed in place, `writes` goes up.
//             4. size + deleted is below the length of the order before an insertion: there is always an
//                empty slot, and a probe ends. Deleted slots are never used again.
// Readers     (SharedAccess) take no latch: moves, control, root, holes, slots, entry, moves again. If control
//             was not moving and moves is the same, the entries were those of that control all the time,
//             by 1 and 2: a reader that saw anything of a move has also acquired the raised moves. After
//             two failures, and always over RMA, a reader takes the latch. A look at everything checks
//             writes as well: if it is the same, at most one value changed meanwhile, and what was seen
//             is the table before or after that.
// Linearized  set of a word that replaces one: its store. Every other change: the store of control, which is
//             settled before its caller reads another object.
//             A read that finds nothing, and size: the load of control. One that finds: the load of the value.
// Progress    Readers: two tries, then a latch of bounded waiting.
// A death     at any point: see Operation. The source of compact order: CPython's dict (Hettinger, 2012).

#include <bit>
#include <optional>
#include <vector>

#include "cohort/containers/table_key.hpp"
#include "cohort/heap/blob.hpp"

namespace cohort {

// Flags of a table's kind, beside kBlobFlag (1): values are blobs.
inline constexpr std::uint32_t kByteKeyFlag = 2;

namespace table {

inline constexpr Word kMoving = Word{1} << 47;
constexpr Word size_of(Word control) { return control & (kMoving - 1); }

enum Field : std::size_t { kControl = 0, kMoves = 2, kRoot = 3, kHoles = 4, kDeleted = 5, kWrites = 6 };

inline constexpr Word kDeletedSlot = 1;
inline constexpr std::size_t kSlotBytes = 2 * sizeof(Word);
inline constexpr int kLeastLog = 3;

/// The block of a table, as its root says.
class Block {
 public:
  explicit Block(Word root) : root_(root) {}
  Block(Address block, int log) : root_((static_cast<Word>(log) << 48) | block.bits()) {}

  Word root() const { return root_; }
  explicit operator bool() const { return root_ != 0; }
  Address address() const { return Address(latch_payload(root_)); }
  Word capacity() const { return root_ == 0 ? 0 : Word{1} << (root_ >> 48); }
  Word mask() const { return (Word{1} << (root_ >> 48)) - 1; }
  Address slot(Word i) const { return address() + i * kSlotBytes; }
  Address order(Word position) const { return address() + capacity() * kSlotBytes + position * sizeof(Word); }
  /// How many entries and deleted slots it has room for.
  Word room() const { return capacity() * 2 / 3; }
  static std::size_t bytes(int log) {
    const Block block(Address(), log);
    return (Word{1} << log) * kSlotBytes + block.room() * sizeof(Word);
  }

 private:
  Word root_;
};

constexpr Word slot_word(Word hash, Address entry) { return (hash & ~kPayloadMask) | entry.bits(); }

}  // namespace table

template <class A, class Key>
class Table {
 public:
  class Editor;

  Table(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  Word size() const {
    const Word control = heap_.load(field(table::kControl));
    if (latch_owner(control) == heap_.actor()) [[unlikely]]
      detail::refuse_inside();
    return table::size_of(control);
  }

  /// Where a key's entry is; without one, `entry` is null and `slot` is where it would go.
  struct Place {
    Address entry;
    Address slot;
    Word position = 0;
  };
  /// Where it was at a moment. An Editor need not look again, if nothing has moved since.
  struct Hint {
    bool sure = false;
    Word moves = 0;
    Word size = 0;
    Place place;
  };
  enum class Sight { present, absent, unsure };

  /// What a visitor may rely on.
  struct Look {
    const Table* table;
    Word moves;
    bool latched;  ///< the entry cannot change during the visit
    /// What was read so far was not changing.
    bool valid() const { return latched || table->heap_.load(table->field(table::kMoves)) == moves; }
  };

  /// One try without the latch. `visit(value, look)` sees where the value is, maybe while it changes, and
  /// returns false where that shows; what it saw counts only if this returns `present`.
  template <class Visit>
  [[gnu::always_inline]] Sight peek(const Key& key, Visit visit) const {
    const Word moves = heap_.load(field(table::kMoves));
    const Word control = heap_.load(field(table::kControl));
    if ((control & table::kMoving) != 0 || latch_owner(control) == heap_.actor()) [[unlikely]]
      return Sight::unsure;
    const Look look{this, moves, false};
    const Place place = probe(key, control, look);
    if (place.entry && !visit(place.entry + key.bytes(), look)) [[unlikely]]
      return Sight::unsure;
    if (!look.valid()) [[unlikely]]
      return Sight::unsure;
    return place.entry ? Sight::present : Sight::absent;
  }

  /// The same for an Editor that comes next.
  [[gnu::always_inline]] Hint look_up(const Key& key) const {
    Hint hint;
    if constexpr (A::kOptimisticReads) {
      hint.moves = heap_.load(field(table::kMoves));
      const Word control = heap_.load(field(table::kControl));
      hint.size = table::size_of(control);
      if ((control & table::kMoving) == 0 && latch_owner(control) != heap_.actor()) [[likely]] {
        const Look look{this, hint.moves, false};
        hint.place = probe(key, control, look);
        hint.sure = look.valid();
      }
    }
    return hint;
  }

  /// `visit(value, look)` for the key's value, as peek() has it. False: there is no such key.
  template <class Visit>
  bool read(const Key& key, Visit visit) const {
    if constexpr (A::kOptimisticReads) {
      for (int tries = 0; tries < 2; ++tries) {
        const Sight sight = peek(key, visit);
        if (sight != Sight::unsure) return sight == Sight::present;
      }
    }
    Latch<A> latch(heap_, field(table::kControl));
    const Look look{this, 0, true};
    const Place place = probe(key, latch.payload(), look);
    if (place.entry) visit(place.entry + key.bytes(), look);
    return static_cast<bool>(place.entry);
  }

  /// One consistent look at all entries in order: sink.begin(size), then sink.entry(Address, look) for each,
  /// which returns false where the entry is changing; maybe all of it again.
  template <class Sink>
  void read_all(Sink& sink) const {
    if constexpr (A::kOptimisticReads) {
      for (int tries = 0; tries < 2; ++tries) {
        const Word moves = heap_.load(field(table::kMoves));
        const Word writes = heap_.load(field(table::kWrites));
        const Word control = heap_.load(field(table::kControl));
        if (latch_owner(control) == heap_.actor()) break;  // inside its own callback: the latch refuses
        if ((control & table::kMoving) != 0) continue;
        const Look look{this, moves, false};
        sink.begin(table::size_of(control));
        if (each_entry(control, [&](Address entry) { return sink.entry(entry, look); }) && look.valid() &&
            heap_.load(field(table::kWrites)) == writes) {
          return;
        }
      }
    }
    Latch<A> latch(heap_, field(table::kControl));
    sink.begin(latch.payload());
    each_entry(latch.payload(), [&](Address entry) { return sink.entry(entry, Look{this, 0, true}); });
  }

  /// Changes a value of a word in place, under the latch: change(Word) gives the next one, which is returned.
  /// Without such a key, or without a hint that still holds: nothing.
  template <class Change>
  [[gnu::always_inline]] std::optional<Word> change_word(const Hint& hint, Change change) const {
    if (!hint.sure || !hint.place.entry) [[unlikely]]
      return std::nullopt;
    const Address control = field(table::kControl);
    const Word size = acquire_latch(heap_, control);
    if (heap_.load(field(table::kMoves)) != hint.moves) [[unlikely]] {
      heap_.store(control, size);
      return std::nullopt;
    }
    const Address at = Key::end_of(heap_, hint.place.entry);
    const Word next = change(heap_.load(at));
    heap_.store(field(table::kWrites), heap_.load(field(table::kWrites)) + 1);
    heap_.store(at, next);
    heap_.publish(control, size);
    return next;
  }

 private:
  Address field(table::Field f) const { return own_field(object_, f); }
  Word used(Word control) const { return table::size_of(control) + heap_.load(field(table::kHoles)); }

  [[gnu::always_inline]] Place probe(const Key& key, Word control, const Look& look) const {
    const Word hash = key.hash();
    const table::Block block(heap_.load(field(table::kRoot)));
    if (!block) [[unlikely]]
      return {};
    const Word end = used(control);
    const Word mask = block.mask();
    Word i = hash & mask;
    for (Word left = mask; left != 0; --left, i = (i + 1) & mask) {
      const Address slot = block.slot(i);
      const Word word = heap_.load(slot);
      if (word == 0) return {Address(), slot};
      if ((word ^ hash) >> 48 != 0 || word == table::kDeletedSlot) continue;
      const Address entry(latch_payload(word));
      if (!look.latched && !heap_.readable(entry, kLeastEntry)) [[unlikely]]
        return {};
      const Word position = heap_.load(slot + sizeof(Word));
      if (position < end && key.matches(heap_, entry, [&look] { return look.valid(); }))
        return {entry, slot, position};
    }
    return {};  // seen only by a reader of what has become something else
  }

  // False: visit did not like one.
  template <class Visit>
  bool each_entry(Word control, Visit visit) const {
    const table::Block block(heap_.load(field(table::kRoot)));
    const Word end = block ? std::min(used(control), block.room()) : 0;
    std::array<Word, 256> piece;
    for (Word first = 0; first < end; first += piece.size()) {
      const Word count = std::min<Word>(piece.size(), end - first);
      heap_.access().read(block.order(first), piece.data(), count * sizeof(Word));
      for (Word i = 0; i < count; ++i) {
        if (piece[i] != 0 && !visit(Address(piece[i]))) return false;
      }
    }
    return true;
  }

  static constexpr std::size_t kLeastEntry = 2 * sizeof(Word);

  Heap<A> heap_;
  Address object_;
};

/// The table with its latch held: any number of looks and one change.
template <class A, class Key>
class Table<A, Key>::Editor {
 public:
  explicit Editor(const Table& table) : t_(table), latch_(table.heap_, table.field(table::kControl)) {}

  Word size() const { return latch_.payload(); }
  static constexpr Look look() { return {nullptr, 0, true}; }

  Place find(const Key& key) const { return t_.probe(key, latch_.payload(), look()); }
  Place find(const Key& key, const Hint& hint) const {
    const bool same = hint.sure && t_.heap_.load(t_.field(table::kMoves)) == hint.moves &&
                      (hint.place.entry || (hint.place.slot && hint.size == size()));
    return same ? hint.place : find(key);
  }
  /// The entry that came last; there is one.
  Place last() const {
    const table::Block block = this->block();
    Word position = t_.used(size()) - 1;
    while (t_.heap_.load(block.order(position)) == 0) --position;
    const Address entry(t_.heap_.load(block.order(position)));
    const Word hash = Key::hash_of(t_.heap_, entry);
    Word i = hash & block.mask();
    while (t_.heap_.load(block.slot(i)) != table::slot_word(hash, entry)) i = (i + 1) & block.mask();
    return {entry, block.slot(i), position};
  }
  template <class Visit>
  void each(Visit visit) const {
    t_.each_entry(size(), [&visit](Address entry) {
      visit(entry);
      return true;
    });
  }
  /// By position, the entries and holes.
  std::vector<Word> order() const {
    std::vector<Word> all(block() ? t_.used(size()) : 0);
    if (!all.empty()) t_.heap_.access().read(block().order(0), all.data(), all.size() * sizeof(Word));
    return all;
  }

  Address value_of(const Place& place) const { return Key::end_of(t_.heap_, place.entry); }

  /// Replaces a value of a word in place, and ends the edit.
  void set_word(const Place& place, Word value) {
    if constexpr (A::kOptimisticReads)
      t_.heap_.store(t_.field(table::kWrites), t_.heap_.load(t_.field(table::kWrites)) + 1);
    t_.heap_.store(value_of(place), value);
    latch_.release(latch_.payload());
  }

  /// Adds an entry of `operation`, whose key is not there (`place` says so), and ends the edit.
  void insert(Operation<A>& operation, const Key& key, const Place& place, Address entry) {
    const table::Block block = this->block();
    if (size() + t_.heap_.load(t_.field(table::kDeleted)) >= block.room()) {
      std::vector<Word> all = order();
      all.push_back(entry.bits());
      return rebuild(operation, std::move(all));
    }
    const Word position = t_.used(size());
    operation.set(place.slot + sizeof(Word), position);
    operation.set(place.slot, table::slot_word(key.hash(), entry));
    operation.set(block.order(position), entry.bits());
    operation.commit(latch_, size() + 1);
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
      operation.discard(place.entry);
    }
    begin_move();
    operation.commit(latch_, size());
  }

  /// Takes an entry out and ends the edit. `last`: none comes behind it.
  void erase(Operation<A>& operation, const Place& place, bool last = false) {
    const table::Block block = this->block();
    const Word used = t_.used(size());
    // Behind the last one there is nothing to keep, holes neither: the next one may have its position.
    const Word left = last || place.position + 1 == used ? place.position : used;
    operation.set(place.slot, table::kDeletedSlot);
    operation.set(block.order(place.position), 0);
    operation.set(t_.field(table::kHoles), left - (size() - 1));
    operation.set(t_.field(table::kDeleted), t_.heap_.load(t_.field(table::kDeleted)) + 1);
    operation.discard(place.entry);
    begin_move();
    operation.commit(latch_, size() - 1);
  }

  /// The entries become these, in this order, without the holes among them; ends the edit. Of those that
  /// were there, the caller discards what it leaves out.
  void rebuild(Operation<A>& operation, std::vector<Word> entries);

 private:
  table::Block block() const { return table::Block(t_.heap_.load(t_.field(table::kRoot))); }
  void begin_move() const {
    if constexpr (A::kOptimisticReads) {
      const auto& heap = t_.heap_;
      heap.store(t_.field(table::kControl), latch_owned(latch_.payload() | table::kMoving, heap.actor()));
      heap.store(t_.field(table::kMoves), heap.load(t_.field(table::kMoves)) + 1);
    }
  }

  const Table& t_;
  Latch<A> latch_;
};

template <class A, class Key>
void Table<A, Key>::Editor::rebuild(Operation<A>& operation, std::vector<Word> entries) {
  const auto& heap = t_.heap_;
  std::erase(entries, 0);
  table::Block made(0);
  if (!entries.empty()) {
    // At most half full, so that it is not rebuilt before it has as much again.
    const int log = std::max(table::kLeastLog, static_cast<int>(std::bit_width(entries.size() * 2 - 1)));
    made = table::Block(operation.allocate(table::Block::bytes(log)), log);
    static constexpr std::array<std::byte, 4096> kZeros = {};
    const std::size_t bytes = made.capacity() * table::kSlotBytes;
    for (std::size_t done = 0; done < bytes; done += kZeros.size())
      heap.access().write(made.address() + done, kZeros.data(), std::min(kZeros.size(), bytes - done));
    for (Word position = 0; position < entries.size(); ++position) {
      const Word hash = Key::hash_of(heap, Address(entries[position]));
      Word i = hash & made.mask();
      while (heap.load(made.slot(i)) != 0) i = (i + 1) & made.mask();
      heap.store(made.slot(i) + sizeof(Word), position);
      heap.store(made.slot(i), table::slot_word(hash, Address(entries[position])));
    }
    heap.access().write(made.order(0), entries.data(), entries.size() * sizeof(Word));
  }
  if (const table::Block old = block()) operation.discard(old.address());
  operation.set(t_.field(table::kRoot), made.root());
  operation.set(t_.field(table::kHoles), 0);
  operation.set(t_.field(table::kDeleted), 0);
  begin_move();
  operation.commit(latch_, entries.size());
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
