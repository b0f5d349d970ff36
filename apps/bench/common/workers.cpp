// SPDX-License-Identifier: BSL-1.0
#include "workers.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace bench {

void pin_worker(int rank, int size) {
  const char* text = std::getenv("BENCH_CPUS");
  if (text == nullptr) return;
  std::vector<int> cpus;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) cpus.push_back(std::stoi(word));
  if (static_cast<int>(cpus.size()) < size) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpus[static_cast<std::size_t>(rank)]), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) std::perror("sched_setaffinity");
}

void run_processes(int count, const Work& work) {
  void* page = Gate::anonymous();
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (int rank = 0; rank < count; ++rank) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
      int code = 0;
      try {
        pin_worker(rank, count);
        Gate gate(page, rank, count);
        work(gate);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "worker %d: %s\n", rank, error.what());
        code = 1;
      }
      std::fflush(nullptr);
      ::_exit(code);
    }
    children.push_back(child);
  }
  bool failed = false;
  for (const pid_t child : children) {
    int status = 0;
    failed = ::waitpid(child, &status, 0) != child || status != 0 || failed;
  }
  if (failed) throw std::runtime_error("a worker failed");
}

void run_threads(int count, const Work& work) {
  void* page = Gate::anonymous();
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int rank = 0; rank < count; ++rank) {
    threads.emplace_back([page, rank, count, &work] {
      pin_worker(rank, count);
      Gate gate(page, rank, count);
      work(gate);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace bench
