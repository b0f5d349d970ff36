// SPDX-License-Identifier: BSL-1.0
// Ours of row 10: a picture row by row through Pool::imap_unordered, on all ranks; nanoseconds of one picture.
// mandelbrot [size] [rounds]

#include "common/mandelbrot.hpp"

#include <algorithm>
#include <cohort/cohort.hpp>
#include <utility>

namespace {

using bench::Mandelbrot;

std::pair<int, Mandelbrot::Counts> draw(const Mandelbrot& mandelbrot, int y) {
  return {y, mandelbrot.row(y)};
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [&] {
    const Mandelbrot mandelbrot = bench::mandelbrot_argument(argc, argv);
    cohort::Pool pool;
    const double picture = bench::picture_rounds(argc, argv, mandelbrot, [&](Mandelbrot::Counts& to) {
      for (const auto& [y, counts] :
           pool.imap_unordered(cohort::partial(draw, mandelbrot), cohort::range(mandelbrot.height)))
        std::copy(counts.begin(), counts.end(),
                  to.begin() + static_cast<std::ptrdiff_t>(mandelbrot.place(y)));
    });
    bench::print({{"picture", picture}});
  });
}
