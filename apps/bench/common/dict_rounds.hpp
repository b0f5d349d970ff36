// SPDX-License-Identifier: BSL-1.0
#pragma once

// The measurements of row 7, written once for ours and the peer.

#include "rounds.hpp"

namespace bench {

/// Keys that a hash has something to do with: their order is nobody's.
inline long dict_key(std::size_t i) { return static_cast<long>(i * 0x9E37'79B9'7F4A'7C15ULL >> 8); }

/// All work on one dict at once, at random keys of `keys`, which each of the workers has set a part of before.
/// Nanoseconds: wall time divided by all operations of all workers.
template <class Dict>
Figures dict_rounds(Gate& gate, std::size_t keys, std::size_t operations, std::size_t rounds, Dict& dict) {
  const auto size = static_cast<std::size_t>(gate.size());
  const auto rank = static_cast<std::size_t>(gate.rank());
  const auto all = static_cast<double>(operations * size);
  const auto fill = [&] {
    for (std::size_t i = keys * rank / size; i < keys * (rank + 1) / size; ++i) dict.set(dict_key(i), 1);
  };
  std::vector<double> inserts;
  for (std::size_t i = 0; i <= rounds; ++i) {
    if (i > 0 && rank == 0) dict.clear();
    const double wall = gate.round(fill) / static_cast<double>(keys);
    if (i > rounds / 2) inserts.push_back(wall);  // into memory that each worker has touched
  }
  long sum = 0;
  const auto repeat = [&](std::uint64_t seed, auto work) {
    Random random(seed + rank);
    std::vector<double> times;
    for (std::size_t i = 0; i <= rounds; ++i) {
      const double wall = gate.round([&] {
        for (std::size_t n = 0; n < operations; ++n) work(dict_key(random.below(keys)));
      });
      if (i > 0) times.push_back(wall / all);
    }
    return median(times);
  };
  const double get = repeat(10, [&](long key) { sum += dict.get(key); });
  const double set = repeat(20, [&](long key) { dict.set(key, 1); });
  const double increment = repeat(30, [&](long key) { dict.increment(key); });
  require(sum == static_cast<long>(operations * (rounds + 1)), "keys were lost");
  return {{"insert", median(inserts)}, {"set", set}, {"get", get}, {"increment", increment}};
}

inline long expected_dict_sum(std::size_t keys, std::size_t operations, std::size_t rounds, int workers) {
  return static_cast<long>(keys + operations * (rounds + 1) * static_cast<std::size_t>(workers));
}

}  // namespace bench
