// SPDX-License-Identifier: BSL-1.0

// More arguments than the target has parameters.

#include <cohort/cohort.hpp>

void use(int number) { (void)number; }

int main() { cohort::Process process(use, 1, 2); }
