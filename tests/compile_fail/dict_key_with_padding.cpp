// SPDX-License-Identifier: BSL-1.0

// Two equal keys may differ in the bytes between their members.

#include <cohort/cohort.hpp>

struct Place {
  char row;
  int column;
};

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    manager.dict<Place, int>().set({'a', 1}, 2);
  });
}
