// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace cohort {

/// Python's start:stop:step, resolved against a length: `count` indices from `first`, `step` apart.
struct Slice {
  std::ptrdiff_t first;
  std::ptrdiff_t step;
  std::ptrdiff_t count;

  /// Throws std::invalid_argument where step is 0.
  static Slice resolve(std::optional<std::ptrdiff_t> start, std::optional<std::ptrdiff_t> stop,
                       std::ptrdiff_t step, std::size_t length) {
    if (step == 0) throw std::invalid_argument("a slice's step cannot be 0");
    const auto size = static_cast<std::ptrdiff_t>(length);
    const std::ptrdiff_t lowest = step > 0 ? 0 : -1;
    const std::ptrdiff_t highest = step > 0 ? size : size - 1;
    const auto clamp = [&](std::ptrdiff_t index) {
      return std::clamp(index < 0 ? std::max(index, -size - 1) + size : index, lowest, highest);
    };
    const std::ptrdiff_t first = start ? clamp(*start) : (step > 0 ? lowest : highest);
    const std::ptrdiff_t last = stop ? clamp(*stop) : (step > 0 ? highest : lowest);
    const std::ptrdiff_t span = step > 0 ? last - first : first - last;
    // A step of the most negative number has no magnitude of its own type.
    const auto stride =
        step > 0 ? static_cast<std::size_t>(step) : std::size_t{0} - static_cast<std::size_t>(step);
    const auto count =
        span <= 0 ? 0 : static_cast<std::ptrdiff_t>((static_cast<std::size_t>(span) - 1) / stride + 1);
    return {first, step, count};
  }

  std::ptrdiff_t at(std::ptrdiff_t i) const { return first + i * step; }
  /// The lowest index in it; for an empty one, where it begins.
  std::ptrdiff_t lowest() const { return step > 0 || count == 0 ? first : at(count - 1); }
};

}  // namespace cohort
