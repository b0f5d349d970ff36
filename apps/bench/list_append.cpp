// SPDX-License-Identifier: BSL-1.0
// Ours of row 1 (and 13): List<long>::append by all ranks at once.
// list_append [total] [rounds]

#include <cohort/cohort.hpp>

#include <numeric>

#include "common/rounds.hpp"

int main(int argc, char** argv) {
  const std::size_t total = bench::number_argument(argc, argv, 1, 2'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  auto list = session.manager().open<cohort::List<long>>("appended");

  const auto times = bench::append_rounds(
      gate, total, rounds, [&](std::size_t i) { list.append(static_cast<long>(i)); }, [&] { list.clear(); });

  if (session.rank() == 0) {
    const auto values = list.copy();
    bench::require(values.size() == total, "appends were lost");
    bench::require(std::accumulate(values.begin(), values.end(), 0L) == bench::expected_sum(total),
                   "values differ");
    bench::print({{"growing", times.growing}, {"warm", times.warm}});
  }
  session.join();
}
