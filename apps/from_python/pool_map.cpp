// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <utility>

int square(int n) { return n * n; }

int area(int width, int height) { return width * height; }

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    cohort::Pool pool(4);
    std::cout << manager.list(pool.map(square, cohort::range(10))) << '\n';
    std::cout << manager.list(pool.starmap(area, {std::pair(2, 3), {4, 5}})) << '\n';
  });
}
