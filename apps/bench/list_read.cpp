// SPDX-License-Identifier: BSL-1.0
// Ours of row 2: dependent reads of a List<long> by all ranks at once.
// list_read [size] [steps] [rounds]

#include <cohort/cohort.hpp>

#include "common/rounds.hpp"

int main(int argc, char** argv) {
  const std::size_t size = bench::number_argument(argc, argv, 1, 10'000);
  const std::size_t steps = bench::number_argument(argc, argv, 2, 2'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 3, 3);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  auto list = session.manager().open<cohort::List<long>>("chain");
  if (session.rank() == 0) list.extend(bench::random_cycle(size));

  const double read =
      bench::chase_rounds(gate, size, steps, rounds, [&](long position) { return list.get(position); });

  if (session.rank() == 0) bench::print({{"read", read}, {"of_all", read / session.size()}});
  session.join();
}
