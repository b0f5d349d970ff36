// SPDX-License-Identifier: BSL-1.0
// Peer of row 1: tbb::concurrent_vector<long>::push_back by threads of one process.
// tbb_append [total] [rounds] [workers]

#include <oneapi/tbb/concurrent_vector.h>

#include <numeric>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t total = bench::number_argument(argc, argv, 1, 2'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 3, 2));
    tbb::concurrent_vector<long> vector;

    bench::run_threads(workers, [&](bench::Gate& gate) {
      // clear() keeps the segments, so that the later rounds fill memory that is there.
      const auto times = bench::append_rounds(
          gate, total, rounds, [&](std::size_t i) { vector.push_back(static_cast<long>(i)); },
          [&] { vector.clear(); });
      if (gate.rank() == 0) {
        bench::require(vector.size() == total, "appends were lost");
        const long sum = std::accumulate(vector.begin(), vector.end(), 0L);
        bench::require(sum == bench::expected_sum(total), "values differ");
        bench::print({{"growing", times.growing}, {"warm", times.warm}});
      }
    });
  });
}
