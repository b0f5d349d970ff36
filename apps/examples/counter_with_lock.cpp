// SPDX-License-Identifier: BSL-1.0

// A counter that many Processes raise. A read and a write are two steps, so they stand under a Lock;
// `total[0] += 1` is one step and needs none. In Python, whose `+=` on a shared list is two steps as well:
//
//     from multiprocessing import Manager, Process
//
//     def count(total, lock, times):
//         for _ in range(times):
//             with lock:
//                 total[0] = total[0] + 1
//
//     if __name__ == "__main__":
//         with Manager() as manager:
//             total, lock = manager.list([0]), manager.Lock()
//             processes = [Process(target=count, args=(total, lock, 1000)) for _ in range(8)]
//             for process in processes: process.start()
//             for process in processes: process.join()
//             print("with a lock:", total[0])

#include <cohort/cohort.hpp>
#include <iostream>
#include <mutex>
#include <vector>

void count(cohort::List<int> total, cohort::Lock lock, int times) {
  for (int i = 0; i < times; ++i) {
    const std::scoped_lock held(lock);
    const int seen = total[0];
    total[0] = seen + 1;
  }
}

void count_at_once(cohort::List<int> total, int times) {
  for (int i = 0; i < times; ++i) total[0] += 1;
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto total = manager.list<int>({0});
    auto lock = manager.lock();
    std::vector<cohort::Process> processes;
    for (int n = 0; n < 8; ++n) processes.emplace_back(count, total, lock, 1000);
    cohort::start_all(processes);
    cohort::join_all(processes);
    std::cout << "with a lock: " << total[0] << '\n';  // 8000

    total[0] = 0;
    processes.clear();
    for (int n = 0; n < 8; ++n) processes.emplace_back(count_at_once, total, 1000);
    cohort::start_all(processes);
    cohort::join_all(processes);
    std::cout << "in one step: " << total[0] << '\n';  // 8000
  });
}
