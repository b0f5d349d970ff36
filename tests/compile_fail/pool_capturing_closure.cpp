// SPDX-License-Identifier: BSL-1.0

// A closure that captures cannot be sent to another rank: cohort::partial can be.

#include <cohort/cohort.hpp>

int main() {
  int base = 3;
  cohort::Pool pool;
  pool.map([base](int n) { return base + n; }, {1, 2});
}
