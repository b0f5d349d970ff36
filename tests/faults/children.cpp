// SPDX-License-Identifier: BSL-1.0

// children CASE: Processes in children, and what else may happen to the job. children_test.sh looks how it ends.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cohort/cohort.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

const cohort::ProcessOptions kChild = {.name = "it", .isolation = cohort::Isolation::child};

void write_both() {
  std::cout << "by cout\n";
  std::printf("by printf\n");
}
void crash() { ::raise(SIGSEGV); }
void sleep_for_ever(cohort::List<long> running) {
  running.append(::getpid());
  for (;;) ::pause();
}

// What was written before is written once, and what children write, too.
int writes() {
  std::cout << "before\n";
  std::printf("before, too\n");
  std::vector<cohort::Process> all;
  for (int i = 0; i < 3; ++i) all.emplace_back(kChild, write_both);
  all.emplace_back(kChild, [] {
    write_both();
    std::exit(0);
  });
  cohort::start_all(all);
  cohort::join_all(all);
  return 0;
}

// Nobody looks at how it ended.
int crashes() {
  cohort::Process process(kChild, crash);
  process.start();
  process.join();
  std::cout << "went on\n";
  return 0;
}
int crashes_and_is_seen() {
  cohort::Process process(kChild, crash);
  process.start();
  process.join();
  std::cout << "ended with " << process.exitcode().value_or(0) << "\n";
  return 0;
}
int is_killed() {
  cohort::Process process(kChild, sleep_for_ever, cohort::manager().list<long>());
  process.start();
  process.kill();
  process.join();
  return 0;
}

// A child in each rank, until somebody ends the job.
int sleeps() {
  const auto running = cohort::manager().list<long>();
  std::vector<cohort::Process> all;
  for (int i = 0; i < cohort::Pool().processes(); ++i) all.emplace_back(kChild, sleep_for_ever, running);
  cohort::start_all(all);
  while (running.size() < all.size()) all.front().join(1ms);
  std::cout << "running" << std::endl;
  cohort::join_all(all);
  return 0;
}

// Nobody is left to put.
int hangs() {
  const auto jobs = cohort::manager().queue<int>();
  cohort::Process process(
      kChild, [](cohort::Queue<int> from) { from.get(); }, jobs);
  process.start();
  process.join();
  return 0;
}

// Opened before the session began, by main.
std::FILE* reader = nullptr;

// What the program has forked is its own affair: it sees the ends of its pipes, and waits for its own alone.
int own_children() {
  if (reader != nullptr && ::pclose(reader) != 0) return 1;
  if (::fork() == 0) ::_exit(0);
  int ended = 0;
  while (::wait(nullptr) > 0) ++ended;
  std::cout << "waited for " << ended << "\n";
  return 0;
}

// Daemons of every kind are there when the program ends: one that waits, one that works, one that has failed, one that uses
// a pool, and some that nobody may have taken yet.
int daemons() {
  const cohort::ProcessOptions options = {.daemon = true, .isolation = cohort::Isolation::child};
  auto& manager = cohort::manager();
  const auto running = manager.value<int>();
  const auto never = manager.event();
  const auto says = [&options](auto target, auto... arguments) {
    cohort::Process(options, target, arguments...).start();
  };
  says([](cohort::Value<int> r, cohort::Event e) { ++r, e.wait(); }, running, never);
  says(
      [](cohort::Value<int> r) {
        ++r;
        for (;;) std::this_thread::sleep_for(1ms);
      },
      running);
  says(
      [](cohort::Value<int> r) {
        ++r;
        throw std::runtime_error("a daemon's");
      },
      running);
  says(
      [](cohort::Value<int> r) {
        cohort::Pool pool(2);
        for (;; ++r) pool.map([](int i) { return i; }, {1, 2, 3});
      },
      running);
  for (int seen = 0; seen < 10; seen = running.get()) running.wait(seen);
  for (int i = 0; i < 4; ++i) says([] { ::pause(); });
  std::cout << "the end\n";
  return 0;
}
int daemons_and_an_exception() {
  daemons();
  throw std::runtime_error("the body's");
}

// What COHORT_ISOLATION says.
int where() {
  const auto pid = cohort::manager().value<long>();
  cohort::Process process([](cohort::Value<long> to) { to.set(::getpid()); }, pid);
  process.start();
  process.join();
  std::cout << (pid.get() == ::getpid() ? "in this rank\n" : "elsewhere\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, int (*)()> cases = {{"writes", writes},
                                                  {"crashes", crashes},
                                                  {"crashes_and_is_seen", crashes_and_is_seen},
                                                  {"is_killed", is_killed},
                                                  {"sleeps", sleeps},
                                                  {"hangs", hangs},
                                                  {"own_children", own_children},
                                                  {"daemons", daemons},
                                                  {"daemons_and_an_exception", daemons_and_an_exception},
                                                  {"where", where}};
  const auto found = argc > 1 ? cases.find(argv[1]) : cases.end();
  if (found == cases.end()) {
    std::cerr << "usage: children CASE [ignore]\n";
    return 2;
  }
  if (found->first == "own_children") reader = ::popen("cat >/dev/null", "w");  // NOLINT(cert-env33-c)
  if (argc > 2) ::signal(SIGCHLD, SIG_IGN);  // as programs do that want no zombies
  return cohort::run(argc, argv, [found] { return found->second(); });
}
