// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <utility>
#include <vector>

int smallest_factor(int n) {
  int factor = 2;
  while (n % factor != 0) ++factor;
  return factor;
}

void work(cohort::Queue<int> jobs, cohort::Queue<std::pair<int, int>> results) {
  try {
    for (;;) {
      const int n = jobs.get();
      results.put({n, smallest_factor(n)});
    }
  } catch (const cohort::Closed&) {  // nothing is left, and nothing will come
  }
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto jobs = manager.queue<int>();
    auto results = manager.queue<std::pair<int, int>>();
    std::vector<cohort::Process> workers;
    for (int i = 0; i < 3; ++i) workers.emplace_back(work, jobs, results);
    cohort::start_all(workers);
    for (int n = 90; n < 98; ++n) jobs.put(n);
    jobs.close();  // one for all
    auto found = manager.list<std::pair<int, int>>();
    for (int n = 90; n < 98; ++n) found.append(results.get());
    cohort::join_all(workers);
    found.sort();
    std::cout << found << '\n';
  });
}
