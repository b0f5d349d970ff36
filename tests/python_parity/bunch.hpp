// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the tests that CPython has in test/lock_tests.py need here: its threads are Processes, a Bunch of them, and to
// wait for what they append to Lists.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "process/process_support.hpp"

namespace cohort::test {

inline constexpr int kWorkers = 5;

/// Starts so many Processes of one kind; joins them where it ends.
class Bunch {
 public:
  template <class F, class... Args>
  explicit Bunch(int count, F work, const Args&... args) {
    for (int i = 0; i < count; ++i) processes_.emplace_back(work, args...);
    start_all(processes_);
  }
  ~Bunch() { EXPECT_NO_THROW(join_all(processes_)); }

 private:
  std::vector<Process> processes_;
};

/// Waits without keeping the rank from running the Bunch.
template <class True>
void until(True is_true) {
  const auto limit = std::chrono::steady_clock::now() + 60s;
  blocking([&] {
    while (!is_true() && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(100us);
  });
  EXPECT_TRUE(is_true());
}
inline void until_size(const List<int>& list, std::size_t size) {
  until([&] { return list.size() >= size; });
}
inline std::vector<int> sorted(const List<int>& list) {
  auto all = list.copy();
  std::sort(all.begin(), all.end());
  return all;
}
template <class Act>
bool refused(Act&& act) {
  return !usage_error(std::forward<Act>(act)).empty();
}

}  // namespace cohort::test
