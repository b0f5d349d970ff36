// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace heat {

/// What is computed: a cold plate with hot letters on it. Letters are held at 1, the border at 0, and all
/// else begins at 0. Positions are whole cells, so that every rank sees the same letters.
class Plate {
 public:
  static constexpr std::size_t kSmallest = 3;

  Plate(std::size_t width, std::size_t height);

  std::size_t width() const { return width_; }
  std::size_t height() const { return height_; }

  /// Sets the held cells of row y to what they are held at; the others stay.
  void hold(std::size_t y, std::span<double> row) const;

 private:
  /// Cells [first, last) of a row.
  struct Run {
    std::size_t first;
    std::size_t last;
  };

  std::size_t width_;
  std::size_t height_;
  std::vector<std::vector<Run>> held_;  // one entry a row
};

}  // namespace heat
