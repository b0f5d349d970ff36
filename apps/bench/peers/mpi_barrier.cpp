// SPDX-License-Identifier: BSL-1.0
// Peer of row 11: processor time of a rank that waits in MPI_Barrier while rank 0 sleeps, in percent of a
// core. mpi_barrier [milliseconds]

#include <mpi.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "../common/rounds.hpp"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const int code = bench::guarded([&] {
    const std::size_t milliseconds = bench::number_argument(argc, argv, 1, 500);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    const auto wall = bench::now_ns();
    const std::clock_t processor = std::clock();
    MPI_Barrier(MPI_COMM_WORLD);
    const double used = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC * 1e9;
    if (rank == 1) bench::print({{"idle", 100 * used / static_cast<double>(bench::now_ns() - wall)}});
  });
  if (code != 0) MPI_Abort(MPI_COMM_WORLD, code);
  MPI_Finalize();
  return 0;
}
