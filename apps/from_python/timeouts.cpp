// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <cohort/cohort.hpp>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

std::string enter(cohort::Event door) {
  door.wait();
  return "came in";
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    cohort::Pool pool(1);
    auto door = manager.event();
    auto letters = manager.queue<std::string>();
    cohort::Process guest(enter, door);
    guest.start();
    if (!guest.join(50ms)) std::cout << "the guest waits\n";
    if (!letters.get(50ms)) std::cout << "there are no letters\n";
    auto answer = pool.apply_async(enter, door);
    try {
      answer.get(50ms);
    } catch (const cohort::TimeoutError&) {
      std::cout << "there is no answer yet\n";
    }
    door.set();
    std::cout << "the answer: " << answer.get(60s) << '\n';
    if (guest.join(60s)) std::cout << "the guest has gone in\n";
  });
}
