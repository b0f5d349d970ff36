// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "philox.hpp"

namespace montecarlo {

/// Independent standard normal numbers. Each pair of seed and stream gives its own sequence, always the same.
class Normals {
 public:
  Normals(std::uint64_t seed, std::uint64_t stream)
      : key_{low(seed), high(seed)}, counter_{0, 0, low(stream), high(stream)} {}

  double next() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    const auto bits = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    // Box and Muller: two uniform numbers above 0, at most 1, make two normal ones.
    const double radius = std::sqrt(-2 * std::log(uniform(bits[0], bits[1])));
    const double angle = 2 * std::numbers::pi * uniform(bits[2], bits[3]);
    second_ = radius * std::sin(angle);
    has_second_ = true;
    return radius * std::cos(angle);
  }

 private:
  static std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
  static std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
  static double uniform(std::uint32_t upper, std::uint32_t lower) {
    const std::uint64_t word = std::uint64_t{upper} << 32 | lower;
    return static_cast<double>((word >> 11) + 1) * 0x1p-53;
  }

  PhiloxKey key_;
  PhiloxCounter counter_;
  double second_ = 0;
  bool has_second_ = false;
};

}  // namespace montecarlo
