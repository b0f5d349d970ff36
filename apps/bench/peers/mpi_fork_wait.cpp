// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: as fork_wait, but from a process that has mapped what a rank has: MPI and its components. So much a child
// of a rank takes where nothing is done for it.
// mpi_fork_wait [count]

#include <mpi.h>

#include "../common/fork_rounds.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 500);
    MPI_Init(&argc, &argv);
    bench::print({{"start_join", bench::fork_and_wait(count)}});
    MPI_Finalize();
  });
}
