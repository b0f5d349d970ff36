// SPDX-License-Identifier: BSL-1.0

// A pipe has two ends, and a name is that of one object.

#include <cohort/cohort.hpp>

int main(int argc, char** argv) {
  return cohort::run(argc, argv,
                     [](cohort::Manager& manager) { manager.open<cohort::Connection<int>>("pipe"); });
}
