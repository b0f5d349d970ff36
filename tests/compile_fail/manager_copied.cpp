// SPDX-License-Identifier: BSL-1.0

// There is one Manager; it is passed by reference.

#include <cohort/cohort.hpp>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) { cohort::Manager copy = manager; });
}
