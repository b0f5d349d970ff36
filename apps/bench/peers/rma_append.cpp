// SPDX-License-Identifier: BSL-1.0
// Peer of row 1: the same append in plain MPI one-sided calls: Fetch_and_op for a place, flush, Put, flush,
// in a window of rank 0, all inside one lock_all epoch. rma_append [total] [rounds]

#include <mpi.h>

#include <cstdlib>
#include <numeric>

#include "../common/rounds.hpp"

namespace {

constexpr int kOwner = 0;

struct Window {
  MPI_Win handle = MPI_WIN_NULL;
  long* words = nullptr;  // on the owner: the size, then the values

  explicit Window(std::size_t values, int rank) {
    const auto bytes = static_cast<MPI_Aint>(rank == kOwner ? (values + 1) * sizeof(long) : 0);
    MPI_Win_allocate(bytes, sizeof(long), MPI_INFO_NULL, MPI_COMM_WORLD, &words, &handle);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, handle);
    if (rank == kOwner) words[0] = 0;
    MPI_Win_sync(handle);
    MPI_Barrier(MPI_COMM_WORLD);
  }

  void append(long value) {
    const long one = 1;
    long place = 0;
    MPI_Fetch_and_op(&one, &place, MPI_LONG, kOwner, 0, MPI_SUM, handle);
    MPI_Win_flush(kOwner, handle);
    MPI_Put(&value, 1, MPI_LONG, kOwner, place + 1, 1, MPI_LONG, handle);
    MPI_Win_flush(kOwner, handle);
  }

  void clear() {
    const long zero = 0;
    long before = 0;
    MPI_Fetch_and_op(&zero, &before, MPI_LONG, kOwner, 0, MPI_REPLACE, handle);
    MPI_Win_flush(kOwner, handle);
  }

  void free() {
    MPI_Win_unlock_all(handle);
    MPI_Win_free(&handle);
  }
};

}  // namespace

int main(int argc, char** argv) {
  // Open MPI 4.1's osc/rdma is the slower of its components within a node, and its compare-and-swap crashes.
  ::setenv("OMPI_MCA_osc", "^rdma", 0);
  MPI_Init(&argc, &argv);
  const int code = bench::guarded([&] {
    const std::size_t total = bench::number_argument(argc, argv, 1, 2'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    int rank = 0;
    int size = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    bench::Gate gate(bench::Gate::from_environment(), rank, size);
    Window window(total, rank);

    const auto times = bench::append_rounds(
        gate, total, rounds, [&](std::size_t i) { window.append(static_cast<long>(i)); },
        [&] { window.clear(); });

    MPI_Win_sync(window.handle);
    if (rank == kOwner) {
      const long* values = window.words + 1;
      bench::require(window.words[0] == static_cast<long>(total), "appends were lost");
      bench::require(std::accumulate(values, values + total, 0L) == bench::expected_sum(total),
                     "values differ");
      bench::print({{"growing", times.growing}, {"warm", times.warm}});
    }
    window.free();
  });
  if (code != 0) MPI_Abort(MPI_COMM_WORLD, code);
  MPI_Finalize();
  return 0;
}
