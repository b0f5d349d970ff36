// SPDX-License-Identifier: BSL-1.0

// A Process is one running thing; it moves and is not copied.

#include <cohort/cohort.hpp>

void use() {}

int main() {
  cohort::Process process(use);
  cohort::Process copy = process;
}
