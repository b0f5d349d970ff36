// SPDX-License-Identifier: BSL-1.0

// String literals in braces are pointers.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  pool.map([](const std::string& text) { return text.size(); }, {"one", "two"});
}
