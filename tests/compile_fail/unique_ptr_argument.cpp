// SPDX-License-Identifier: BSL-1.0

// A unique_ptr owns memory of this rank.

#include <cohort/cohort.hpp>
#include <memory>

void use(std::unique_ptr<int> number) { number.reset(); }

int main() { cohort::Process process(use, std::make_unique<int>(3)); }
