// SPDX-License-Identifier: BSL-1.0
#pragma once

// SharedAccess: the window as memory that every rank of one node has mapped.
//
// Control words are 64-bit and aligned; they are touched by the atomic functions alone. Bytes move as
// relaxed atomic pieces of at most a word, each piece acquire (read) or release (write), because a
// reader may copy bytes that a writer is just replacing and then throw the copy away: the order of
// the pieces against the version words around them is what makes that sound, without fences, and
// ThreadSanitizer can follow it. On x86 all of these are plain moves.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cohort/window/address.hpp"

namespace cohort {

/// One pause of a spinning core.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class SharedAccess {
 public:
  /// Readers may look at bytes that change under them, and check a version afterwards.
  static constexpr bool kOptimisticReads = true;

  explicit SharedAccess(std::byte* base) : base_(base) {}

  std::uint64_t load(Address a) const noexcept { return word(a).load(std::memory_order_acquire); }
  void store(Address a, std::uint64_t value) const noexcept { word(a).store(value, std::memory_order_release); }
  std::uint64_t exchange(Address a, std::uint64_t value) const noexcept { return word(a).exchange(value); }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const noexcept { return word(a).fetch_add(value); }
  /// On failure `expected` holds what is there.
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const noexcept {
    return word(a).compare_exchange_strong(expected, desired);
  }

  void read(Address from, void* to, std::size_t bytes) const noexcept {
    auto* out = static_cast<std::byte*>(to);
    each_piece(from, bytes, [&out]<class Piece>(Piece& at) {
      const Piece value = std::atomic_ref<Piece>(at).load(std::memory_order_acquire);
      std::memcpy(out, &value, sizeof value);
      out += sizeof value;
    });
  }
  void write(Address to, const void* from, std::size_t bytes) const noexcept {
    const auto* in = static_cast<const std::byte*>(from);
    each_piece(to, bytes, [&in]<class Piece>(Piece& at) {
      Piece value;
      std::memcpy(&value, in, sizeof value);
      std::atomic_ref<Piece>(at).store(value, std::memory_order_release);
      in += sizeof value;
    });
  }

  /// The bytes themselves, for loops that read them piece by piece as read() does.
  const std::byte* pointer(Address a) const noexcept { return at(a); }

  /// Sleeps in the kernel while the low 32 bits at `a` equal `expected`, at most `timeout`
  /// (negative: no limit). May return early.
  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept;
  /// Wakes up to `count` sleepers on `a`.
  void wake(Address a, int count) const noexcept;

  void pause() const noexcept { cpu_pause(); }
  void sleep(std::chrono::nanoseconds duration) const noexcept;
  /// Makes sure that the bytes have pages behind them. False: the machine has no more.
  bool commit(Address a, std::size_t bytes) const noexcept;

 private:
  std::byte* at(Address a) const noexcept { return base_ + a.offset(); }
  std::atomic_ref<std::uint64_t> word(Address a) const noexcept {
    return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(at(a)));
  }

  template <class Visit>
  void each_piece(Address a, std::size_t bytes, Visit visit) const noexcept {
    std::byte* p = at(a);
    if (const auto odd = reinterpret_cast<std::uintptr_t>(p) % 8; odd != 0) [[unlikely]] {
      for (std::size_t i = odd; i < 8 && bytes != 0; p = step(p, bytes, i, visit)) {}
    }
    for (; bytes >= 8; p += 8, bytes -= 8) visit(*reinterpret_cast<std::uint64_t*>(p));
    if (bytes >= 4) {
      visit(*reinterpret_cast<std::uint32_t*>(p));
      p += 4;
      bytes -= 4;
    }
    for (; bytes != 0; ++p, --bytes) visit(*reinterpret_cast<std::uint8_t*>(p));
  }
  // The piece that brings an odd pointer nearer to a word's boundary: 4 bytes where aligned, else 1.
  template <class Visit>
  static std::byte* step(std::byte* p, std::size_t& bytes, std::size_t& odd, Visit& visit) noexcept {
    const std::size_t piece = odd == 4 && bytes >= 4 ? 4 : 1;
    if (piece == 4) {
      visit(*reinterpret_cast<std::uint32_t*>(p));
    } else {
      visit(*reinterpret_cast<std::uint8_t*>(p));
    }
    bytes -= piece;
    odd += piece;
    return p + piece;
  }

  std::byte* base_;
};

}  // namespace cohort
