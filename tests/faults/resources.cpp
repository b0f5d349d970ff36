// SPDX-License-Identifier: BSL-1.0
// resources all | save FILE | load FILE: what a program does of which a system call fails (COHORT_TEST_FAILURE).
#include <cohort/cohort.hpp>
#include <iostream>
#include <string>

namespace {

using namespace cohort;

std::string end_of(Process& process) {
  process.start();
  process.join();
  const auto error = process.exception();
  return std::to_string(process.exitcode().value_or(-99)) + (error ? " " + error->message() : "");
}

int act(Manager& manager, const std::string& what, const std::string& file) {
  if (what == "save") {
    manager.open<List<int>>("list", std::vector{1, 2, 3});
    manager.save(file, {"list"});
    return 0;
  }
  if (what == "load") {
    try {
      manager.load(file);
    } catch (const Error& error) {
      std::cout << "refused: " << error.what() << '\n';
      manager.load(file);  // nothing was changed
    }
    std::cout << manager.open<List<int>>("list") << '\n';
    return 0;
  }
  const auto sum = manager.value<int>();
  std::vector<Process> processes;
  for (int i = 1; i <= 4; ++i) processes.emplace_back([](Value<int> to, int by) { to += by; }, sum, i);
  start_all(processes);
  join_all(processes);
  const auto told = manager.event();
  Process tells([](Event e) { e.set(); }, told);
  tells.start();
  told.wait();  // on another thread of this rank, where there is one rank
  tells.join();
  Process child(ProcessOptions{.isolation = Isolation::child}, [] { this_process::exit(7); });
  std::cout << "a child ends with " << end_of(child) << '\n';
  const auto squares = Pool().map([](int i) { return i * i; }, {1, 2, 3});
  std::cout << (sum.get() == 10 && squares.back() == 9 ? "all is well\n" : "all is wrong\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [&](Manager& manager) {
    return act(manager, argc > 1 ? argv[1] : "all", argc > 2 ? argv[2] : "");
  });
}
