// SPDX-License-Identifier: BSL-1.0

// The same with views.

#include <cohort/cohort.hpp>
#include <string_view>

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto list = manager.list<std::string_view>();
    list.append("words");
  });
}
