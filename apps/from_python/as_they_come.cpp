// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <set>
#include <vector>

constexpr int kNumber = 62773913;  // 7919 * 7927

/// A divisor among a thousand candidates, or 0.
int search(int first) {
  for (int i = first; i < first + 1000; ++i)
    if (kNumber % i == 0) return i;
  return 0;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    cohort::Pool pool;
    for (const int divisor : pool.imap_unordered(search, cohort::range(2, 100000, 1000))) {
      if (divisor != 0) {
        std::cout << "found " << divisor << '\n';
        break;  // and search no more
      }
    }

    std::vector<cohort::Future<int>> searches;
    for (const int first : {2, 1002, 7002}) searches.push_back(pool.apply_async(search, first));
    std::set<int> found;
    for (auto& each : cohort::as_completed(searches)) found.insert(each.get());
    std::cout << manager.list(found) << '\n';
  });
}
