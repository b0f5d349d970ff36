// SPDX-License-Identifier: BSL-1.0
#pragma once

// SharedAccess: the window as memory that every rank of one node has mapped.
//
// Control words are 64-bit and aligned; they are touched by the atomic functions alone. Bytes move as
// atomic pieces of at most a word, each piece acquire (read) or release (write), because a
// reader may copy bytes that a writer is just replacing and then throw the copy away: the order of
// the pieces against the version words around them is what makes that sound, without fences, and
// ThreadSanitizer can follow it. On x86 all of these are plain moves.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

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

// ThreadSanitizer cannot follow a fence, so there every store is settled at once.
#if defined(__SANITIZE_THREAD__)
#define COHORT_NO_FENCES
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COHORT_NO_FENCES
#endif
#endif

namespace detail {
/// This thread has published what its next loads might overtake.
inline constinit thread_local bool unsettled = false;
/// Every process of the job lets heavy_barrier() interrupt it. Set by the window while one thread runs.
inline constinit bool interruptible = false;
}  // namespace detail

/// Fetches a line to write to it. (A prefetch of the compiler's would fetch it to read, on plain x86-64.)
inline void core_expect_write(const void* p) noexcept {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(p)));
#else
  __builtin_prefetch(p, 1);
#endif
}

class SharedAccess {
 public:
  /// Readers may look at bytes that change under them, and check a version afterwards.
  static constexpr bool kOptimisticReads = true;

  explicit SharedAccess(std::byte* base) : base_(base) {}

  std::uint64_t load(Address a) const noexcept { return word(a).load(); }
  void store(Address a, std::uint64_t value) const noexcept {
    word(a).store(value, std::memory_order_release);
  }
  /// A store that no load of this thread overtakes which comes after settle(). So whoever begins with a
  /// read-modify-write need not wait for what this thread has stored last.
  void publish(Address a, std::uint64_t value) const noexcept {
#ifdef COHORT_NO_FENCES
    word(a).store(value);
#else
    word(a).store(value, std::memory_order_release);
    detail::unsettled = true;
#endif
  }
  /// What this thread has published is over for everybody before its next load of anything.
  [[gnu::always_inline]] void settle() const noexcept {
#ifndef COHORT_NO_FENCES
    if (!detail::unsettled) [[likely]]
      return;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    detail::unsettled = false;
#endif
  }
  /// Where one side comes often and the other seldom: a store that no load of this thread overtakes, as seen
  /// by whoever looks after a heavy_barrier(). A plain store, where the kernel can do the rest.
  [[gnu::always_inline]] void light_store(Address a, std::uint64_t value) const noexcept {
#ifdef COHORT_NO_FENCES
    word(a).store(value);
#else
    word(a).store(value, std::memory_order_release);
    if (detail::interruptible) [[likely]]
      return std::atomic_signal_fence(std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  }
  /// A fence on this core and on every other one that runs a process of the job: some microseconds.
  void heavy_barrier() const noexcept;
  /// Lets the heavy barriers of others interrupt this process. False: this kernel has no such thing.
  static bool allow_interrupts() noexcept;

  std::uint64_t exchange(Address a, std::uint64_t value) const noexcept { return word(a).exchange(value); }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const noexcept { return word(a).fetch_add(value); }
  /// On failure `expected` holds what is there.
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const noexcept {
    return word(a).compare_exchange_strong(expected, desired);
  }

  void read(Address from, void* to, std::size_t bytes) const noexcept { read_pieces(at(from), to, bytes); }
  void write(Address to, const void* from, std::size_t bytes) const noexcept {
    if (bytes >= kManyBytes) [[unlikely]]
      return write_many(to, from, bytes);
    write_pieces(at(to), from, bytes);
  }

  /// The same for a size that is known: one move where it is a word or half of one.
  template <std::size_t bytes>
  [[gnu::always_inline]] void read_as(Address from, void* to) const noexcept {
    if constexpr (bytes == 8 || bytes == 4) {
      using Piece = std::conditional_t<bytes == 8, std::uint64_t, std::uint32_t>;
      if (from.bits() % bytes == 0) [[likely]]
        return read_piece<Piece>(at(from), to);
    }
    read_pieces(at(from), to, bytes);
  }
  template <std::size_t bytes>
  [[gnu::always_inline]] void write_as(Address to, const void* from) const noexcept {
    if constexpr (bytes == 8 || bytes == 4) {
      using Piece = std::conditional_t<bytes == 8, std::uint64_t, std::uint32_t>;
      if (to.bits() % bytes == 0) [[likely]]
        return write_piece<Piece>(at(to), from);
    }
    write_pieces(at(to), from, bytes);
  }

  /// The bytes themselves, for loops that read them piece by piece as read() does, and Array::local().
  std::byte* pointer(Address a) const noexcept { return at(a); }

  /// The line at `a` is about to be written: this core may have it for itself already.
  void expect_write(Address a) const noexcept { core_expect_write(at(a)); }

  /// Memory from `a` on is about to be filled that others have made. The first touch of a page by a process
  /// is a fault of its own: a write maps that one page, a read all that there are of the sixteen around it.
  void expect_fill(Address a) const noexcept { static_cast<void>(word(Address(a.bits() / 8 * 8)).load()); }

  /// Sleeps in the kernel while the low 32 bits at `a` equal `expected`, at most `timeout`
  /// (negative: no limit). May return early.
  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept;
  /// Wakes up to `count` sleepers on `a`.
  void wake(Address a, int count) const noexcept;

  void pause() const noexcept { cpu_pause(); }
  void sleep(std::chrono::nanoseconds duration) const noexcept;
  /// By this clock waits end.
  std::chrono::steady_clock::time_point now() const noexcept { return std::chrono::steady_clock::now(); }
  /// Makes sure that the bytes have pages behind them. False: the machine has no more.
  bool commit(Address a, std::size_t bytes) const noexcept;

 private:
  // All that is shared lies on rank 0, so an Address's bits are the offset.
  std::byte* at(Address a) const noexcept { return base_ + a.bits(); }
  std::atomic_ref<std::uint64_t> word(Address a) const noexcept {
    return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(at(a)));
  }

  template <class Piece>
  static void read_piece(std::byte* from, void* to) noexcept {
    const Piece value =
        std::atomic_ref<Piece>(*reinterpret_cast<Piece*>(from)).load(std::memory_order_acquire);
    std::memcpy(to, &value, sizeof value);
  }
  template <class Piece>
  static void write_piece(std::byte* to, const void* from) noexcept {
    Piece value;
    std::memcpy(&value, from, sizeof value);
    std::atomic_ref<Piece>(*reinterpret_cast<Piece*>(to)).store(value, std::memory_order_release);
  }
  static constexpr std::size_t kManyBytes = 4096;
  void write_many(Address to, const void* from, std::size_t bytes) const noexcept;
  static void read_pieces(std::byte* from, void* to, std::size_t bytes) noexcept;
  static void write_pieces(std::byte* to, const void* from, std::size_t bytes) noexcept;

  std::byte* base_;
};

}  // namespace cohort
