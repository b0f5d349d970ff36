// SPDX-License-Identifier: BSL-1.0
// Peer of row 2: dependent reads of a raw array in memory that the processes share.
// array_read [size] [steps] [rounds] [workers]

#include <sys/mman.h>

#include <algorithm>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t size = bench::number_argument(argc, argv, 1, 10'000);
    const std::size_t steps = bench::number_argument(argc, argv, 2, 2'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 3, 3);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 4, 2));
    void* memory =
        ::mmap(nullptr, size * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench::require(memory != MAP_FAILED, "no memory");
    auto* array = static_cast<long*>(memory);
    const auto cycle = bench::random_cycle(size);
    std::copy(cycle.begin(), cycle.end(), array);

    bench::run_processes(workers, [&](bench::Gate& gate) {
      const volatile long* values = array;  // other processes may write: the compiler must read each one
      const double read =
          bench::chase_rounds(gate, size, steps, rounds, [&](long position) { return values[position]; });
      if (gate.rank() == 0) bench::print({{"read", read}});
    });
  });
}
