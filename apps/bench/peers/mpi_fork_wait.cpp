// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: as fork_wait, but from a process that has mapped what a rank has: MPI and its components. So much a child
// of a rank takes where nothing is done for it.
// mpi_fork_wait [count]

#include <mpi.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/rounds.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 500);
    MPI_Init(&argc, &argv);
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = bench::now_ns();
      const pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      bench::require(child > 0 && ::waitpid(child, nullptr, 0) == child, "fork or waitpid failed");
      times.push_back(static_cast<double>(bench::now_ns() - begin));
    }
    bench::print({{"start_join", bench::median(times)}});
    MPI_Finalize();
  });
}
