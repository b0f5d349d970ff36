// SPDX-License-Identifier: BSL-1.0
// Ours of row 8: a Process of an empty function made, started and ended, median nanoseconds.
// process_start joiner|child|spinning|sleeping [count]
//   joiner    join() runs it itself (one rank)
//   child     the same, in a child that is forked for it
//   spinning  the other rank, which is still looking for work, runs it; rank 0 only looks whether it is alive
//   sleeping  the same, after a pause in which the other rank has gone to sleep

#include <cohort/cohort.hpp>

#include <chrono>
#include <string>
#include <thread>

#include "common/rounds.hpp"

namespace {

void nothing() {}

double in_children(std::size_t count) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = bench::now_ns();
    cohort::Process process({.isolation = cohort::Isolation::child}, nothing);
    process.start();
    process.join();
    times.push_back(static_cast<double>(bench::now_ns() - begin));
    bench::require(process.exitcode() == 0, "a child failed");
  }
  return bench::median(times);
}

/// Batches, as one start and join takes little more than two looks at the clock.
double by_joiner(std::size_t count) {
  constexpr std::size_t kBatch = 100;
  std::vector<double> times;
  for (std::size_t done = 0; done < count; done += kBatch) {
    const auto begin = bench::now_ns();
    for (std::size_t i = 0; i < kBatch; ++i) {
      cohort::Process process(nothing);
      process.start();
      process.join();
    }
    times.push_back(static_cast<double>(bench::now_ns() - begin) / kBatch);
  }
  return bench::median(times);
}

double by_other_rank(std::size_t count, std::chrono::milliseconds pause) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
    const auto begin = bench::now_ns();
    cohort::Process process(nothing);
    process.start();
    while (process.is_alive()) bench::cpu_pause();
    const auto end = bench::now_ns();
    process.join();
    if (process.rank() == 1) times.push_back(static_cast<double>(end - begin));
  }
  bench::require(times.size() * 2 > count, "most Processes did not run on the other rank");
  return bench::median(times);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = bench::word_argument(argc, argv, 1, {"joiner", "child", "spinning", "sleeping"});
  const std::size_t count = bench::number_argument(argc, argv, 2,
                                                   mode == "sleeping" ? 50
                                                   : mode == "child"  ? 500
                                                                      : 20'000);
  return cohort::run(argc, argv, [&] {
    if (mode == "joiner") {
      by_joiner(count / 10);  // first touch of everything
      bench::print({{"start_join", by_joiner(count)}});
    } else if (mode == "child") {
      in_children(count / 10);
      bench::print({{"start_join", in_children(count)}});
    } else {
      const std::chrono::milliseconds pause(mode == "sleeping" ? 5 : 0);
      bench::print({{"start_join", by_other_rank(count, pause)}});
    }
  });
}
