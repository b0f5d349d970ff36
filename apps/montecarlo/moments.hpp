// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

namespace montecarlo {

/// What is kept of many numbers.
struct Moments {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0;  ///< sum of the squared distances from the mean

  /// Of the mean. 0 for fewer than two numbers.
  double standard_error() const;
};

Moments moments_of(std::span<const double> numbers);
/// Those of both together. Depends on their order only in the last bits, but in these it does.
Moments merge(const Moments& a, const Moments& b);

}  // namespace montecarlo
