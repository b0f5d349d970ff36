// SPDX-License-Identifier: BSL-1.0
// Ours of row 11: processor time of ranks that wait, in percent of a core. Two ranks.
//   idle     rank 1 in Session::join() while rank 0 sleeps
//   joining  rank 0 in Process::join() while the Process sleeps on rank 1
// waiting [milliseconds]

#include <cohort/cohort.hpp>

#include <chrono>
#include <ctime>
#include <thread>

#include "common/rounds.hpp"

namespace {

void nap(std::size_t milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

double processor_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Percent of a core that this whole process uses while `wait` runs.
template <class Wait>
double percent_of_core(std::size_t at_least_ms, Wait wait) {
  const auto wall = bench::now_ns();
  const double processor = processor_ns();
  wait();
  const double used = processor_ns() - processor;
  const auto lasted = static_cast<double>(bench::now_ns() - wall);
  bench::require(lasted > static_cast<double>(at_least_ms) * 0.8e6,
                 "the wait ended too early to be measured");
  return 100 * used / lasted;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t milliseconds = bench::number_argument(argc, argv, 1, 2'000);
  cohort::Session session(argc, argv);
  bench::require(session.size() == 2, "needs two ranks");
  bench::Gate gate(bench::Gate::from_environment(), session.rank(), session.size());

  gate.meet();
  if (session.rank() == 0) {
    nap(milliseconds);
    session.join();
  } else {
    bench::print({{"idle", percent_of_core(milliseconds, [&] { session.join(); })}});
  }

  gate.meet();
  if (session.rank() == 0) {
    cohort::Process process(nap, milliseconds);
    process.start();
    // Nobody but rank 1 can take it until rank 0 joins.
    for (int i = 0; i < 100 && !process.rank(); ++i) nap(1);
    bench::require(process.rank() == 1, "the Process did not start on rank 1");
    bench::print({{"joining", percent_of_core(milliseconds, [&] { process.join(); })}});
  }
  session.join();
}
