// SPDX-License-Identifier: BSL-1.0
#include "picture.hpp"

#include <algorithm>
#include <cmath>

namespace heat {
namespace {

// Matplotlib's "inferno" (CC0) at every eighth.
constexpr std::array<Colour, 9> kInferno{{{0, 0, 4},
                                          {31, 12, 72},
                                          {85, 15, 109},
                                          {136, 34, 106},
                                          {186, 54, 85},
                                          {227, 89, 51},
                                          {249, 140, 10},
                                          {249, 201, 50},
                                          {252, 255, 164}}};
constexpr double kLines = 10;
constexpr double kLineLightness = 0.25;  // how far a line is from its ground to white

double mix(double from, double to, double share) { return from + (to - from) * share; }

}  // namespace

Colour colour_of(double temperature) {
  const double place = std::clamp(temperature, 0.0, 1.0) * (kInferno.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), kInferno.size() - 2);
  Colour colour;
  for (std::size_t i = 0; i < colour.size(); ++i)
    colour[i] = static_cast<std::uint8_t>(
        std::lround(mix(kInferno[below][i], kInferno[below + 1][i], place - static_cast<double>(below))));
  return colour;
}

std::vector<std::uint8_t> paint(std::size_t width, std::size_t height, std::span<const double> cells) {
  const auto layer = [&](std::size_t x, std::size_t y) { return std::floor(cells[y * width + x] * kLines); };
  std::vector<std::uint8_t> rgb;
  rgb.reserve(width * height * 3);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const bool line = (x + 1 < width && layer(x, y) != layer(x + 1, y)) ||
                        (y + 1 < height && layer(x, y) != layer(x, y + 1));
      for (const auto part : colour_of(cells[y * width + x]))
        rgb.push_back(line ? static_cast<std::uint8_t>(mix(part, 255, kLineLightness)) : part);
    }
  }
  return rgb;
}

}  // namespace heat
