// SPDX-License-Identifier: BSL-1.0

// A List lies in shared memory; what its elements point at does not.

#include <cohort/cohort.hpp>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto list = manager.list<int*>();
    list.append(nullptr);
  });
}
