// SPDX-License-Identifier: BSL-1.0
#pragma once

// RmaAccess: the window through MPI alone, so that it works wherever one-sided MPI does.
//
// Put, Get, Fetch_and_op, Compare_and_swap and flush, inside one lock_all epoch that lasts as long as
// the window. Every function has completed at the target when it returns. Control words are touched by
// the atomic functions alone: MPI promises nothing when a Put or Get meets an atomic on the same word.
// A wait polls with a growing pause, since MPI has nothing to sleep on that leaves the core alone.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "cohort/window/address.hpp"

namespace cohort {

class RmaAccess {
 public:
  /// A Get may not race with a Put: a reader takes the latch.
  static constexpr bool kOptimisticReads = false;

  std::uint64_t load(Address a) const;
  void store(Address a, std::uint64_t value) const;
  void publish(Address a, std::uint64_t value) const { store(a, value); }  // a flush ends every call
  void settle() const {}
  void light_store(Address a, std::uint64_t value) const { store(a, value); }
  void heavy_barrier() const {}
  std::uint64_t exchange(Address a, std::uint64_t value) const;
  std::uint64_t fetch_add(Address a, std::uint64_t value) const;
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const;

  void read(Address from, void* to, std::size_t bytes) const;
  void write(Address to, const void* from, std::size_t bytes) const;

  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const;
  void wake(Address, int) const noexcept {}  // the sleeper polls

  void pause() const noexcept;
  void sleep(std::chrono::nanoseconds duration) const noexcept;
  /// By this clock waits end.
  std::chrono::steady_clock::time_point now() const noexcept { return std::chrono::steady_clock::now(); }
  bool commit(Address, std::size_t) const noexcept { return true; }  // all of it, at start-up
};

}  // namespace cohort
