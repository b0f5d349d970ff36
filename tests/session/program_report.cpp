// SPDX-License-Identifier: BSL-1.0

// report CASE: programs whose tasks and waits are known, for COHORT_REPORT. report_test.sh says what to expect.

#include <chrono>
#include <cohort/cohort.hpp>
#include <iostream>
#include <map>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

// Keeps its rank, and the core as far as the kernel gives it.
void work_for(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

/// 12 Processes and 100 + 40 + 30 + 1 + 2 tasks of pools, of 4 ms each.
int tasks(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] {
    constexpr auto call = [] { work_for(4ms); };
    constexpr auto task = [](int n) {
      work_for(4ms);
      return n;
    };
    std::vector<cohort::Process> processes;
    for (int i = 0; i < 12; ++i) processes.emplace_back(call);
    cohort::start_all(processes);
    cohort::join_all(processes);
    cohort::Pool pool;
    pool.map(task, cohort::range(100));
    pool.map(task, cohort::range(40), {.chunk = 1});
    for (const int n : pool.imap_unordered(task, cohort::range(30))) static_cast<void>(n);
    pool.apply(call);
    const auto one = pool.apply_async(task, 1);
    const auto two = pool.apply_async(task, 2);
    one.get();
    two.get();
  });
}

/// Rank 0 waits for 300 ms each, and works for as long; then it joins what runs on another rank.
int waits(int& argc, char**& argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto queue = manager.queue<int>();
    auto event = manager.event();
    auto semaphore = manager.semaphore(0);
    static_cast<void>(queue.get(300ms));
    static_cast<void>(event.wait(300ms));
    static_cast<void>(semaphore.try_acquire_for(300ms));
    cohort::blocking([] { std::this_thread::sleep_for(300ms); });
    work_for(300ms);
    cohort::Process process([] { work_for(300ms); });
    process.start();
    if (cohort::Pool().processes() > 1) {
      while (!process.rank()) std::this_thread::yield();
    }
    process.join();
  });
}

/// Every rank's main works for 300 ms.
int spmd(int& argc, char**& argv) {
  cohort::Session session(argc, argv);
  work_for(300ms);
  session.join();
  return 0;
}

/// As the program asks.
int asked(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] { std::cout << "body\n"; }, {.report = true});
}

/// A Process that fails, and a body that does.
int failing(int& argc, char**& argv) {
  return cohort::run(argc, argv, []() -> int {
    cohort::Process process([] { throw 1; });
    process.start();
    process.join();
    throw 2;
  });
}

const std::map<std::string_view, int (*)(int&, char**&)> kCases = {
    {"tasks", tasks}, {"waits", waits}, {"spmd", spmd}, {"asked", asked}, {"failing", failing}};

}  // namespace

int main(int argc, char** argv) {
  const auto found = argc > 1 ? kCases.find(argv[1]) : kCases.end();
  if (found == kCases.end()) {
    std::cerr << "usage: report CASE\n";
    return 2;
  }
  return found->second(argc, argv);
}
