// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plate.hpp"

namespace heat {

/// Rows [first, last) of a plate.
struct Band {
  std::size_t first;
  std::size_t last;
  std::size_t rows() const { return last - first; }
};

/// The share of one of `parts` in all rows but the first and the last, which are border. The shares differ by
/// one row at most; some are empty where there are more parts than rows.
Band band_of(std::size_t height, std::size_t part, std::size_t parts);

/// One step of the rows of a band, from `now` to `next`. Both hold whole rows of the plate, of which the first is
/// row `base`; the row above the band and the row below it are read too. A cell of the result is computed by the
/// same operations in the same order however the plate is cut, so it is the same to the last bit.
void step(const Plate& plate, Band band, std::size_t base, std::span<const double> now,
          std::span<double> next);

/// The whole plate in one plain loop: the baseline. Returns its cells, row after row.
std::vector<double> solve_serial(const Plate& plate, std::size_t steps);

}  // namespace heat
