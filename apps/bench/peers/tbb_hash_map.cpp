// SPDX-License-Identifier: BSL-1.0
// Peer of row 7: tbb::concurrent_hash_map<long, long> by threads of one process.
// tbb_hash_map [keys] [operations] [rounds] [workers]

#include <oneapi/tbb/concurrent_hash_map.h>

#include "../common/dict_rounds.hpp"
#include "../common/workers.hpp"

namespace {

using Map = tbb::concurrent_hash_map<long, long>;

struct Peer {
  void set(long key, long value) {
    Map::accessor place;
    map.insert(place, key);
    place->second = value;
  }
  long get(long key) {
    Map::const_accessor place;
    return map.find(place, key) ? place->second : 0;
  }
  void increment(long key) {
    Map::accessor place;
    map.insert(place, key);
    ++place->second;
  }
  void clear() { map.clear(); }
  Map& map;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t keys = bench::number_argument(argc, argv, 1, 200'000);
    const std::size_t operations = bench::number_argument(argc, argv, 2, 1'000'000);
    const std::size_t rounds = bench::number_argument(argc, argv, 3, 3);
    const auto workers = static_cast<int>(bench::number_argument(argc, argv, 4, 2));
    Map map;

    bench::run_threads(workers, [&](bench::Gate& gate) {
      Peer peer{map};
      const auto times = bench::dict_rounds(gate, keys, operations, rounds, peer);
      if (gate.rank() == 0) {
        long sum = 0;
        for (const auto& item : map) sum += item.second;
        bench::require(sum == bench::expected_dict_sum(keys, operations, rounds, workers), "values differ");
        bench::print(times);
      }
    });
  });
}
