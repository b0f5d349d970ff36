// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <vector>

namespace mandelbrot {

/// What is drawn: a rectangle of the complex plane, in pixels that are square.
struct View {
  int width = 1280;
  int height = 960;
  double center_x = -0.7435669;
  double center_y = 0.1314023;
  double scale = 0.0022878;  ///< how much of the plane the width shows
  int iterations = 2000;     ///< a point that has not escaped by then counts as inside
  int samples = 2;           ///< a pixel is the mean of samples * samples points
};

/// After how many iterations of z = z*z + c the point leaves, made continuous (not a whole number); nothing: not
/// within the limit.
std::optional<double> escape(std::complex<double> c, int limit);

/// Red, green and blue of each pixel of row y, counted from the top.
std::vector<std::uint8_t> draw_row(const View& view, int y);

}  // namespace mandelbrot
