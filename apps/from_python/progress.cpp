// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cohort/cohort.hpp>
#include <iostream>

/// How long n takes to come to 1.
int steps(int n) {
  int count = 0;
  for (; n != 1; ++count) n = n % 2 != 0 ? 3 * n + 1 : n / 2;
  return count;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [] {
    cohort::Pool pool;
    const auto counts = pool.map(steps, cohort::range(1, 3000), {.progress = "numbers"});
    std::cout << "the longest way: " << std::ranges::max(counts) << '\n';
  });
}
