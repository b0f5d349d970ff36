// SPDX-License-Identifier: BSL-1.0
// Peer of row 10: OpenMP's threads take row by row. openmp_rows [size] [rounds] [threads]

#include <omp.h>

#include "../common/mandelbrot.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const bench::Mandelbrot mandelbrot = bench::mandelbrot_argument(argc, argv);
    const auto threads = static_cast<int>(bench::number_argument(argc, argv, 3, 2));
    omp_set_dynamic(0);
#pragma omp parallel num_threads(threads)
    bench::pin_worker(omp_get_thread_num(), threads);
    const double picture = bench::picture_rounds(argc, argv, mandelbrot, [&](bench::Mandelbrot::Counts& to) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
      for (int y = 0; y < mandelbrot.height; ++y) mandelbrot.draw_row(y, &to[mandelbrot.place(y)]);
    });
    bench::print({{"picture", picture}});
  });
}
