// SPDX-License-Identifier: BSL-1.0
#include "colour.hpp"

#include <cmath>
#include <cstddef>

namespace mandelbrot {
namespace {

// Once round: night blue, blue, white, amber, dark brown, and back.
struct Stop {
  double at;
  std::array<double, 3> rgb;
};
constexpr std::array kStops = {
    Stop{0.00, {0, 7, 100}},   Stop{0.16, {32, 107, 203}}, Stop{0.42, {237, 255, 255}},
    Stop{0.64, {255, 170, 0}}, Stop{0.86, {40, 8, 10}},    Stop{1.00, {0, 7, 100}},
};

// Near the set counts grow without bound while the pixels stay as wide: by the logarithm every doubling of the
// count gets as much of the gradient. In whole turns.
constexpr double kTurnsPerDoubling = 0.37;

}  // namespace

Colour colour(double iterations) {
  const double turns = kTurnsPerDoubling * std::log2(1 + iterations);
  const double at = turns - std::floor(turns);
  std::size_t next = 1;
  while (next + 1 < kStops.size() && kStops[next].at < at) ++next;
  const Stop& from = kStops[next - 1];
  const Stop& to = kStops[next];
  const double share = (at - from.at) / (to.at - from.at);
  const double eased = share * share * (3 - 2 * share);  // no edge where two pieces of the gradient meet
  Colour mixed;
  for (std::size_t i = 0; i < mixed.size(); ++i)
    mixed[i] = static_cast<std::uint8_t>(std::lround(from.rgb[i] + eased * (to.rgb[i] - from.rgb[i])));
  return mixed;
}

}  // namespace mandelbrot
