// SPDX-License-Identifier: BSL-1.0
#pragma once

// The changes of a Sequence that are no append; its head says by which rules.

#include <algorithm>
#include <cstring>
#include <vector>

#include "cohort/containers/sequence.hpp"

namespace cohort {

/// The sequence with its latch held: any number of looks and one change.
template <class A>
class Sequence<A>::Editor {
 public:
  explicit Editor(const Sequence& sequence)
      : s_(sequence), latch_(sequence.heap_, sequence.field(kControl)) {}

  Word size() const { return latch_.payload(); }

  void read(Word first, Word count, void* slots) const {
    s_.each_piece(root(), first, count, true, [&](Address piece, std::size_t bytes, std::size_t offset) {
      s_.heap_.access().read(piece, static_cast<std::byte*>(slots) + offset, bytes);
    });
  }

  /// Adds slots and ends the edit.
  void append(Operation<A>& operation, const void* slots, Word count) {
    s_.append_latched(operation, latch_, slots, count);
  }
  /// Replaces a slot of at most a word that is no blob's, and ends the edit.
  void set_word(Word index, const void* slot) {
    if constexpr (A::kOptimisticReads)
      s_.heap_.store(s_.field(kWrites), s_.heap_.load(s_.field(kWrites)) + 1);
    s_.heap_.access().write(s_.slot_at(root(), sequence::place_of(index)), slot, s_.slot_bytes_);
    latch_.release(latch_.payload());
  }
  /// Replaces any slot and ends the edit.
  void set(Operation<A>& operation, Word index, const void* slot);
  /// Takes the last slot off and ends the edit.
  void pop(Operation<A>& operation) {
    s_.begin_move(latch_);
    operation.commit(latch_, size() - 1);
  }
  /// Everything from `first` on becomes these slots; ends the edit. The segments before stay.
  void replace_tail(Operation<A>& operation, Word first, const void* slots, Word count);

 private:
  Address root() const { return Address(s_.heap_.load(s_.field(kRoot))); }

  const Sequence& s_;
  Latch<A> latch_;
};

template <class A>
void Sequence<A>::Editor::set(Operation<A>& operation, Word index, const void* slot) {
  const Address at = s_.slot_at(root(), sequence::place_of(index));
  const auto& heap = s_.heap_;
  if (s_.slot_bytes_ == sizeof(Word)) {
    Word value;
    std::memcpy(&value, slot, sizeof value);
    operation.set(at, value);
  } else {
    const Address copy = operation.allocate(s_.slot_bytes_);
    heap.access().write(copy, slot, s_.slot_bytes_);
    operation.copy(copy, at, s_.slot_bytes_);
  }
  s_.begin_move(latch_);
  operation.commit(latch_, size());
}

template <class A>
void Sequence<A>::Editor::replace_tail(Operation<A>& operation, Word first, const void* slots, Word count) {
  const auto& heap = s_.heap_;
  const Address old_root = root();
  const Word old_capacity = heap.load(s_.field(kCapacity));
  const Word old_segments = old_capacity == 0 ? 0 : sequence::place_of(old_capacity - 1).segment + 1;
  const Word new_size = first + count;
  const Word kept = new_size == 0 ? 0 : sequence::place_of(first).segment;  // segments that stay as they are
  const Word needed = new_size == 0 ? 0 : sequence::place_of(new_size - 1).segment + 1;
  const Word head = first - std::min(first, sequence::first_of(kept));  // slots before `first` in its segment
  std::vector<std::byte> head_slots(head * s_.slot_bytes_);
  read(first - head, head, head_slots.data());
  if (needed > kept || (needed != 0 && old_segments > needed)) {
    const Address directory =
        s_.reserve(operation, std::min(kept, needed), needed - std::min(kept, needed), true);
    const auto write = [&](Word at, Word n, const std::byte* from) {
      s_.each_piece(directory, at, n, true, [&](Address piece, std::size_t bytes, std::size_t offset) {
        heap.access().write(piece, from + offset, bytes);
      });
    };
    write(first - head, head, head_slots.data());
    write(first, count, static_cast<const std::byte*>(slots));
  } else if (needed == 0) {
    operation.set(s_.field(kRoot), 0);
    operation.set(s_.field(kCapacity), 0);
    operation.set(s_.field(kEntries), 0);
    if (old_root) operation.discard(old_root);
  }
  for (Word i = kept; i < old_segments; ++i)
    operation.discard(Address(heap.load(old_root + i * sizeof(Word))));
  s_.begin_move(latch_);
  operation.commit(latch_, new_size);
}

}  // namespace cohort
