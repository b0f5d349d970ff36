// SPDX-License-Identifier: BSL-1.0

// A pointer means something in its own process only.

#include <cohort/cohort.hpp>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) { manager.set<const char*>().clear(); });
}
