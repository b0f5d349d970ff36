// SPDX-License-Identifier: BSL-1.0
// Peer of row 3: memcpy between private and shared memory, in GB/s.
//   extend  private to shared: into a fresh mapping, and into one whose pages are there
//   copy    shared to private: into malloc's fresh memory, and into memory that it kept
// memcpy_bulk [count] [rounds]

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "../common/bulk.hpp"

namespace {

long* shared_array(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  bench::require(memory != MAP_FAILED, "no memory");
  return static_cast<long*>(memory);
}

double copy_to_malloc(const long* from, std::size_t count) {
  void* memory = nullptr;
  const double speed = bench::gigabytes_per_second(count, [&] {
    memory = std::malloc(count * sizeof(long));
    bench::require(memory != nullptr, "no memory");
    std::memcpy(memory, from, count * sizeof(long));
  });
  bench::require(std::memcmp(memory, from, count * sizeof(long)) == 0, "the copy differs");
  std::free(memory);
  return speed;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 10'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const std::size_t bytes = count * sizeof(long);
    const std::vector<long> source = bench::bulk_source(count);
    long* shared = shared_array(bytes);
    const auto extend = [&] {
      const double speed =
          bench::gigabytes_per_second(count, [&] { std::memcpy(shared, source.data(), bytes); });
      bench::keep(*shared);
      return speed;
    };

    const double extend_fresh = extend();
    std::vector<double> extend_committed;
    for (std::size_t i = 0; i < rounds; ++i) extend_committed.push_back(extend());

    std::vector<double> copy_fresh;
    for (std::size_t i = 0; i < rounds; ++i) copy_fresh.push_back(copy_to_malloc(shared, count));
    bench::keep_freed_memory();
    std::vector<double> copy_committed;
    for (std::size_t i = 0; i <= rounds; ++i) {
      const double speed = copy_to_malloc(shared, count);
      if (i > 0) copy_committed.push_back(speed);
    }
    bench::print({{"extend_fresh", extend_fresh},
                  {"extend_committed", bench::median(extend_committed)},
                  {"copy_fresh", bench::median(copy_fresh)},
                  {"copy_committed", bench::median(copy_committed)}});
  });
}
