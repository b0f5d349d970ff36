// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>

namespace mandelbrot {

/// Red, green, blue.
using Colour = std::array<std::uint8_t, 3>;

/// The colour of a point that escaped after so many iterations, whole or not, at least 0. Without steps: counts that
/// are close have colours that are close.
Colour colour(double iterations);

/// That of points which have not escaped.
inline constexpr Colour kInside = {0, 0, 0};

}  // namespace mandelbrot
