// SPDX-License-Identifier: BSL-1.0

// imap gives results one by one, and there are none.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool;
  for (auto& result : pool.imap([](int) {}, {1, 2})) static_cast<void>(result);
}
