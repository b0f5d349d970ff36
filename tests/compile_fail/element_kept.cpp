// SPDX-License-Identifier: BSL-1.0

// An Element is used at once: kept, it would be read after the list has changed.

#include <cohort/cohort.hpp>

int read(cohort::List<int> list) {
  auto element = list[0];
  int number = element;
  return number;
}
