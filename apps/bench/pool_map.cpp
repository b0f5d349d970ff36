// SPDX-License-Identifier: BSL-1.0
// Ours of row 9: Pool::map of a function that does next to nothing, nanoseconds a task.
// pool_map [tasks] [rounds]
//   single     one task is handed out at a time
//   automatic  the pool chooses; the results are a new vector
//   in_place   the function changes an Array's elements where they lie

#include <cohort/cohort.hpp>

#include "common/rounds.hpp"

namespace {

// Lambdas, which a compiler sees through, as the peer's.
constexpr auto next_of = [](long n) { return n + 1; };
constexpr auto raise = [](long& n) { n += 1; };

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tasks = bench::number_argument(argc, argv, 1, 4'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    cohort::Pool pool;
    const auto all = static_cast<long>(tasks);
    const std::size_t warm = bench::warm_maps(static_cast<std::size_t>(pool.processes()));
    long sum = 0;
    const double single = bench::work_rounds(rounds, tasks / 8, [&] {
      sum += pool.map(next_of, cohort::range(all / 8), {.chunk = 1}).back() * 8;
    });
    const double automatic = bench::work_rounds(
        rounds, tasks, [&] { sum += pool.map(next_of, cohort::range(all)).back(); }, warm);
    const auto array = manager.array<long>(tasks);
    const double in_place = bench::work_rounds(
        rounds, tasks, [&] { pool.map(raise, array); }, warm);
    const auto maps = static_cast<long>(warm + rounds);
    bench::require(sum == all * (maps + static_cast<long>(rounds) + 1), "results are missing");
    bench::require(array.get(-1) == maps, "elements were not changed once each");
    bench::print({{"single", single}, {"automatic", automatic}, {"in_place", in_place}});
  });
}
