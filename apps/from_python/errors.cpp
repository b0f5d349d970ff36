// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <stdexcept>
#include <utility>

int share(int cake, int guests) {
  if (guests == 0) throw std::invalid_argument("nobody to share with");
  return cake / guests;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    cohort::Pool pool(2);
    try {
      std::cout << manager.list(pool.starmap(share, {std::pair(12, 3), {12, 0}, {12, 4}})) << '\n';
    } catch (const cohort::RemoteError& error) {
      std::cout << "a task failed: " << error.message() << '\n';
    }
    std::cout << "the pool goes on: " << pool.apply(share, 12, 6) << '\n';

    cohort::Process process(share, 12, 0);
    process.start();
    process.join();
    std::cout << "a process failed: " << process.exitcode().value() << '\n';
  });
}
