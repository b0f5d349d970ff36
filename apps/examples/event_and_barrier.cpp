// SPDX-License-Identifier: BSL-1.0

// Runners wait for the start, an Event, and for each other after each lap, at a Barrier, whose action is run
// once a lap by whoever comes last. There may be more runners than ranks: one that waits makes room. In
// Python (threads, since an action of multiprocessing's Barrier does not travel):
//
//     from threading import Barrier, Event, Thread
//
//     meters, laps = [], []
//     start, line = Event(), Barrier(6, action=lambda: laps.append(len(laps) + 1))
//
//     def run():
//         start.wait()
//         for lap in range(1, 4):
//             meters.append(100)
//             line.wait()
//             assert len(laps) >= lap
//
//     runners = [Thread(target=run) for _ in range(6)]
//     for runner in runners: runner.start()
//     print("before the start:", len(meters), "times 100 m")
//     start.set()
//     for runner in runners: runner.join()
//     print("after the race:", len(meters), "times 100 m")
//     print("laps:", laps)

#include <cohort/cohort.hpp>
#include <iostream>
#include <stdexcept>
#include <vector>

constexpr int kRunners = 6;
constexpr int kLaps = 3;

/// The action of the barrier: it travels, as all that it holds does.
struct CountLap {
  cohort::List<int> laps;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& laps;
  }
  void operator()() const { laps.append(static_cast<int>(laps.size()) + 1); }
};

void run(cohort::Event start, cohort::Barrier line, cohort::List<int> meters, cohort::List<int> laps) {
  start.wait();
  for (int lap = 1; lap <= kLaps; ++lap) {
    meters.append(100);
    line.wait();
    // Nobody passes before all have come, and before the action has run.
    if (laps.size() < static_cast<std::size_t>(lap)) throw std::logic_error("the lap was not counted");
  }
}

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto meters = manager.list<int>();
    auto laps = manager.list<int>();
    auto start = manager.event();
    auto line = manager.barrier(kRunners, CountLap{laps});
    std::vector<cohort::Process> runners;
    for (int n = 0; n < kRunners; ++n) runners.emplace_back(run, start, line, meters, laps);
    cohort::start_all(runners);
    std::cout << "before the start: " << meters.size() << " times 100 m\n";  // 0
    start.set();
    cohort::join_all(runners);
    std::cout << "after the race: " << meters.size() << " times 100 m\n";  // 18
    std::cout << "laps: " << laps << '\n';                                 // [1, 2, 3]
  });
}
