// SPDX-License-Identifier: BSL-1.0
// Peer of row 9: the same with oneTBB's parallel_for, by two threads. tbb_map [tasks] [rounds]
//   single     a task for each element
//   automatic  into a new vector
//   in_place   the elements of a vector

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>

#include "../common/rounds.hpp"

namespace {

using Range = tbb::blocked_range<std::size_t>;

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t tasks = bench::number_argument(argc, argv, 1, 4'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
    const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
    const std::size_t warm = bench::warm_maps(2);
    long sum = 0;
    const auto fill = [](std::vector<long>& results, const Range& range) {
      for (std::size_t i = range.begin(); i != range.end(); ++i) results[i] = static_cast<long>(i) + 1;
    };
    const double single = bench::work_rounds(rounds, tasks / 8, [&] {
      std::vector<long> results(tasks / 8);
      tbb::parallel_for(
          Range(0, results.size(), 1), [&](const Range& range) { fill(results, range); },
          tbb::simple_partitioner());
      sum += results.back() * 8;
    });
    const double automatic = bench::work_rounds(
        rounds, tasks,
        [&] {
          std::vector<long> results(tasks);
          tbb::parallel_for(Range(0, tasks), [&](const Range& range) { fill(results, range); });
          sum += results.back();
        },
        warm);
    std::vector<long> array(tasks);
    const double in_place = bench::work_rounds(
        rounds, tasks,
        [&] {
          tbb::parallel_for(Range(0, tasks), [&array](const Range& range) {
            for (std::size_t i = range.begin(); i != range.end(); ++i) array[i] += 1;
          });
        },
        warm);
    bench::require(sum == static_cast<long>(tasks * (warm + 2 * rounds + 1)), "results are missing");
    bench::print({{"single", single}, {"automatic", automatic}, {"in_place", in_place}});
  });
}
