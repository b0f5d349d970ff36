// SPDX-License-Identifier: BSL-1.0
// Ours of row 7: Dict<long, long> by all ranks at once.
// dict [keys] [operations] [rounds]

#include <cohort/cohort.hpp>

#include "common/dict_rounds.hpp"

namespace {

struct Ours {
  void set(long key, long value) { dict.set(key, value); }
  long get(long key) { return dict.get(key, 0); }
  void increment(long key) { dict.increment(key); }
  void clear() { dict.clear(); }
  cohort::Dict<long, long> dict;
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t keys = bench::number_argument(argc, argv, 1, 200'000);
  const std::size_t operations = bench::number_argument(argc, argv, 2, 1'000'000);
  const std::size_t rounds = bench::number_argument(argc, argv, 3, 3);
  cohort::Session session(argc, argv);
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());
  Ours ours{session.manager().open<cohort::Dict<long, long>>("dict")};

  const auto times = bench::dict_rounds(gate, keys, operations, rounds, ours);

  if (session.rank() == 0) {
    long sum = 0;
    for (const long value : ours.dict.values()) sum += value;
    bench::require(sum == bench::expected_dict_sum(keys, operations, rounds, session.size()),
                   "values differ");
    bench::print(times);
  }
  session.join();
}
