// SPDX-License-Identifier: BSL-1.0

// An argument that does not convert to its parameter.

#include <cohort/cohort.hpp>

void use(cohort::List<int> list, int number) { list.append(number); }

int main() { cohort::Process process(use, 1, 2); }
