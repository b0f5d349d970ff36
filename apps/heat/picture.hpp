// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace heat {

/// Red, green, blue.
using Colour = std::array<std::uint8_t, 3>;

/// From black at 0 over violet, red and orange to a pale yellow at 1, ever brighter; clamps.
Colour colour_of(double temperature);

/// A pixel a cell, with thin lines where the temperature passes a multiple of a tenth.
std::vector<std::uint8_t> paint(std::size_t width, std::size_t height, std::span<const double> cells);

}  // namespace heat
