// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values through a queue, measured the same way for ours and every C++ peer.

#include <cstddef>
#include <vector>

#include "rounds.hpp"

namespace bench {

struct PassTimes {
  double one_to_one;  // one puts all, the other gets all
  double all_to_all;  // everybody puts one and gets one, in turn
};

/// `total` values pass in each round; `put(value)`, and `get()`, which waits until there is one. Nanoseconds a
/// value: wall time divided by all of them.
template <class Put, class Get>
PassTimes pass_rounds(Gate& gate, std::size_t total, std::size_t rounds, Put put, Get get) {
  const auto mine = total / static_cast<std::size_t>(gate.size());
  long sum = 0;
  std::vector<double> one_to_one;
  std::vector<double> all_to_all;
  for (std::size_t i = 0; i <= rounds; ++i) {
    const double passed = gate.round([&] {
      if (gate.rank() == 0) {
        for (std::size_t n = 0; n < total; ++n) put(static_cast<long>(n));
      } else if (gate.rank() == 1) {
        for (std::size_t n = 0; n < total; ++n) sum += get();
      }
    });
    if (gate.rank() == 1) require(sum == expected_sum(total), "values differ");
    const double exchanged = gate.round([&] {
      for (std::size_t n = 0; n < mine; ++n) {
        put(1);
        sum += get();
      }
    });
    sum = 0;
    if (i == 0) continue;  // the first round is the first touch of the memory
    one_to_one.push_back(passed / static_cast<double>(total));
    all_to_all.push_back(exchanged / static_cast<double>(mine * static_cast<std::size_t>(gate.size())));
  }
  return {median(one_to_one), median(all_to_all)};
}

}  // namespace bench
