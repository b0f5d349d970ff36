// SPDX-License-Identifier: BSL-1.0
// Peer of row 6: tbb::concurrent_queue<long> by threads of one process.
// tbb_pass [total] [rounds] [workers]

#include <oneapi/tbb/concurrent_queue.h>

#include "../common/cpu.hpp"
#include "../common/passing.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t total = bench::number_argument(argc, argv, 1, 1'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 3, 2));
    tbb::concurrent_queue<long> queue;

    bench::run_threads(workers, [&](bench::Gate& gate) {
      const auto times = bench::pass_rounds(
          gate, total, rounds, [&](long value) { queue.push(value); },
          [&] {
            long value = 0;
            while (!queue.try_pop(value)) bench::cpu_pause();
            return value;
          });
      if (gate.rank() == 0)
        bench::print({{"one_to_one", times.one_to_one}, {"all_to_all", times.all_to_all}});
    });
  });
}
