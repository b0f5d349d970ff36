// SPDX-License-Identifier: BSL-1.0

// Neither does a pointer inside a container.

#include <cohort/cohort.hpp>
#include <vector>

void use(std::vector<int*> numbers) { numbers.clear(); }

int main() { cohort::Process process(use, std::vector<int*>{}); }
