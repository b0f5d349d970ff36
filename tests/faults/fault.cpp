// SPDX-License-Identifier: BSL-1.0

// fault CASE [ARGS...]: goes wrong in one way. The scripts beside it launch it and look at the exit code, at
// what it says, and at what it leaves behind.

#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <cohort/cohort.hpp>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

using Arguments = std::vector<std::string>;

/// Processes that run until they are stopped: "cooperative" ones look at the stop request, "deaf" ones never
/// do.
void run_until_stopped(cohort::List<int> running, std::string kind) {
  running.append(cohort::this_process::rank());
  if (kind == "deaf") {
    for (;;) ::pause();
  }
  while (!cohort::this_process::stop_requested()) std::this_thread::sleep_for(1ms);
  std::cerr << "stopped\n";
}

/// One for each rank; all of them run when this returns.
std::vector<cohort::Process> start_endless(cohort::Manager& manager, const std::string& kind,
                                           std::size_t ranks) {
  auto running = manager.list<int>();
  std::vector<cohort::Process> processes;
  for (std::size_t i = 0; i < ranks; ++i) processes.emplace_back(run_until_stopped, running, kind);
  cohort::start_all(processes);
  while (running.size() < ranks) processes.front().join(1ms);
  return processes;
}

void fail() { throw std::runtime_error("boom"); }
void leave(int code) { cohort::this_process::exit(code); }
void leave_for_good(int code) { std::exit(code); }
void append(cohort::List<int> list, int i) { list.append(i); }

int all_is_well(cohort::Manager& manager, const Arguments& arguments) {
  const int processes = std::stoi(arguments.at(0));
  auto list = manager.list<int>();
  std::vector<cohort::Process> appenders;
  std::vector<int> expected;
  for (int i = 0; i < processes; ++i) {
    appenders.emplace_back(append, list, i);
    expected.push_back(i);
  }
  cohort::start_all(appenders);
  cohort::join_all(appenders);
  list.sort();
  if (list.copy() != expected) throw std::logic_error("the list is wrong");
  std::cout << "all is well\n";
  return 0;
}

int body_returns(const Arguments& arguments) { return std::stoi(arguments.at(0)); }

int body_throws(cohort::Manager& manager, const Arguments& arguments) {
  const auto processes = start_endless(manager, arguments.at(0), std::stoul(arguments.at(1)));
  throw std::runtime_error("boom");
}

int runs_for_ever(cohort::Manager& manager, const Arguments& arguments) {
  auto processes = start_endless(manager, arguments.at(0), std::stoul(arguments.at(1)));
  std::cout << "running" << std::endl;
  cohort::join_all(processes);
  return 0;
}

/// A task of a pool kills the rank that it runs on, which is not the one that waits for the map.
int task_kills_its_rank(cohort::Manager&, const Arguments&) {
  cohort::Pool pool;
  pool.map(
      [](int) {
        if (cohort::this_process::rank() != 0) std::raise(SIGKILL);
        std::this_thread::sleep_for(std::chrono::seconds(60));
      },
      cohort::range(2), {.chunk = 1});
  return 0;
}

/// A Process throws; `arguments[0]` says who notices.
int process_fails(const Arguments& arguments) {
  const auto& who = arguments.at(0);
  std::vector<cohort::Process> processes;
  processes.emplace_back(fail);
  processes.front().start();
  if (who == "join_all") {
    try {
      cohort::join_all(processes);
    } catch (const cohort::ProcessError& error) {
      std::cout << "ProcessError of " << error.failures().size() << ": " << error.what() << '\n';
    }
    return 0;
  }
  processes.front().join();
  if (who == "exitcode") std::cout << "exitcode " << processes.front().exitcode().value() << '\n';
  if (who == "exception") {
    const auto error = processes.front().exception().value();
    std::cout << error.type() << " says " << error.message() << '\n';
  }
  return 0;
}

/// A Process calls this_process::exit; whether that was a failure is looked at or not.
int process_exits(const Arguments& arguments) {
  cohort::Process process(leave, std::stoi(arguments.at(0)));
  process.start();
  process.join();
  if (arguments.at(1) == "seen") std::cout << "exitcode " << process.exitcode().value() << '\n';
  return 0;
}

int process_leaves_for_good(const Arguments& arguments) {
  cohort::Process process(leave_for_good, std::stoi(arguments.at(0)));
  process.start();
  process.join();
  std::cout << "survived\n";
  return 0;
}

/// A Process ends its rank: "terminate", "mpi_abort", "segfault".
int process_breaks(const Arguments& arguments) {
  cohort::Process process(
      [](const std::string& how) {
        if (how == "terminate") std::terminate();
        if (how == "mpi_abort") MPI_Abort(MPI_COMM_WORLD, 9);
        std::raise(SIGSEGV);
      },
      arguments.at(0));
  process.start();
  process.join();
  std::cout << "survived\n";
  return 0;
}

/// Appends until the heap is full, in ever smaller elements. Gives the first refusal's text.
std::string fill(cohort::List<std::string> list) {
  std::string first;
  for (std::size_t size = 1 << 20; size > 0; size /= 16) {
    const std::string element(size, 'x');
    try {
      for (;;) list.append(element);
    } catch (const cohort::OutOfSharedMemory& error) {
      if (first.empty()) first = error.what();
    }
  }
  return first;
}

void check_whole(const cohort::List<std::string>& list) {
  for (const auto& element : list) {
    if (element.empty() || element.find_first_not_of('x') != std::string::npos) {
      throw std::logic_error("an element is damaged");
    }
  }
}

int heap_fills(cohort::Manager& manager, const Arguments&) {
  auto list = manager.list<std::string>();
  std::cout << fill(list) << '\n';
  check_whole(list);
  const auto size = list.size();
  list.clear();
  std::cout << fill(list) << '\n';  // what was freed can be filled again
  check_whole(list);
  if (list.size() < size - size / 10) throw std::logic_error("a tenth of the heap is lost");
  std::cout << "all is whole\n";
  return 0;
}

/// Every one of these fails half way through, and must give back what it had taken.
int extend_fails(cohort::Manager& manager, const Arguments&) {
  auto list = manager.list<std::string>();
  const std::vector<std::string> too_much(256, std::string(1 << 20, 'x'));
  for (int i = 0; i < 20; ++i) {
    try {
      list.extend(too_much);
      throw std::logic_error("256 MiB went into a smaller heap");
    } catch (const cohort::OutOfSharedMemory&) {
      if (list.size() != 0) throw std::logic_error("some elements of a failed extend are there");
    }
  }
  list.extend(std::vector<std::string>(8, std::string(1 << 20, 'x')));
  check_whole(list);
  std::cout << "nothing is lost\n";
  return 0;
}

void fill_and_fail(cohort::List<std::string> list) {
  fill(list);
  list.append(std::string(1 << 20, 'x'));
}

/// The failure itself has to be reported while the heap is full.
int process_fills_heap(cohort::Manager& manager, const Arguments&) {
  auto list = manager.list<std::string>();
  cohort::Process process(fill_and_fail, list);
  process.start();
  process.join();
  const auto error = process.exception().value();
  std::cout << error.type() << '\n';
  list.clear();
  check_whole(list);
  return all_is_well(manager, {"4"});
}

/// Somebody else fills the folder that the window lies in: the heap cannot grow although it is not full.
int backing_fills(cohort::Manager& manager, const Arguments& arguments) {
  const std::string block(1 << 16, 'y');
  std::ofstream other(arguments.at(0) + "/other", std::ios::binary);
  while (other << block << std::flush) {
  }
  auto list = manager.list<std::string>();
  std::cout << fill(list) << '\n';
  check_whole(list);
  std::cout << "all is whole\n";
  return 0;
}

/// A case, whether or not it wants the manager.
struct Case {
  int (*with)(cohort::Manager&, const Arguments&) = nullptr;
  int (*without)(const Arguments&) = nullptr;
};

const std::map<std::string_view, Case> kCases = {
    {"all_is_well", {all_is_well, nullptr}},
    {"body_returns", {nullptr, body_returns}},
    {"body_throws", {body_throws, nullptr}},
    {"runs_for_ever", {runs_for_ever, nullptr}},
    {"task_kills_its_rank", {task_kills_its_rank, nullptr}},
    {"process_fails", {nullptr, process_fails}},
    {"process_exits", {nullptr, process_exits}},
    {"process_leaves_for_good", {nullptr, process_leaves_for_good}},
    {"process_breaks", {nullptr, process_breaks}},
    {"heap_fills", {heap_fills, nullptr}},
    {"extend_fails", {extend_fails, nullptr}},
    {"process_fills_heap", {process_fills_heap, nullptr}},
    {"backing_fills", {backing_fills, nullptr}},
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments words(argv + 1, argv + argc);
  const auto found = words.empty() ? kCases.end() : kCases.find(words.front());
  if (found == kCases.end()) {
    std::cerr << "usage: fault CASE [ARGS...], with one of:";
    for (const auto& [name, unused] : kCases) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 2;
  }
  const Arguments arguments(words.begin() + 1, words.end());
  const Case chosen = found->second;
  if (chosen.without) return cohort::run(argc, argv, [&] { return chosen.without(arguments); });
  return cohort::run(argc, argv, [&](cohort::Manager& manager) { return chosen.with(manager, arguments); });
}
