// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>

namespace cohort {

/// Where a byte of shared memory lies: a rank, and an offset in that rank's part of the window.
/// 16 bits of rank, 48 bits of offset. The default Address is null: offset 0 of rank 0 is the
/// window's header, which nobody ever points at.
class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(std::uint64_t bits) : bits_(bits) {}
  constexpr Address(int rank, std::uint64_t offset)
      : bits_((static_cast<std::uint64_t>(rank) << kOffsetBits) | offset) {}

  constexpr int rank() const { return static_cast<int>(bits_ >> kOffsetBits); }
  constexpr std::uint64_t offset() const { return bits_ & kOffsetMask; }
  constexpr std::uint64_t bits() const { return bits_; }
  constexpr explicit operator bool() const { return bits_ != 0; }

  friend constexpr Address operator+(Address a, std::uint64_t bytes) { return Address(a.bits_ + bytes); }
  friend constexpr auto operator<=>(Address, Address) = default;

  static constexpr int kOffsetBits = 48;
  static constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kOffsetBits) - 1;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace cohort
