// SPDX-License-Identifier: BSL-1.0

// A pointer to what lies in the rank that did the task says nothing where the result is wanted.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.map([](int n) { return n > 0 ? "positive" : "not"; }, {1, -1});
}
