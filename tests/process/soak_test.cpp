// SPDX-License-Identifier: BSL-1.0
// Everything at once, again and again: what the job holds of the machine at the end is what it held when it had warmed up.
// COHORT_TEST_SOAK_SECONDS: how long; half an hour in the full run.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>

#include "cohort/heap/current.hpp"
#include "cohort/heap/statistics.hpp"
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

namespace fs = std::filesystem;

/// Of all processes of this program: its ranks and their fork servers. (Children come and go.)
struct Held {
  std::size_t files = 0;
  std::size_t memory_kib = 0;
  std::size_t heap = 0;
  std::size_t processes = 0;
};

std::string status_of(const fs::path& process, const std::string& key) {
  std::ifstream status(process / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(key, 0) == 0) return line.substr(key.size());
  }
  return "";
}

std::vector<fs::path> processes_of_this_program() {
  std::vector<fs::path> all;
  std::error_code none;
  const fs::path mine = fs::read_symlink("/proc/self/exe");
  for (const auto& entry : fs::directory_iterator("/proc")) {
    if (fs::read_symlink(entry.path() / "exe", none) == mine) all.push_back(entry.path());
  }
  return all;
}

Held held_now() {
  Held held;
  for (const fs::path& process : processes_of_this_program()) {
    if (status_of(process, "Name:").find("cohort-child") != std::string::npos) continue;
    ++held.processes;
    std::error_code none;
    for (auto at = fs::directory_iterator(process / "fd", none); at != fs::directory_iterator(); ++at)
      ++held.files;
    held.memory_kib += std::strtoul(status_of(process, "RssAnon:").c_str(), nullptr, 10);
  }
  held.heap = with_heap([](const auto& heap) { return heap_statistics(heap).used; });
  return held;
}

std::size_t count_zombies() {
  std::size_t zombies = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = status_of(entry.path(), "Name:");
    if (name.find("cohort-child") == std::string::npos && name.find("cohort-forks") == std::string::npos)
      continue;
    if (status_of(entry.path(), "State:").find('Z') != std::string::npos) ++zombies;
  }
  return zombies;
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}
int die_or_throw(int n) {
  if (n % 10 == 3) ::raise(SIGKILL);
  if (n % 10 == 5) throw std::runtime_error("five");
  return n;
}
void wait_for_ever(Event begun) {
  begun.set();
  shared().event().wait();
}

// Containers, nested, changed by Processes in ranks, some of which throw.
void use_containers() {
  const auto nested = shared().dict<std::string, List<std::string>>();
  const auto lock = shared().lock();
  const auto counter = shared().value<long>();
  std::vector<Process> all;
  for (int i = 0; i < 8; ++i) {
    all.emplace_back(
        [](Dict<std::string, List<std::string>> to, Lock guard, Value<long> count, int who) {
          for (int k = 0; k < 50; ++k) {
            to.update(std::to_string(k % 7), manager().list<std::string>(), [](List<std::string>& texts) {
              texts.append("a text of some length, so that it is a block");
            });
            const std::scoped_lock hold(guard);
            ++count;
          }
          if (who == 3) throw std::runtime_error("three");
        },
        nested, lock, counter, i);
  }
  start_all(all);
  for (Process& process : all) process.join();
  EXPECT_EQ(counter.get(), 8 * 50);
  std::size_t texts = 0;
  for (const auto& [key, list] : nested.copy()) texts += list.size();
  EXPECT_EQ(texts, 8U * 50U);
}

// A queue, a barrier and a condition between children, one of which is killed.
void use_children() {
  const ProcessOptions child = {.isolation = Isolation::child};
  const auto queue = shared().queue<std::string>();
  const auto barrier = shared().barrier(2);
  const auto begun = shared().event();
  Process killed(child, wait_for_ever, begun);
  Process one(
      child,
      [](Queue<std::string> to, Barrier meet) {
        meet.wait();
        to.put("one");
      },
      queue, barrier);
  Process other(
      child,
      [](Queue<std::string> to, Barrier meet) {
        meet.wait();
        to.put("other");
      },
      queue, barrier);
  killed.start();
  one.start();
  other.start();
  EXPECT_EQ(queue.get().size() + queue.get().size(), 8U);
  begun.wait();
  killed.kill();
  for (Process* process : {&killed, &one, &other}) process->join();
  EXPECT_EQ(killed.exitcode(), -SIGKILL);
}

void use_pools() {
  Pool ranks(2);
  EXPECT_EQ(ranks.map([](int n) { return n + 1; }, numbers(1000)).back(), 1000);
  EXPECT_THROW(ranks.map([](int n) { return n == 7 ? throw std::runtime_error("seven") : n; }, numbers(100)),
               RemoteError);
  Pool children({.processes = 2, .isolation = Isolation::child, .max_tasks_per_child = 5});
  int failed = 0;
  auto results = children.imap_unordered(die_or_throw, numbers(20), {.chunk = 4});
  for (int i = 0; i < 20; ++i) {
    try {
      results.next();
    } catch (const Error&) {
      ++failed;
    }
  }
  EXPECT_EQ(failed, 4);
}

// A name cannot be taken back: what is read again is refused, with all that had been made of it by then.
void use_files(const std::string& path) {
  const auto list = shared().open<List<std::string>>("soak", std::vector<std::string>{"a", "b"});
  shared().save(path);
  EXPECT_THROW(shared().load(path), UsageError);
}

void use_everything(const std::string& path) {
  use_containers();
  use_children();
  use_pools();
  use_files(path);
}

TEST(Soak, HoldsAtTheEndWhatItHeldWarm) {
  on_manager([] {
    const char* asked = std::getenv("COHORT_TEST_SOAK_SECONDS");
    const double seconds = asked != nullptr ? std::strtod(asked, nullptr) : 4;
    const std::string path = (fs::temp_directory_path() / ("soak-" + std::to_string(::getpid()))).string();
    const auto begin = std::chrono::steady_clock::now();
    const auto elapsed = [begin] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const auto most = [](Held& a, const Held& b) {
      a.files = std::max(a.files, b.files);
      a.memory_kib = std::max(a.memory_kib, b.memory_kib);
      a.heap = std::max(a.heap, b.heap);
      a.processes = std::max(a.processes, b.processes);
    };
    Held warm;
    Held late;
    int rounds = 0;
    for (; elapsed() < seconds || rounds < 8; ++rounds) {
      use_everything(path);
      const bool second_half = rounds >= 4 && elapsed() > seconds / 2;
      most(second_half ? late : warm, held_now());
    }
    fs::remove(path);
    std::printf(
        "%d rounds; in the first half and in the second, at most: files %zu, %zu; memory of ranks %zu, %zu "
        "KiB; "
        "heap %zu, %zu B; processes %zu, %zu\n",
        rounds, warm.files, late.files, warm.memory_kib, late.memory_kib, warm.heap, late.heap,
        warm.processes, late.processes);
    EXPECT_LE(late.files, warm.files);
    EXPECT_LE(late.processes, warm.processes);
    // Blocks lie here and there, and each thread has its own.
    EXPECT_LE(late.heap, warm.heap + warm.heap / 8 + (64 << 10));
    EXPECT_LE(late.memory_kib, warm.memory_kib + warm.memory_kib / 8 + 4096);
    busy_until([] { return count_zombies() == 0; });
  });
}

}  // namespace
}  // namespace cohort::test
