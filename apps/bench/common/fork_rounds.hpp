// SPDX-License-Identifier: BSL-1.0
#pragma once

// The measurement of row 8's bare forks, written once for a small process and for one that has MPI mapped.

#include <sys/wait.h>
#include <unistd.h>

#include "rounds.hpp"

namespace bench {

/// fork, a child that leaves at once, and waitpid: median nanoseconds.
inline double fork_and_wait(std::size_t count) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = now_ns();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    require(child > 0 && ::waitpid(child, nullptr, 0) == child, "fork or waitpid failed");
    times.push_back(static_cast<double>(now_ns() - begin));
  }
  return median(times);
}

}  // namespace bench
