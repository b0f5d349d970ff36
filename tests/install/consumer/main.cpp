// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>

#include <iostream>
#include <vector>

namespace {

void square(cohort::List<int> squares, int n) { squares.append(n * n); }

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto squares = manager.list<int>();
    std::vector<cohort::Process> processes;
    for (int n = 0; n < 8; ++n) processes.emplace_back(square, squares, n);
    for (auto& process : processes) process.start();
    for (auto& process : processes) process.join();
    squares.sort();
    std::cout << squares << '\n';
  });
}
