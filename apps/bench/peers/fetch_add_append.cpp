// SPDX-License-Identifier: BSL-1.0
// Peer of row 1, the floor: processes that claim a place with one fetch_add and store a long there.
// fetch_add_append [total] [rounds] [workers]

#include <sys/mman.h>

#include <atomic>
#include <numeric>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"

namespace {

struct Shared {
  alignas(64) std::atomic<std::size_t> size;
  alignas(64) std::atomic<long> values[1];  // `total` of them
};

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t total = bench::number_argument(argc, argv, 1, 2'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 3, 2));
    void* memory = ::mmap(nullptr, sizeof(Shared) + total * sizeof(long), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench::require(memory != MAP_FAILED, "no memory");
    auto* shared = static_cast<Shared*>(memory);

    bench::run_processes(workers, [&](bench::Gate& gate) {
      std::atomic<long>* values = shared->values;
      const auto times = bench::append_rounds(
          gate, total, rounds,
          [&](std::size_t i) {
            const std::size_t place = shared->size.fetch_add(1, std::memory_order_relaxed);
            values[place].store(static_cast<long>(i), std::memory_order_release);
          },
          [&] { shared->size.store(0, std::memory_order_relaxed); });
      if (gate.rank() == 0) {
        const long sum = std::accumulate(values, values + total, 0L);
        bench::require(sum == bench::expected_sum(total), "values differ");
        bench::print({{"growing", times.growing}, {"warm", times.warm}});
      }
    });
  });
}
