// SPDX-License-Identifier: BSL-1.0

// A closure that captures cannot be sent to another rank: what it captured lives in this one.

#include <cohort/cohort.hpp>

int main() {
  int base = 3;
  cohort::Process process([base](int n) { return base + n; }, 4);
}
