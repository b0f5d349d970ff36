// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>

#include "cohort/heap/layout.hpp"

namespace cohort {

/// One actor's view of the window: how it reaches memory, and which slot is its own. Cores take it
/// instead of an Access, because whoever changes shared state leaves its intent in its slot.
template <class A>
class Heap {
 public:
  Heap(A access, std::uint32_t actor) : access_(access), actor_(actor) {}

  const A& access() const { return access_; }
  /// 1 .. kMaxActors - 1.
  std::uint32_t actor() const { return actor_; }

  Word load(Address a) const { return access_.load(a); }
  void store(Address a, Word value) const { access_.store(a, value); }

  /// Bytes whose number is known: where the access has a move for that, it is one.
  template <std::size_t bytes>
  [[gnu::always_inline]] void read_as(Address from, void* to) const {
    if constexpr (requires { access_.template read_as<bytes>(from, to); }) {
      access_.template read_as<bytes>(from, to);
    } else {
      access_.read(from, to, bytes);
    }
  }
  template <std::size_t bytes>
  [[gnu::always_inline]] void write_as(Address to, const void* from) const {
    if constexpr (requires { access_.template write_as<bytes>(to, from); }) {
      access_.template write_as<bytes>(to, from);
    } else {
      access_.write(to, from, bytes);
    }
  }

  /// A store that is over for everybody before any load of this actor that comes after settle().
  void publish(Address a, Word value) const { access_.publish(a, value); }
  void settle() const { access_.settle(); }
  /// A store that is seen by whoever looks after a heavy_barrier(), or else this actor's next load sees what
  /// was stored before that.
  void light_store(Address a, Word value) const { access_.light_store(a, value); }
  void heavy_barrier() const { access_.heavy_barrier(); }

  /// Hints, where the access can use them: the line at `a` is about to be written; memory that begins there
  /// is about to be filled by this process for the first time.
  void expect_write(Address a) const {
    if constexpr (requires { access_.expect_write(a); }) access_.expect_write(a);
  }
  void expect_fill(Address a) const {
    if constexpr (requires { access_.expect_fill(a); }) access_.expect_fill(a);
  }
  /// The next one of many that follow each other is about to be written to `a`: see to the pages to come.
  void expect_append(Address a, std::size_t bytes) const {
    if (a.offset() % kPageBytes < bytes) [[unlikely]]
      expect_fill(a);
  }

  /// A word of this actor's own slot.
  Address own(std::size_t field) const { return actor_field(actor_, field); }

  /// Whether an address that may be nonsense (read while it changed) can be looked at.
  bool readable(Address a, std::size_t bytes) const {
    const Word end = a.bits() + bytes;
    if (a.bits() % sizeof(Word) != 0 || end < bytes) return false;
    if (end <= readable_end_.load(std::memory_order_relaxed)) [[likely]]
      return true;
    return readable_now(*this, end);
  }
  /// For a new window in the same process, as tests make them.
  static void forget_readable() { readable_end_.store(0, std::memory_order_relaxed); }

 private:
  [[gnu::noinline]] static bool readable_now(Heap heap, Word end) {
    const Word first = heap.load(header_field(offsetof(WindowHeader, first_page)));
    const Word committed = heap.load(header_field(offsetof(WindowHeader, committed)));
    readable_end_.store(first + committed * kPageBytes, std::memory_order_relaxed);
    return end <= first + committed * kPageBytes;
  }

  inline static std::atomic<Word> readable_end_ = 0;  // what is committed only grows

  A access_;
  std::uint32_t actor_;
};

inline constexpr Word kPayloadMask = Address::kOffsetMask;

/// The upper 16 bits of a latch: the actor that holds it, or 0.
constexpr std::uint32_t latch_owner(Word control) { return static_cast<std::uint32_t>(control >> 48); }
constexpr Word latch_payload(Word control) { return control & kPayloadMask; }
constexpr Word latch_owned(Word payload, std::uint32_t actor) {
  return (static_cast<Word>(actor) << 48) | payload;
}

constexpr Word make_tag(std::uint32_t size_class, BlockState state, std::uint32_t actor, Word sequence) {
  return (static_cast<Word>(size_class) << 58) | (static_cast<Word>(state) << 56) |
         (static_cast<Word>(actor) << 40) | (sequence & ((Word{1} << 40) - 1));
}
constexpr std::uint32_t tag_class(Word tag) { return static_cast<std::uint32_t>(tag >> 58); }
constexpr BlockState tag_state(Word tag) { return static_cast<BlockState>((tag >> 56) & 3); }
constexpr std::uint32_t tag_actor(Word tag) { return static_cast<std::uint32_t>((tag >> 40) & 0xffff); }
constexpr Word tag_sequence(Word tag) { return tag & ((Word{1} << 40) - 1); }

}  // namespace cohort
