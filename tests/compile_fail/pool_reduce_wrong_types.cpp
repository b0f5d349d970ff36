// SPDX-License-Identifier: BSL-1.0

// The function takes numbers, and the initial value is a text.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.reduce([](int a, int b) { return a + b; }, std::vector<std::string>{"1", "2"}, std::string());
}
