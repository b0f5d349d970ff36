// SPDX-License-Identifier: BSL-1.0
// Ours of row 6: Queue<long>, put and got by two ranks.
// queue_pass [total] [rounds]

#include <cohort/cohort.hpp>

#include "common/passing.hpp"

int main(int argc, char** argv) {
  const std::size_t total = bench::number_argument(argc, argv, 1, 1'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 2, 5);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  auto queue = session.manager().open<cohort::Queue<long>>("passed");

  const auto times = bench::pass_rounds(
      gate, total, rounds, [&](long value) { queue.put(value); }, [&] { return queue.get(); });

  if (session.rank() == 0) bench::print({{"one_to_one", times.one_to_one}, {"all_to_all", times.all_to_all}});
  session.join();
}
