// SPDX-License-Identifier: BSL-1.0
#pragma once

// The array: elements of a fixed number, one after the other.
//
// Layout      The object's own line:
//               [0] control {owner:16 | moving:1 | count:47}   [1] hungry            (a LatchWord)
//               [2] moves    [3] writes    [4] data    [5] block
//             data is the first element, at a multiple of 64 bytes within the block. It never moves.
// Writers     Elements, moves, writes: under the latch in control.
// Invariants  1. Before more than one word is changed, `moving` is set in control and then `moves` goes up;
//                the store that frees the latch clears `moving`.
//             2. Before one word is changed in place, `writes` goes up.
// Readers     (SharedAccess) take no latch: moves, control, the elements, moves again; many elements check
//             writes as well, so that what they saw is one moment's. After two failures, and always over
//             RMA, a reader takes the latch. A span from local() is outside of all this.
// Linearized  A write of one word: its store. A longer one: the store of control. Reads: the last load of
//             control or of the element before the checks.
// Progress    Readers: two tries, then a latch of bounded waiting.
// A death     A longer write is in a block of its own and in the actor's record before the first byte
//             changes, so that the reaper completes it; before that it is not done. See Operation.

#include <span>
#include <stdexcept>
#include <vector>

#include "cohort/containers/sequence.hpp"
#include "cohort/containers/slots.hpp"

namespace cohort {

[[noreturn]] inline void throw_array_index(std::ptrdiff_t index, Word count) {
  throw std::out_of_range("array index " + std::to_string(index) + " is out of range: the array has " +
                          std::to_string(count) + (count == 1 ? " element" : " elements"));
}

template <class T, class A>
class ArrayCore {
 public:
  ArrayCore(const Heap<A>& heap, Address object) : heap_(heap), object_(object) {}

  Word size() const { return sequence::size_of(heap_.load(field(kControl))); }

  [[gnu::always_inline]] T get(std::ptrdiff_t index) const {
    Raw<T> raw;
    if constexpr (A::kOptimisticReads && is_word_slot<T>) {
      if (peek(index, raw.data())) [[likely]]
        return std::bit_cast<T>(raw);
    }
    return ArrayCore(*this).get_carefully(index);
  }

  void set(std::ptrdiff_t index, const T& value) const {
    Latch<A> latch(heap_, field(kControl));
    write(latch, position(index, latch.payload()), {&value, 1});
  }

  /// `change` sees a copy; the array has its result at once, or nothing where it throws.
  template <class Change>
  T update(std::ptrdiff_t index, Change&& change) const {
    Latch<A> latch(heap_, field(kControl));
    const Word at = position(index, latch.payload());
    T value = element(at);
    change(value);
    write(latch, at, {&value, 1});
    return value;
  }

  /// Exchanges two elements, at once.
  void swap(std::ptrdiff_t i, std::ptrdiff_t j) const {
    Latch<A> latch(heap_, field(kControl));
    const auto [first, last] = std::minmax({position(i, latch.payload()), position(j, latch.payload())});
    if (first == last) return;
    std::vector<std::byte> bytes((last - first + 1) * sizeof(T));
    heap_.access().read(data() + first * sizeof(T), bytes.data(), bytes.size());
    std::swap_ranges(bytes.begin(), bytes.begin() + sizeof(T), bytes.end() - sizeof(T));
    write_bytes(latch, first, bytes);
  }

  /// Elements [offset, offset + to.size()) at one moment. Throws std::out_of_range.
  void read(Word offset, std::span<T> to) const {
    if constexpr (A::kOptimisticReads) {
      for (int tries = 0; tries < 2; ++tries) {
        const Word moves = heap_.load(field(kMoves));
        const Word writes = heap_.load(field(kWrites));
        const Word control = heap_.load(field(kControl));
        if (latch_owner(control) == heap_.actor()) break;  // inside its own callback: the latch refuses
        if ((control & sequence::kMoving) != 0) continue;
        require_part(offset, to.size(), sequence::size_of(control));
        heap_.access().read(data() + offset * sizeof(T), to.data(), to.size_bytes());
        if (heap_.load(field(kMoves)) == moves && heap_.load(field(kWrites)) == writes) return;
      }
    }
    const Latch<A> latch(heap_, field(kControl));
    require_part(offset, to.size(), latch.payload());
    heap_.access().read(data() + offset * sizeof(T), to.data(), to.size_bytes());
  }

  /// All of `from` at once, or nothing. Throws std::out_of_range, OutOfSharedMemory.
  void write(Word offset, std::span<const T> from) const {
    Latch<A> latch(heap_, field(kControl));
    require_part(offset, from.size(), latch.payload());
    if (!from.empty()) write(latch, offset, from);
  }

  /// The first element's Address.
  Address data() const { return Address(heap_.load(field(kData))); }

 private:
  enum Field : std::size_t { kControl = 0, kMoves = 2, kWrites = 3, kData = 4, kBlock = 5 };

  Address field(Field f) const { return own_field(object_, f); }

  bool peek(std::ptrdiff_t index, void* to) const {
    const Word moves = heap_.load(field(kMoves));
    const Word control = heap_.load(field(kControl));
    const auto position = static_cast<Word>(index);  // a negative one is too large
    if ((control & sequence::kMoving) != 0 || position >= sequence::size_of(control) ||
        latch_owner(control) == heap_.actor()) [[unlikely]] {
      return false;
    }
    heap_.template read_as<sizeof(T)>(data() + position * sizeof(T), to);
    return heap_.load(field(kMoves)) == moves;
  }
  [[gnu::noinline]] T get_carefully(std::ptrdiff_t index) const {
    const Word at = position(index, size());
    Raw<T> raw;
    read_raw(at, raw);
    return std::bit_cast<T>(raw);
  }
  void read_raw(Word at, Raw<T>& raw) const {
    if constexpr (A::kOptimisticReads) {
      for (int tries = 0; tries < 2; ++tries) {
        const Word moves = heap_.load(field(kMoves));
        const Word control = heap_.load(field(kControl));
        if (latch_owner(control) == heap_.actor()) break;
        if ((control & sequence::kMoving) != 0) continue;
        heap_.access().read(data() + at * sizeof(T), raw.data(), raw.size());
        if (heap_.load(field(kMoves)) == moves) return;
      }
    }
    const Latch<A> latch(heap_, field(kControl));
    heap_.access().read(data() + at * sizeof(T), raw.data(), raw.size());
  }
  T element(Word at) const {
    Raw<T> raw;
    heap_.access().read(data() + at * sizeof(T), raw.data(), raw.size());
    return std::bit_cast<T>(raw);
  }

  static Word position(std::ptrdiff_t index, Word count) {
    const Word at = static_cast<Word>(index) + (index < 0 ? count : 0);
    if (at >= count) throw_array_index(index, count);
    return at;
  }
  static void require_part(Word offset, Word length, Word count) {
    if (offset > count || length > count - offset) {
      throw std::out_of_range("array elements " + std::to_string(offset) + " to " +
                              std::to_string(offset + length) + " are out of range: the array has " +
                              std::to_string(count) + (count == 1 ? " element" : " elements"));
    }
  }

  // Ends the change.
  void write(Latch<A>& latch, Word at, std::span<const T> from) const {
    if (is_word_slot<T> && from.size() == 1) {
      if constexpr (A::kOptimisticReads) heap_.store(field(kWrites), heap_.load(field(kWrites)) + 1);
      heap_.access().write(data() + at * sizeof(T), from.data(), sizeof(T));
      latch.release(latch.payload());
    } else {
      write_bytes(latch, at, std::as_bytes(from));
    }
  }
  void write_bytes(Latch<A>& latch, Word at, std::span<const std::byte> bytes) const {
    Operation<A> operation(heap_);
    const Address copy = operation.allocate(bytes.size());
    heap_.access().write(copy, bytes.data(), bytes.size());
    operation.copy(copy, data() + at * sizeof(T), bytes.size());
    if constexpr (A::kOptimisticReads) {
      heap_.store(field(kControl), latch_owned(latch.payload() | sequence::kMoving, heap_.actor()));
      heap_.store(field(kMoves), heap_.load(field(kMoves)) + 1);
    }
    operation.commit(latch, latch.payload());
  }

  Heap<A> heap_;
  Address object_;
};

/// Gives a new object its `count` elements of `bytes` bytes each, which are those of `pattern`, over and over.
/// Throws OutOfSharedMemory.
template <class A>
void lay_out_array(Operation<A>& operation, const Heap<A>& heap, Address object, Word count,
                   std::size_t bytes, std::span<const std::byte> pattern) {
  constexpr std::size_t kAlign = kLineBytes;
  constexpr Word kMost = kPayloadMask / 4;
  // A size that no heap has is refused as what it is.
  const Address block = operation.allocate(count < kMost / bytes ? count * bytes + kAlign : kPayloadMask);
  const Address data((block.bits() + kAlign - 1) / kAlign * kAlign);
  for (Word done = 0; done < count * bytes; done += pattern.size())
    heap.access().write(data + done, pattern.data(), std::min<Word>(pattern.size(), count * bytes - done));
  heap.store(own_field(object, 4), data.bits());
  heap.store(own_field(object, 5), block.bits());
  heap.store(own_field(object, 0), count);
}

template <class A>
void destroy_array(Operation<A>& operation, const Heap<A>& heap, Address object, std::vector<Address>&) {
  if (const Address block(heap.load(own_field(object, 5))); block) operation.discard(block);
}

}  // namespace cohort
