// SPDX-License-Identifier: BSL-1.0

// What the target changed through a plain reference would be lost: the argument is a copy.

#include <cohort/cohort.hpp>
#include <vector>

void use(std::vector<int>& numbers) { numbers.clear(); }

int main() {
  std::vector<int> numbers;
  cohort::Process process(use, numbers);
}
