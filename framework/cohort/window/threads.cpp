// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/threads.hpp"

#include <fstream>
#include <string>

namespace cohort {

std::optional<int> thread_count(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    if (word == "State:" && status >> word && (word == "Z" || word == "X"))
      return std::nullopt;  // it has ended
    int count = 0;
    if (word == "Threads:" && status >> count) return count;
  }
  return std::nullopt;
}

}  // namespace cohort
