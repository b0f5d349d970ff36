// SPDX-License-Identifier: BSL-1.0
#include <cohort/cohort.hpp>
#include <iostream>
#include <string>
#include <vector>

using Settings = cohort::Dict<std::string, int>;

void note(cohort::Event ready, Settings settings, cohort::List<int> seen) {
  ready.wait();
  seen.append(settings["depth"]);
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto ready = manager.event();
    auto settings = manager.dict<std::string, int>();
    auto seen = manager.list<int>();
    std::vector<cohort::Process> listeners;
    for (int i = 0; i < 3; ++i) listeners.emplace_back(note, ready, settings, seen);
    cohort::start_all(listeners);
    std::cout << "before the event: " << seen << '\n';
    settings["depth"] = 12;
    ready.set();
    cohort::join_all(listeners);
    std::cout << "after it: " << seen << '\n';
  });
}
