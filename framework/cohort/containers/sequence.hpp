// SPDX-License-Identifier: BSL-1.0
#pragma once

// Sequence: the list without its type. Slots of a fixed size: the elements themselves where they are
// trivially copyable, else a word each, the Address of a blob.
//
// Layout      The object's own line:
//               [0] control {owner:16 | moving:1 | size:47}   [1] hungry            (a LatchWord)
//               [2] moves    [3] writes    [4] root    [5] capacity    [6] entries
//             root is a directory block of `entries` Addresses of segments, which never move. The first 8
//             segments have 8 slots each, the next 8 have 16, and so on: a segment is at most an eighth
//             of what is there, and 64 slots.
// Writers     All of these under the latch in control.
// Invariants  1. Slots below size are complete: control is stored after them.
//             2. Before anything that a reader may be looking at is moved, shrunk, or changed in more
//                than one word, `moving` is set in control and then `moves` goes up. The store that
//                publishes the new control clears `moving`.
//             3. Before one slot of a word is changed in place, `writes` goes up.
// Readers     (SharedAccess) take no latch: moves, control, root, segment, slot, moves again. If control
//             was not moving and moves is the same, no such change began between the two looks, by 2:
//             a reader that saw anything of it has also acquired the raised moves. After two failures,
//             and always over RMA, a reader takes the latch. A copy of everything checks writes as well:
//             if it is the same, at most one slot changed meanwhile, and the copy is the list before or
//             after that.
// Linearized  append, pop, splice: the store of control. set: the store of the slot. reads: the load of
//             control (size, out of range) or of the slot. The store of control is settled before the caller
//             reads another object, so that an operation is over for all by then.
// Progress    Readers: two tries, then a latch of bounded waiting.
// A death     at any point: see Operation. What lies beyond size is spare capacity, never garbage.

#include <algorithm>
#include <bit>
#include <vector>

#include "cohort/heap/blob.hpp"

namespace cohort {

namespace sequence {

inline constexpr Word kMoving = Word{1} << 47;
constexpr Word size_of(Word control) { return control & (kMoving - 1); }

inline constexpr int kFirstBits = 6;  // 64 slots in the first 8 segments
struct Place {
  Word segment;
  Word offset;  // in slots
  Word left;    // slots from there to the segment's end
};
constexpr Place place_of(Word index) {
  const Word shifted = index + (Word{1} << kFirstBits);
  const int group = 63 ^ std::countl_zero(shifted);  // its highest bit; this form is one instruction
  const int width = group - 3;
  const Word offset = shifted & ((Word{1} << width) - 1);
  // The bits above the offset are 8 to 15.
  return {static_cast<Word>(group - kFirstBits - 1) * 8 + (shifted >> width), offset,
          (Word{1} << width) - offset};
}
/// The index of a segment's first slot; with the number of segments, the capacity.
constexpr Word first_of(Word segment) {
  return ((8 + segment % 8) << (segment / 8 + kFirstBits - 3)) - (Word{1} << kFirstBits);
}
constexpr Word slots_of(Word segment) { return Word{1} << (segment / 8 + kFirstBits - 3); }

static_assert(place_of(0).segment == 0 && place_of(63).segment == 7 && place_of(64).segment == 8);
static_assert(first_of(8) == 64 && first_of(9) == 80 && place_of(first_of(100)).segment == 100);

}  // namespace sequence

template <class A>
class Sequence {
 public:
  class Editor;  ///< other changes than append: sequence_editor.hpp

  /// Where speed counts most, functions take the slots' size as a constant besides.
  Sequence(const Heap<A>& heap, Address object, std::size_t slot_bytes)
      : heap_(heap), object_(object), slot_bytes_(slot_bytes) {}

  Word size() const {
    const Word control = heap_.load(field(kControl));
    if (latch_owner(control) == heap_.actor()) [[unlikely]]
      detail::refuse_inside();
    return sequence::size_of(control);
  }

  // (The rare path works on a copy, so that this object need not lie in memory for the frequent one.)
  template <std::size_t bytes>
  [[gnu::always_inline]] void append(const void* slot) const {
    const Word size = acquire_latch(heap_, field(kControl));
    if (size == heap_.load(field(kCapacity))) [[unlikely]]
      return Sequence(*this).append_grown(size, slot);
    const auto at = sequence::place_of(size);
    const Address segment(heap_.load(Address(heap_.load(field(kRoot))) + at.segment * sizeof(Word)));
    const Address place = segment + at.offset * bytes;
    heap_.expect_append(place, bytes);
    heap_.template write_as<bytes>(place, slot);
    heap_.publish(field(kControl), size + 1);
  }

  /// All of `count` slots, or (OutOfSharedMemory) none. `operation` may hold blobs that they name.
  void append(Operation<A>& operation, const void* slots, Word count) const {
    Latch<A> latch(heap_, field(kControl));
    append_latched(operation, latch, slots, count);
  }

  /// What a visitor of read() may rely on.
  struct Look {
    const Sequence* sequence;
    Word moves;
    bool latched;  ///< the slot cannot change during the visit
    /// What was read so far was not changing.
    bool valid() const { return latched || sequence->heap_.load(sequence->field(kMoves)) == moves; }
  };

  /// `visit(slot, look)` sees the slot at `index`, maybe while it changes, and returns false to be
  /// called again; what it saw counts only if this returns. A negative index counts from the end.
  /// False: there is no such slot; `size` says how many there are.
  template <class Visit>
  bool read(std::int64_t index, Word& size, Visit visit) const;

  /// The first try of read() for a slot that is copied as it is; false: read() must do it.
  template <std::size_t bytes>
  [[gnu::always_inline]] bool peek(std::int64_t index, void* slot) const {
    const Word moves = heap_.load(field(kMoves));
    const Word control = heap_.load(field(kControl));
    const auto position = static_cast<Word>(index);  // a negative one is too large
    if ((control & sequence::kMoving) != 0 || position >= sequence::size_of(control) ||
        latch_owner(control) == heap_.actor()) [[unlikely]] {
      return false;
    }
    const auto at = sequence::place_of(position);
    const Address entry = Address(heap_.load(field(kRoot))) + at.segment * sizeof(Word);
    if (!heap_.readable(entry, sizeof(Word))) [[unlikely]]
      return false;
    const Address place = Address(heap_.load(entry)) + at.offset * bytes;
    if (!heap_.readable(Address(place.bits() / 8 * 8), bytes + 8)) [[unlikely]]
      return false;
    heap_.template read_as<bytes>(place, slot);
    return heap_.load(field(kMoves)) == moves;
  }

  /// One consistent look at all slots, piece by piece: sink.begin(size), then sink.piece(Address, bytes)
  /// in order; maybe all of it again. Returns the size.
  template <class Sink>
  Word read_all(Sink& sink) const;

 private:
  enum Field : std::size_t { kControl = 0, kMoves = 2, kWrites = 3, kRoot = 4, kCapacity = 5, kEntries = 6 };

  Address field(Field f) const { return own_field(object_, f); }

  Address slot_at(Address root, const sequence::Place& at) const {
    return Address(heap_.load(root + at.segment * sizeof(Word))) + at.offset * slot_bytes_;
  }

  // Calls work(Address, bytes, byte offset) for each piece of slots [first, first + count).
  // `trusted` false: stops and returns false at an Address that cannot be right.
  template <class Work>
  bool each_piece(Address root, Word first, Word count, bool trusted, Work work) const {
    for (Word done = 0; done < count;) {
      const auto at = sequence::place_of(first + done);
      const Word slots = std::min(at.left, count - done);
      const Address entry = root + at.segment * sizeof(Word);
      if (!trusted && !heap_.readable(entry, sizeof(Word))) return false;
      const Address piece = Address(heap_.load(entry)) + at.offset * slot_bytes_;
      if (!trusted && (piece.bits() % std::min<std::size_t>(slot_bytes_ & -slot_bytes_, 8) != 0 ||
                       !heap_.readable(Address(piece.bits() / 8 * 8), slots * slot_bytes_ + 8)))
        return false;
      work(piece, slots * slot_bytes_, done * slot_bytes_);
      done += slots;
    }
    return true;
  }

  // With the latch taken.
  [[gnu::noinline]] void append_grown(Word size, const void* slot) const {
    Latch<A> latch(heap_, field(kControl), size);
    Operation<A> operation(heap_);
    append_latched(operation, latch, slot, 1);
  }
  void append_latched(Operation<A>& operation, Latch<A>& latch, const void* slots, Word count) const;
  Address reserve(Operation<A>& operation, Word from_segment, Word segments, bool fresh_directory) const;
  void begin_move(const Latch<A>& latch) const {
    if constexpr (A::kOptimisticReads) {
      heap_.store(field(kControl), latch_owned(latch.payload() | sequence::kMoving, heap_.actor()));
      heap_.store(field(kMoves), heap_.load(field(kMoves)) + 1);
    }
  }

  Heap<A> heap_;
  Address object_;
  std::size_t slot_bytes_;
};

template <class A>
template <class Visit>
bool Sequence<A>::read(std::int64_t index, Word& size, Visit visit) const {
  const auto from_start = [index](Word of) { return static_cast<Word>(index) + (index < 0 ? of : 0); };
  if constexpr (A::kOptimisticReads) {
    for (int tries = 0; tries < 2; ++tries) {
      const Word moves = heap_.load(field(kMoves));
      const Word control = heap_.load(field(kControl));
      if (latch_owner(control) == heap_.actor()) break;  // inside its own callback: the latch refuses
      if ((control & sequence::kMoving) != 0) continue;
      size = sequence::size_of(control);
      const Word position = from_start(size);
      if (position >= size) return false;
      const auto at = sequence::place_of(position);
      const Address entry = Address(heap_.load(field(kRoot))) + at.segment * sizeof(Word);
      if (!heap_.readable(entry, sizeof(Word))) continue;
      const Address slot = Address(heap_.load(entry)) + at.offset * slot_bytes_;
      if (!heap_.readable(Address(slot.bits() / 8 * 8), slot_bytes_ + 8)) continue;
      const Look look{this, moves, false};
      if (!visit(slot, look)) continue;
      // An append moves nothing, but it moves the place of a negative index.
      if (index < 0 && sequence::size_of(heap_.load(field(kControl))) != size) continue;
      if (look.valid()) return true;
    }
  }
  Latch<A> latch(heap_, field(kControl));
  size = latch.payload();
  if (from_start(size) >= size) return false;
  visit(slot_at(Address(heap_.load(field(kRoot))), sequence::place_of(from_start(size))),
        Look{this, 0, true});
  return true;
}

template <class A>
template <class Sink>
Word Sequence<A>::read_all(Sink& sink) const {
  const auto copy = [this, &sink](Word size, bool trusted) {
    sink.begin(size);
    return each_piece(Address(heap_.load(field(kRoot))), 0, size, trusted,
                      [&sink](Address piece, std::size_t bytes, std::size_t) { sink.piece(piece, bytes); });
  };
  if constexpr (A::kOptimisticReads) {
    for (int tries = 0; tries < 2; ++tries) {
      const Word moves = heap_.load(field(kMoves));
      const Word writes = heap_.load(field(kWrites));
      const Word control = heap_.load(field(kControl));
      if (latch_owner(control) == heap_.actor()) break;  // inside its own callback: the latch refuses
      if ((control & sequence::kMoving) != 0) continue;
      const Word size = sequence::size_of(control);
      if (copy(size, false) && heap_.load(field(kMoves)) == moves && heap_.load(field(kWrites)) == writes)
        return size;
    }
  }
  Latch<A> latch(heap_, field(kControl));
  copy(latch.payload(), true);
  return latch.payload();
}

// New segments [from_segment, from_segment + segments), entered in the directory: by the commit where there
// is one and the directory has room, else in a copy of the directory that the commit makes the root.
template <class A>
Address Sequence<A>::reserve(Operation<A>& operation, Word from_segment, Word segments,
                             bool fresh_directory) const {
  const Address root(heap_.load(field(kRoot)));
  const Word entries = heap_.load(field(kEntries));
  const Word needed = from_segment + segments;
  operation.set(field(kCapacity), sequence::first_of(needed));
  if (segments <= 1 && needed <= entries && !fresh_directory) {
    const Address segment = operation.allocate(sequence::slots_of(from_segment) * slot_bytes_);
    operation.set(root + from_segment * sizeof(Word), segment.bits());
    return segment;
  }
  const Word room = std::max<Word>(8, std::bit_ceil(needed));
  const Address directory = operation.allocate(room * sizeof(Word));
  for (Word i = 0; i < from_segment; ++i) {
    heap_.store(directory + i * sizeof(Word), heap_.load(root + i * sizeof(Word)));
  }
  for (Word i = from_segment; i < needed; ++i) {
    heap_.store(directory + i * sizeof(Word), operation.allocate(sequence::slots_of(i) * slot_bytes_).bits());
  }
  if (root) operation.discard(root);
  operation.set(field(kRoot), directory.bits());
  operation.set(field(kEntries), room);
  return directory;
}

template <class A>
void Sequence<A>::append_latched(Operation<A>& operation, Latch<A>& latch, const void* slots,
                                 Word count) const {
  const Word size = latch.payload();
  const Word capacity = heap_.load(field(kCapacity));
  const auto* from = static_cast<const std::byte*>(slots);
  const auto write = [this, from](Address piece, std::size_t bytes, std::size_t offset) {
    heap_.access().write(piece, from + offset, bytes);
  };
  const Address root(heap_.load(field(kRoot)));
  if (size + count <= capacity) {
    each_piece(root, size, count, true, write);
    operation.commit(latch, size + count);
    return;
  }
  const Word from_segment = capacity == 0 ? 0 : sequence::place_of(capacity - 1).segment + 1;
  const Word segments = sequence::place_of(size + count - 1).segment + 1 - from_segment;
  const Address made = reserve(operation, from_segment, segments, false);
  const bool new_root = segments > 1 || from_segment + segments > heap_.load(field(kEntries));
  const Word old_part = std::min(count, capacity - size);
  each_piece(root, size, old_part, true, write);
  if (new_root) {
    each_piece(made, size + old_part, count - old_part, true,
               [&](Address piece, std::size_t bytes, std::size_t offset) {
                 write(piece, bytes, old_part * slot_bytes_ + offset);
               });
    begin_move(latch);  // readers may be in the old directory, which is about to be freed
  } else {
    heap_.access().write(made, from + old_part * slot_bytes_, (count - old_part) * slot_bytes_);
  }
  operation.commit(latch, size + count);
}

/// Discards all that a list owns. Nobody else can reach it any more.
template <class A>
void destroy_sequence(Operation<A>& operation, const Heap<A>& heap, Address object,
                      std::vector<Address>& held) {
  const Word kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
  const Address root(heap.load(own_field(object, 4)));
  const Word capacity = heap.load(own_field(object, 5));
  if (flags_of(kind) & kBlobFlag) {
    const Word size = sequence::size_of(heap.load(own_field(object, 0)));
    for (Word i = 0; i < size; ++i) {
      const auto at = sequence::place_of(i);
      const Address blob(
          heap.load(Address(heap.load(root + at.segment * sizeof(Word))) + at.offset * sizeof(Word)));
      collect_handles(heap, blob, held);
      operation.discard(blob);
    }
  }
  const Word segments = capacity == 0 ? 0 : sequence::place_of(capacity - 1).segment + 1;
  for (Word i = 0; i < segments; ++i) operation.discard(Address(heap.load(root + i * sizeof(Word))));
  if (root) operation.discard(root);
}

}  // namespace cohort
