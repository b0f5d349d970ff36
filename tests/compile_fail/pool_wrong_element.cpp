// SPDX-License-Identifier: BSL-1.0

// The elements are numbers, and the function wants texts.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.map([](const std::string& text) { return text.size(); }, std::vector<int>{1, 2});
}
