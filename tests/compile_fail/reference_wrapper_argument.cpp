// SPDX-License-Identifier: BSL-1.0

// std::ref names an object of this rank.

#include <cohort/cohort.hpp>
#include <functional>

void use(int& number) { ++number; }

int main() {
  int number = 0;
  cohort::Process process(use, std::ref(number));
}
