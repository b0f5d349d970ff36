// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <vector>

void count(cohort::Value<int> total, int times) {
  for (int i = 0; i < times; ++i) ++total;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto total = manager.value<int>(0);
    std::vector<cohort::Process> workers;
    for (int i = 0; i < 4; ++i) workers.emplace_back(count, total, 1000);
    for (auto& worker : workers) worker.start();
    for (auto& worker : workers) worker.join();
    std::cout << "counted to " << total << '\n';
  });
}
