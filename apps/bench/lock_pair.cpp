// SPDX-License-Identifier: BSL-1.0
// Ours of row 5: Lock::lock and unlock, by as many ranks as there are.
// lock_pair pairs [total] [rounds]   nanoseconds a pair
// lock_pair fairness [milliseconds]  who gets it how often, and after how long

#include <cohort/cohort.hpp>

#include "common/rounds.hpp"

int main(int argc, char** argv) {
  const bool pairs = bench::word_argument(argc, argv, 1, {"pairs", "fairness"}) == "pairs";
  const std::size_t total = bench::number_argument(argc, argv, 2, pairs ? 2'000'000 : 500);
  const std::size_t rounds = bench::number_argument(argc, argv, 3, 5);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  const auto shared = session.manager().open<cohort::Lock>("lock");
  const auto lock = [&] { shared.lock(); };
  const auto unlock = [&] { shared.unlock(); };
  bench::Figures figures;
  if (pairs) {
    figures = {{"pair", bench::lock_rounds(gate, total, rounds, lock, unlock)}};
  } else {
    const auto fairness =
        bench::lock_fairness(gate, static_cast<std::int64_t>(total) * 1'000'000, lock, unlock);
    figures = {{"jain", fairness.jain}, {"longest", fairness.longest}, {"passed", fairness.passed}};
  }
  if (session.rank() == 0) bench::print(figures);
  session.join();
}
