// SPDX-License-Identifier: BSL-1.0

// list.sort() may capture, because it compares here; a pool's sort compares elsewhere.

#include <cohort/cohort.hpp>

int main() {
  int argc = 0;
  char** argv = nullptr;
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    int pivot = 3;
    cohort::Pool pool;
    pool.sort(manager.list<int>({2, 1}), [pivot](int a, int b) { return a % pivot < b % pivot; });
  });
}
