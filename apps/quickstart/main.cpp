// SPDX-License-Identifier: BSL-1.0

// The first program: eight Processes append to one shared list, on whichever ranks are free.
// Below the list stands who did what.

#include <chrono>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <vector>

/// Keeps a core busy for 2 ms, as real work would. Without it one rank could have squared all eight
/// numbers before another has woken up.
void work() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
  while (std::chrono::steady_clock::now() < end) {
  }
}

void square(cohort::List<int> squares, int n) {
  work();
  squares.append(n * n);
}

void print_who_did_what(const std::vector<cohort::Process>& processes) {
  std::map<int, std::size_t> total;
  std::cout << "\nProcess       rank  exit code\n";
  for (const auto& process : processes) {
    const int rank = process.rank().value_or(-1);
    ++total[rank];
    std::cout << std::left << std::setw(12) << process.name() << std::right << std::setw(6) << rank
              << std::setw(11) << process.exitcode().value_or(-1) << '\n';
  }
  std::cout << '\n';
  for (const auto& [rank, count] : total) {
    std::cout << "rank " << std::setw(3) << rank << "  " << std::string(count, '#') << ' ' << count << '\n';
  }
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {  // runs on rank 0; the others serve
    auto squares = manager.list<int>();
    std::vector<cohort::Process> processes;
    for (int n = 0; n < 8; ++n) processes.emplace_back(square, squares, n);
    for (auto& process : processes) process.start();  // all start,
    for (auto& process : processes) process.join();   // then all join
    std::cout << squares << '\n';                     // [0, 1, 4, 9, 16, 25, 36, 49], in some order
    print_who_did_what(processes);
  });
}
