// SPDX-License-Identifier: BSL-1.0

// A closure that captures by reference, the slip that is made most often.

#include <cohort/cohort.hpp>

int main() {
  int sum = 0;
  cohort::Process process([&] { ++sum; });
}
