// SPDX-License-Identifier: BSL-1.0
#pragma once

// Row 10's work: the rows of a picture of the whole Mandelbrot set. Some cross it and take a hundred times as long as
// those at the edge. Written once for ours and every peer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rounds.hpp"

namespace bench {

struct Mandelbrot {
  int width;
  int height;
  int limit;  // of iterations; at most 65535

  using Counts = std::vector<std::uint16_t>;

  /// How many iterations each pixel of row y takes. Not inlined, so that it is the same code in all programs.
  [[gnu::noinline]] void draw_row(int y, std::uint16_t* counts) const {
    const double pixel = 3.0 / width;
    const double imaginary = (y + 0.5 - height / 2.0) * pixel;
    for (int x = 0; x < width; ++x) {
      const double real = (x + 0.5 - width / 2.0) * pixel - 0.6;
      double a = 0, b = 0;
      int n = 0;
      for (; n < limit && a * a + b * b <= 4; ++n) {
        const double next = a * a - b * b + real;
        b = 2 * a * b + imaginary;
        a = next;
      }
      counts[x] = static_cast<std::uint16_t>(n);
    }
  }
  Counts row(int y) const {
    Counts counts(static_cast<std::size_t>(width));
    draw_row(y, counts.data());
    return counts;
  }

  std::size_t place(int y) const { return static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
  Counts blank() const { return Counts(place(height)); }

  /// Throws where a row of a sample is not what it must be.
  void check(const Counts& picture) const {
    for (int y = 0; y < height; y += 16) {
      const Counts right = row(y);
      require(std::equal(right.begin(), right.end(), picture.begin() + static_cast<std::ptrdiff_t>(place(y))),
              "a row of the picture is wrong");
    }
  }
};

/// PROGRAM [size] [rounds]: a square picture.
inline Mandelbrot mandelbrot_argument(int argc, char** argv) {
  const auto size = static_cast<int>(number_argument(argc, argv, 1, 1000));
  return {size, size, 1000};
}

/// Calls draw(picture) again and again. Nanoseconds of a picture.
template <class Draw>
double picture_rounds(int argc, char** argv, const Mandelbrot& mandelbrot, Draw draw) {
  auto picture = mandelbrot.blank();
  const double time = work_rounds(number_argument(argc, argv, 2, 3), 1, [&] { draw(picture); });
  mandelbrot.check(picture);
  return time;
}

}  // namespace bench
