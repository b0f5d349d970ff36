// SPDX-License-Identifier: BSL-1.0

// Default arguments do not travel, so each parameter wants its argument.

#include <cohort/cohort.hpp>

void use(int first, int second = 2) { (void)(first + second); }

int main() { cohort::Process process(use, 1); }
