// SPDX-License-Identifier: BSL-1.0

// Nobody passes an initializer anything.

#include <cohort/cohort.hpp>

int main() {
  cohort::Pool pool({.initializer = [](int n) { static_cast<void>(n); }});
}
