// SPDX-License-Identifier: BSL-1.0
#pragma once

// The data that ours and the peers work on, the same for all of them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// A small generator that costs next to nothing: Marsaglia's xorshift with a multiplication.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2685821657736338717ULL + 1) {}
  std::uint64_t next() noexcept {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717ULL;
  }
  /// Uniform in [0, bound), for bounds below 2^32.
  std::size_t below(std::size_t bound) noexcept {
    return static_cast<std::size_t>(((next() >> 32) * static_cast<std::uint64_t>(bound)) >> 32);
  }

 private:
  std::uint64_t state_;
};

/// One cycle through all of [0, size) in random order: next = cycle[current] (Sattolo's shuffle).
std::vector<long> random_cycle(std::size_t size);

/// A power of two of strings of 10 to 40 characters.
std::vector<std::string> sample_strings();

}  // namespace bench
