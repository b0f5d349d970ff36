// SPDX-License-Identifier: BSL-1.0

// A pointer means nothing in another rank.

#include <cohort/cohort.hpp>

void use(int* number) { *number = 1; }

int main() {
  int number = 0;
  cohort::Process process(use, &number);
}
