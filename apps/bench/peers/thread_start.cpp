// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: a std::thread of an empty function started and joined, median nanoseconds.
// thread_start [count]

#include <thread>

#include "../common/rounds.hpp"

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 5'000);
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = bench::now_ns();
      std::thread thread([] {});
      thread.join();
      times.push_back(static_cast<double>(bench::now_ns() - begin));
    }
    bench::print({{"start_join", bench::median(times)}});
  });
}
