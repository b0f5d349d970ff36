// SPDX-License-Identifier: BSL-1.0
// Peer of row 8: what the machine takes to wake a sleeping process on another core, with nothing around it: a
// store and a futex wake-up, until the other process answers by a store. Median nanoseconds. futex_wake [count]

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "../common/rounds.hpp"
#include "../common/workers.hpp"

namespace {

using Word = std::atomic_ref<std::uint32_t>;

void futex(std::uint32_t& word, int operation, std::uint32_t value) {
  ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded([&] {
    const std::size_t count = bench::number_argument(argc, argv, 1, 50);
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench::require(page != MAP_FAILED, "no shared page");
    bench::run_processes(2, [&](bench::Gate& gate) {
      auto& call = *static_cast<std::uint32_t*>(page);
      auto& answer = *(static_cast<std::uint32_t*>(page) + 32);  // not in the same pair of lines
      std::vector<double> times;
      for (std::uint32_t i = 1; i <= count; ++i) {
        if (gate.rank() == 1) {
          while (Word(call).load() != i) futex(call, FUTEX_WAIT, i - 1);
          Word(answer).store(i);
          continue;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const auto begin = bench::now_ns();
        Word(call).store(i);
        futex(call, FUTEX_WAKE, 1);
        while (Word(answer).load() != i) bench::cpu_pause();
        times.push_back(static_cast<double>(bench::now_ns() - begin));
      }
      if (gate.rank() == 0) bench::print({{"start_join", bench::median(times)}});
    });
  });
}
