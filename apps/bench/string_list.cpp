// SPDX-License-Identifier: BSL-1.0
// Ours of row 4: List<std::string>, appended and read at random by all ranks at once.
// string_list [total] [reads] [rounds]

#include <cohort/cohort.hpp>

#include <string>

#include "common/rounds.hpp"

int main(int argc, char** argv) {
  const std::size_t total = bench::number_argument(argc, argv, 1, 200'000);
  const std::size_t reads = bench::number_argument(argc, argv, 2, 200'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 3, 5);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  auto list = session.manager().open<cohort::List<std::string>>("strings");
  const auto strings = bench::sample_strings();

  const auto times = bench::append_rounds(
      gate, total, rounds, [&](std::size_t i) { list.append(strings[i % strings.size()]); },
      [&] { list.clear(); });
  const double read = bench::random_read_rounds(gate, total, reads, rounds, [&](std::size_t i) {
    const std::string text = list.get(i);
    return text.size();
  });

  if (session.rank() == 0) {
    bench::require(list.size() == total, "appends were lost");
    bench::print({{"growing", times.growing}, {"warm", times.warm}, {"read", read}});
  }
  session.join();
}
