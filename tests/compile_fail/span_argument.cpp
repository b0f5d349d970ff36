// SPDX-License-Identifier: BSL-1.0

// A span points at elements of this rank.

#include <cohort/cohort.hpp>
#include <span>
#include <vector>

void use(std::span<const int> numbers) { (void)numbers; }

int main() {
  std::vector<int> numbers{1, 2, 3};
  cohort::Process process(use, std::span<const int>(numbers));
}
