// SPDX-License-Identifier: BSL-1.0

// Another program than `fault`: the two cannot share one job.

#include <cohort/cohort.hpp>
#include <iostream>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [] { std::cout << "another program\n"; });
}
