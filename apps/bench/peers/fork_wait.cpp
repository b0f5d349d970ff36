// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: fork from a small process, a child that leaves at once, and waitpid, median nanoseconds.
// fork_wait [count]

#include "../common/fork_rounds.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 500);
    bench::print({{"start_join", bench::fork_and_wait(count)}});
  });
}
