// SPDX-License-Identifier: BSL-1.0
// Peer of row 10: one loop over the rows, on one core. serial_rows [size] [rounds]

#include "../common/mandelbrot.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const bench::Mandelbrot mandelbrot = bench::mandelbrot_argument(argc, argv);
    bench::pin_worker(0, 1);
    const double picture = bench::picture_rounds(argc, argv, mandelbrot, [&](bench::Mandelbrot::Counts& to) {
      for (int y = 0; y < mandelbrot.height; ++y) mandelbrot.draw_row(y, &to[mandelbrot.place(y)]);
    });
    bench::print({{"picture", picture}});
  });
}
