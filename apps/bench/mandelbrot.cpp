// SPDX-License-Identifier: BSL-1.0
// Ours of row 10: a picture row by row on all ranks; nanoseconds of one picture.
// mandelbrot [size] [rounds]
//   map   Pool::map of a function that writes its row into an Array
//   imap  Pool::imap_unordered of one that returns its row

#include "common/mandelbrot.hpp"

#include <algorithm>
#include <cohort/cohort.hpp>
#include <utility>

namespace {

using bench::Mandelbrot;

std::pair<int, Mandelbrot::Counts> draw(const Mandelbrot& mandelbrot, int y) {
  return {y, mandelbrot.row(y)};
}

void draw_into(cohort::Array<std::uint16_t> picture, const Mandelbrot& mandelbrot, int y) {
  picture.write(mandelbrot.place(y), mandelbrot.row(y));
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    const Mandelbrot mandelbrot = bench::mandelbrot_argument(argc, argv);
    cohort::Pool pool;
    const auto rows = cohort::range(mandelbrot.height);
    const auto picture = manager.array<std::uint16_t>(mandelbrot.blank().size());
    const double map = bench::picture_rounds(argc, argv, mandelbrot, [&](Mandelbrot::Counts& to) {
      pool.map(cohort::partial(draw_into, picture, mandelbrot), rows, {.chunk = 1});
      picture.read(0, to);
    });
    const double imap = bench::picture_rounds(argc, argv, mandelbrot, [&](Mandelbrot::Counts& to) {
      for (const auto& [y, counts] : pool.imap_unordered(cohort::partial(draw, mandelbrot), rows))
        std::copy(counts.begin(), counts.end(),
                  to.begin() + static_cast<std::ptrdiff_t>(mandelbrot.place(y)));
    });
    bench::print({{"map", map}, {"imap", imap}});
  });
}
