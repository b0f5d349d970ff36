// SPDX-License-Identifier: BSL-1.0
// Peer of row 5: std::mutex between threads of one process.
// mutex_pair pairs [total] [rounds] [workers]
// mutex_pair fairness [milliseconds] [rounds] [workers]

#include <mutex>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const bool pairs = bench::word_argument(argc, argv, 1, {"pairs", "fairness"}) == "pairs";
    const std::size_t total = bench::number_argument(argc, argv, 2, pairs ? 2'000'000 : 500);
    const std::size_t rounds = bench::number_argument(argc, argv, 3, 5);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 4, 2));
    std::mutex mutex;
    const auto lock = [&] { mutex.lock(); };
    const auto unlock = [&] { mutex.unlock(); };
    bench::run_threads(workers, [&](bench::Gate& gate) {
      bench::Figures figures;
      if (pairs) {
        figures = {{"pair", bench::lock_rounds(gate, total, rounds, lock, unlock)}};
      } else {
        const auto fairness =
            bench::lock_fairness(gate, static_cast<std::int64_t>(total) * 1'000'000, lock, unlock);
        figures = {{"jain", fairness.jain}, {"longest", fairness.longest}, {"passed", fairness.passed}};
      }
      if (gate.rank() == 0) bench::print(figures);
    });
  });
}
