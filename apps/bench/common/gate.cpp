// SPDX-License-Identifier: BSL-1.0
#include "gate.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "cpu.hpp"

namespace bench {

std::int64_t now_ns() noexcept {
  // steady_clock is CLOCK_MONOTONIC: one clock for all processes of a machine.
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

void* Gate::from_environment() {
  const char* path = std::getenv("BENCH_GATE");
  if (path == nullptr)
    throw std::runtime_error("BENCH_GATE is not set: start this program with scripts/bench");
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) throw std::runtime_error(std::string("cannot open BENCH_GATE ") + path);
  struct stat status {};
  const bool large_enough = ::fstat(file, &status) == 0 && status.st_size >= static_cast<off_t>(page_bytes());
  void* page =
      large_enough ? ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  ::close(file);
  if (page == MAP_FAILED) {
    throw std::runtime_error("BENCH_GATE must be a file of at least " + std::to_string(page_bytes()) +
                             " zero bytes");
  }
  return page;
}

void* Gate::anonymous() {
  void* page = ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no memory for the gate");
  return page;
}

Gate::Gate(void* page, int rank, int size) : page_(static_cast<Page*>(page)), rank_(rank), size_(size) {
  if (size > kMaxWorkers) throw std::runtime_error("at most 256 workers share a gate");
  enough_cores_ = size <= static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
}

void Gate::meet() noexcept {
  const auto size = static_cast<std::uint64_t>(size_);
  const std::uint32_t meeting = page_->meeting.load(std::memory_order_acquire);
  if (page_->arrived.fetch_add(1, std::memory_order_acq_rel) % size == size - 1) {
    page_->meeting.store(meeting + 1, std::memory_order_release);
    if (!enough_cores_) ::syscall(SYS_futex, &page_->meeting, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    return;
  }
  while (page_->meeting.load(std::memory_order_acquire) == meeting) {
    if (enough_cores_) {
      cpu_pause();
    } else {
      // Whoever has finished must not take a core from those that still work.
      ::syscall(SYS_futex, &page_->meeting, FUTEX_WAIT, meeting, nullptr, nullptr, 0);
    }
  }
}

double Gate::wall_ns() const noexcept {
  std::int64_t first = page_->times[0].begin;
  std::int64_t last = page_->times[0].end;
  for (int i = 1; i < size_; ++i) {
    first = std::min(first, page_->times[i].begin);
    last = std::max(last, page_->times[i].end);
  }
  return static_cast<double>(last - first);
}

}  // namespace bench
