// SPDX-License-Identifier: BSL-1.0
// Peer of row 1: Boost.Interprocess, vector<long> and interprocess_mutex in managed shared memory, between
// processes. interprocess_append [total] [rounds] [workers]

#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <numeric>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"
#include "interprocess_segment.hpp"

namespace ipc = boost::interprocess;

int main(int argc, char** argv) {
  return bench::guarded([&] {
    using Vector = ipc::vector<long, ipc::allocator<long, ipc::managed_shared_memory::segment_manager>>;
    const std::size_t total = bench::number_argument(argc, argv, 1, 2'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 3, 2));
    auto segment = bench::unlinked_segment(total * sizeof(long) * 4 + (1U << 20U));
    auto* vector = segment.construct<Vector>("vector")(segment.get_segment_manager());
    auto* mutex = segment.construct<ipc::interprocess_mutex>("mutex")();

    bench::run_processes(workers, [&](bench::Gate& gate) {
      const auto times = bench::append_rounds(
          gate, total, rounds,
          [&](std::size_t i) {
            const ipc::scoped_lock<ipc::interprocess_mutex> lock(*mutex);
            vector->push_back(static_cast<long>(i));
          },
          [&] { vector->clear(); });
      if (gate.rank() == 0) {
        bench::require(vector->size() == total, "appends were lost");
        const long sum = std::accumulate(vector->begin(), vector->end(), 0L);
        bench::require(sum == bench::expected_sum(total), "values differ");
        bench::print({{"growing", times.growing}, {"warm", times.warm}});
      }
    });
  });
}
