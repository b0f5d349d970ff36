// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: fork from a small process, a child that leaves at once, and waitpid, median nanoseconds.
// fork_wait [count]

#include <sys/wait.h>
#include <unistd.h>

#include "../common/rounds.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 500);
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = bench::now_ns();
      const pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      bench::require(child > 0 && ::waitpid(child, nullptr, 0) == child, "fork or waitpid failed");
      times.push_back(static_cast<double>(bench::now_ns() - begin));
    }
    bench::print({{"start_join", bench::median(times)}});
  });
}
