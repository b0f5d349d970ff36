// SPDX-License-Identifier: BSL-1.0

// Which list is it? A handle is no key, wherever it stands in it.

#include <cohort/cohort.hpp>
#include <utility>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto dict = manager.dict<std::pair<int, cohort::List<int>>, int>();
    dict.clear();
  });
}
