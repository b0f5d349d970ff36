// SPDX-License-Identifier: BSL-1.0

// The same for a single call.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.apply_async([](int) { return static_cast<int*>(nullptr); }, 1);
}
