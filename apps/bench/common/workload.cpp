// SPDX-License-Identifier: BSL-1.0
#include "workload.hpp"

#include <numeric>
#include <utility>

namespace bench {

std::vector<long> random_cycle(std::size_t size) {
  std::vector<long> cycle(size);
  std::iota(cycle.begin(), cycle.end(), 0L);
  Random random(7);
  for (std::size_t i = size - 1; i > 0; --i) std::swap(cycle[i], cycle[random.below(i)]);
  return cycle;
}

std::vector<std::string> sample_strings() {
  std::vector<std::string> strings(4096);
  Random random(11);
  for (auto& text : strings) {
    text.resize(10 + random.below(31));
    for (char& letter : text) letter = static_cast<char>('a' + static_cast<int>(random.below(26)));
  }
  return strings;
}

}  // namespace bench
