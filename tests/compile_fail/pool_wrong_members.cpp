// SPDX-License-Identifier: BSL-1.0

// map passes the tuple as one argument; starmap would pass its members.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.map([](int a, int b) { return a + b; }, std::vector<std::tuple<int, int>>{{1, 2}});
}
