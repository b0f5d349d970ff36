// SPDX-License-Identifier: BSL-1.0
// Ours of row 3: extend and copy of a large List<long> by rank 0, in GB/s, while the other ranks wait.
// list_bulk [count] [rounds]

#include <cohort/cohort.hpp>

#include "common/bulk.hpp"

int main(int argc, char** argv) {
  const std::size_t count = bench::number_argument(argc, argv, 1, 10'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    const std::vector<long> source = bench::bulk_source(count);
    auto list = manager.list<long>();

    const double extend_fresh = bench::gigabytes_per_second(count, [&] { list.extend(source); });
    std::vector<double> extend_committed;
    for (std::size_t i = 0; i < rounds; ++i) {
      list.clear();  // its memory goes back to the shared heap and is taken from there again
      extend_committed.push_back(bench::gigabytes_per_second(count, [&] { list.extend(source); }));
    }

    // Large blocks of malloc come from the kernel and go back to it: every copy lands on fresh pages.
    std::vector<double> copy_fresh;
    for (std::size_t i = 0; i < rounds; ++i) {
      std::vector<long> result;
      copy_fresh.push_back(bench::gigabytes_per_second(count, [&] { result = list.copy(); }));
      bench::require(result == source, "the copy differs");
    }
    // From here on malloc keeps what is freed: the copies after the first land on pages that are there.
    bench::keep_freed_memory();
    std::vector<double> copy_committed;
    for (std::size_t i = 0; i <= rounds; ++i) {
      std::vector<long> result;
      const double speed = bench::gigabytes_per_second(count, [&] { result = list.copy(); });
      bench::require(result == source, "the copy differs");
      if (i > 0) copy_committed.push_back(speed);
    }
    bench::print({{"extend_fresh", extend_fresh},
                  {"extend_committed", bench::median(extend_committed)},
                  {"copy_fresh", bench::median(copy_fresh)},
                  {"copy_committed", bench::median(copy_committed)}});
  });
}
