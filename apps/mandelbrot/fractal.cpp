// SPDX-License-Identifier: BSL-1.0
#include "fractal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "colour.hpp"

namespace mandelbrot {

std::optional<double> escape(std::complex<double> c, int limit) {
  // Far outside of the circle of radius 2 that decides, so that the part of an iteration is accurate.
  constexpr double kRadius = 256;
  double x = 0;
  double y = 0;
  for (int n = 0; n < limit; ++n) {
    const double xx = x * x;
    const double yy = y * y;
    if (xx + yy > kRadius * kRadius) {
      // |z| is squared by each iteration from here on, so log |z| doubles.
      const double more = std::log2(std::log(xx + yy) / std::log(kRadius * kRadius));
      return std::max(0.0, n - more);
    }
    y = 2 * x * y + c.imag();
    x = xx - yy + c.real();
  }
  return std::nullopt;
}

std::vector<std::uint8_t> draw_row(const View& view, int y) {
  const double pixel = view.scale / view.width;
  // Where sample i of pixel `at` lies, from the middle of `all` pixels.
  const auto place = [&](int at, int i, int all) {
    return (at + (i + 0.5) / view.samples - 0.5 * all) * pixel;
  };
  std::vector<std::uint8_t> row;
  row.reserve(3 * static_cast<std::size_t>(view.width));
  for (int x = 0; x < view.width; ++x) {
    std::array<int, 3> sum = {};
    for (int j = 0; j < view.samples; ++j) {
      for (int i = 0; i < view.samples; ++i) {
        const std::complex<double> point(view.center_x + place(x, i, view.width),
                                         view.center_y - place(y, j, view.height));
        const auto iterations = escape(point, view.iterations);
        const Colour sample = iterations ? colour(*iterations) : kInside;
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += sample[k];
      }
    }
    const int count = view.samples * view.samples;
    for (const int part : sum) row.push_back(static_cast<std::uint8_t>((part + count / 2) / count));
  }
  return row;
}

}  // namespace mandelbrot
