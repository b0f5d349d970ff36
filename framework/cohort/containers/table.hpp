// SPDX-License-Identifier: BSL-1.0
#pragma once

// Table: the dict without its types. Entries, found by hash, and kept in the order of their insertion.
//
// Layout      The object's own line:
//               [0] control {owner:16 | moving:1 | open:1 | size:46}   [1] hungry            (a LatchWord)
//               [2] moves    [3] root    [4] holes    [5] deleted    [6] writes    [7] calm
//             root is {upper:1 | log2 of capacity:15 | Address of a block:48}, or 0 while nothing was ever put
//             in. The block: capacity slots of a word, {16 bits of the hash | Address of the entry} (0:
//             empty, 1: deleted); then the order, 2/3 of capacity words: by position, the Address of the
//             entry, or 0 (a hole). Positions in use are those below size + holes; what lies behind them is
//             spare. An entry is a block: two positions of 32 bits, the key as Key writes it, the value.
//             Its position in this block is the upper or the lower one, as root says: where a new block gives
//             entries other positions, it uses the other half, and those who still read the old one see theirs.
// Writers     All of these under the latch in control. A value of a word also by in_place.hpp, while `open`
//             is set: by anyone who finds the key, and with the latch (table_editor.hpp), by atomics.
// Invariants  1. An insertion puts the entry into one empty slot and the position behind the last; it is
//                there once control says so: a reader who meets a position that is size + holes or more
//                has not seen it.
//             2. Before anything else changes that a reader may be looking at (an entry goes or is
//                replaced, the block is another), `moving` is set in control and then `moves` goes up. The
//                store that publishes the new control clears `moving`.
//             3. Before a value of a word is changed under the latch, `writes` goes up.
//             4. size + deleted is below the length of the order before an insertion: there is always an
//                empty slot, and a probe ends. Deleted slots are never used again, so that a key which was
//                not there still is not if nothing moved and the slot where its probe ended is empty.
//             5. Whoever takes an entry away, or reads values that have to go together, closes the table first
//                (not open, and all who were changing a word have left). Insertions, also those that
//                make a new block, leave every entry where it is, and the table open.
//             6. calm counts the values changed under the latch since the table was last closed for something:
//                from kCalmChanges on it is open. Who erases as often as he counts pays for a latch only.
// Readers     (SharedAccess) take no latch: moves, control, root, holes, slots, entry, moves again. If control
//             was not moving and moves is the same, the entries were those of that control all the time,
//             by 1 and 2: a reader that saw anything of a move has also acquired the raised moves. After
//             two failures, and always over RMA, a reader takes the latch. A look at everything
//             checks writes as well, and that no value was changed in place; both since before it loaded control. If
//             so, at most one value changed meanwhile (by one who had the latch all the time), and what was seen is
//             the table before or after that.
// Linearized  set of a word that replaces one, and increment: its store. Every other change: the store of control.
//             Either is settled before its caller reads another object.
//             A read that finds nothing, and size: the load of control. One that finds: the load of the value.
// Progress    Readers: two tries, then a latch of bounded waiting.
// A death     at any point: see Operation, and in_place.hpp. One that closed the table leaves it closed.
//             The source of compact order: CPython's dict (Hettinger, 2012).

#include <algorithm>
#include <array>
#include <optional>

#include "cohort/containers/in_place.hpp"
#include "cohort/containers/table_key.hpp"
#include "cohort/heap/insertion.hpp"
#include "cohort/heap/object.hpp"
#include "cohort/window/shared_access.hpp"

namespace cohort {

// Flags of a table's kind, beside kBlobFlag (1): values are blobs.
inline constexpr std::uint32_t kByteKeyFlag = 2;

namespace table {

inline constexpr Word kMoving = Word{1} << 47;
inline constexpr Word kOpen = Word{1} << 46;
constexpr Word size_of(Word control) { return control & (kOpen - 1); }

enum Field : std::size_t {
  kControl = 0,
  kMoves = 2,
  kRoot = 3,
  kHoles = 4,
  kDeleted = 5,
  kWrites = 6,
  kCalm = 7
};

// Closing looks at the slots of all actors, behind a barrier on all cores: so many changes make up for that.
template <class A>
inline constexpr Word kCalmChanges = 16;
template <>
inline constexpr Word kCalmChanges<SharedAccess> = 256;

// An insertion touches lines that others touch too, all over the table: each one that is taken from another core costs
// as much as all the rest. So whoever finds the latch taken leaves the lines alone for the time of many insertions.
inline constexpr Backoff::Pauses kInsertPauses = {256, 512};

inline constexpr Word kDeletedSlot = 1;
inline constexpr int kLeastLog = 3;
inline constexpr int kMostLog = 32;  // positions have 32 bits
inline constexpr std::size_t kManyEntries = 100'000;

/// The block of a table, as its root says.
class Block {
 public:
  explicit Block(Word root) : root_(root) {}
  Block(Address block, int log, bool upper)
      : root_((static_cast<Word>(upper) << 63) | (static_cast<Word>(log) << 48) | block.bits()) {}

  Word root() const { return root_; }
  explicit operator bool() const { return root_ != 0; }
  Address address() const { return Address(latch_payload(root_)); }
  Word capacity() const { return root_ == 0 ? 0 : Word{1} << (root_ >> 48 & 0x3f); }
  Word mask() const { return (Word{1} << (root_ >> 48 & 0x3f)) - 1; }
  Address slot(Word i) const { return address() + i * sizeof(Word); }
  Address order(Word position) const { return address() + (capacity() + position) * sizeof(Word); }
  bool upper() const { return root_ >> 63 != 0; }
  /// An entry's position here, out of its first word; and that word with another one.
  Word position(Word positions) const { return positions >> (upper() ? 32 : 0) & 0xffff'ffff; }
  Word with_position(Word positions, Word position) const {
    return upper() ? (positions & 0xffff'ffff) | position << 32 : positions >> 32 << 32 | position;
  }
  /// How many entries and deleted slots it has room for.
  Word room() const { return capacity() * 2 / 3; }
  static std::size_t bytes(int log) {
    const Block block(Address(), log, false);
    return (block.capacity() + block.room()) * sizeof(Word);
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

  /// Where a key's entry is; without one, `entry` is null and `slot` is where it would go, if that is
  /// known.
  struct Place {
    Address entry;
    Address slot;
    Word position = 0;
  };
  /// Where it was at a moment. An Editor need not look again, if nothing has moved since.
  struct Hint {
    bool sure = false;
    bool open = false;
    Word moves = 0;
    Place place;
  };
  /// So much can be read of every entry.
  static constexpr std::size_t kLeastEntry = 3 * sizeof(Word);
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
      hint.open = (control & table::kOpen) != 0;
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

  /// Adds a key that the hint says is not there, with a value of these words. False: it takes more than that (room,
  /// memory, another look), and nothing was changed.
  template <std::size_t words>
  [[gnu::noinline]] bool insert(const Key key, const Hint hint, const std::array<Word, words> value) const {
    if (!hint.sure || hint.place.entry || !hint.place.slot) return false;
    const Heap<A> heap = heap_;  // in registers, where no store to the window can change it
    const Address object = object_;
    const auto own = [&](table::Field f) { return heap.load(own_field(object, f)); };
    heap.expect_write(hint.place.slot);
    Insertion<A> insertion(heap);
    const Address entry = insertion.allocate(key.bytes() + words * sizeof(Word));
    if (!entry) [[unlikely]]
      return false;
    key.write(heap, entry);
    for (std::size_t i = 0; i < words; ++i) heap.store(entry + key.bytes() + i * sizeof(Word), value[i]);
    const Redo slot{hint.place.slot, table::slot_word(key.hash(), entry)};

    const Address control = own_field(object, table::kControl);
    Latch<A> latch(heap, control, acquire_latch(heap, control, table::kInsertPauses));
    const table::Block block(own(table::kRoot));
    const Word size = table::size_of(latch.payload());
    if (own(table::kMoves) != hint.moves || heap.load(hint.place.slot) != 0 ||
        size + own(table::kDeleted) >= block.room()) [[unlikely]] {
      return false;
    }
    const Word position = size + own(table::kHoles);
    heap.expect_append(block.order(position), sizeof(Word));
    heap.store(entry, block.with_position(0, position));  // nobody reads the other half before it is set
    insertion.commit(latch, latch.payload() + 1, std::array{slot, Redo{block.order(position), entry.bits()}});
    return true;
  }

  /// One consistent look at all entries in order: sink.begin(size), then sink.entry(Address, look) for each,
  /// which returns false where the entry is changing; maybe all of it again. sink.has_words(): it reads values that
  /// are words, which may change in place.
  template <class Sink>
  void read_all(Sink& sink) const;

  /// Changes a value of a word by one atomic: change(heap, at) does it and gives the next value, which is returned.
  /// Without such a key, or without a hint that still holds: nothing.
  template <class Change>
  [[gnu::always_inline]] std::optional<Word> change_word(const Hint& hint, Change change) const {
    if (!hint.sure || !hint.place.entry) [[unlikely]]
      return std::nullopt;
    if (!hint.open) return Table(*this).change_latched(hint, change);
    const InPlace<A> in(heap_, object_);
    in.enter();
    std::optional<Word> next;
    if ((heap_.load(field(table::kControl)) & table::kOpen) != 0 &&
        heap_.load(field(table::kMoves)) == hint.moves) [[likely]] {
      in.count();
      next = change(heap_, Key::end_of(heap_, hint.place.entry));
    }
    in.leave();
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
    bool coming = false;  // something that may be this key is being put in
    for (Word left = mask; left != 0; --left, i = (i + 1) & mask) {
      const Address slot = block.slot(i);
      const Word word = heap_.load(slot);
      if (word == 0) return {Address(), coming ? Address() : slot};
      if ((word ^ hash) >> 48 != 0 || word == table::kDeletedSlot) continue;
      const Address entry(latch_payload(word));
      if (!look.latched && !heap_.readable(entry, kLeastEntry)) [[unlikely]]
        return {};
      const Word position = block.position(heap_.load(entry));
      if (position >= end) {
        coming = true;
      } else if (key.matches(heap_, entry, [&look] { return look.valid(); })) {
        return {entry, slot, position};
      }
    }
    return {};  // seen only by a reader of what has become something else
  }

  template <class Change>
  [[gnu::noinline]] std::optional<Word> change_latched(Hint hint, Change change) const {
    Latch<A> latch(heap_, field(table::kControl));
    if (heap_.load(field(table::kMoves)) != hint.moves) return std::nullopt;
    return change_and_calm(Key::end_of(heap_, hint.place.entry), change, latch, latch.payload());
  }

  // Under the latch, which it releases.
  template <class Change>
  Word change_and_calm(Address at, Change change, Latch<A>& latch, Word payload) const {
    if constexpr (!A::kOptimisticReads) {
      const Word next = change(heap_, at);
      latch.release(payload);
      return next;
    }
    raise(table::kWrites);
    const Word next = change(heap_, at);
    if ((payload & table::kOpen) == 0 && raise(table::kCalm) >= table::kCalmChanges<A>)
      payload |= table::kOpen;
    latch.release(payload);
    return next;
  }
  Word raise(table::Field f) const {
    const Word next = heap_.load(field(f)) + 1;
    heap_.store(field(f), next);
    return next;
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

  Heap<A> heap_;
  Address object_;
};

template <class A, class Key>
template <class Sink>
void Table<A, Key>::read_all(Sink& sink) const {
  if constexpr (A::kOptimisticReads) {
    const InPlace<A> in(heap_, object_);
    for (int tries = 0; tries < 2; ++tries) {
      const Word moves = heap_.load(field(table::kMoves));
      const Word writes = heap_.load(field(table::kWrites));
      // Before control, or a value could be newer than an entry which that does not have yet.
      std::optional<typename InPlace<A>::Watch> watch;
      if (sink.has_words()) watch.emplace(in);
      const Word control = heap_.load(field(table::kControl));
      if (latch_owner(control) == heap_.actor()) break;  // inside its own callback: the latch refuses
      if ((control & table::kMoving) != 0) continue;
      const Look look{this, moves, false};
      sink.begin(table::size_of(control));
      if (each_entry(control, [&](Address entry) { return sink.entry(entry, look); }) && look.valid() &&
          heap_.load(field(table::kWrites)) == writes && (!watch || watch->quiet())) {
        return;
      }
    }
  }
  const Editor editor(*this);
  sink.begin(editor.size());
  editor.each([&](Address entry) { sink.entry(entry, Editor::look()); });
}

}  // namespace cohort
