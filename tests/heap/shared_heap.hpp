// SPDX-License-Identifier: BSL-1.0
#pragma once

// A window of one process, as a job of one rank has it, for threads.

#include <sys/mman.h>

#include <deque>
#include <new>
#include <thread>
#include <vector>

#include "cohort/heap/actor.hpp"
#include "cohort/heap/format.hpp"
#include "cohort/heap/operation.hpp"
#include "cohort/window/shared_access.hpp"

namespace cohort::test {

struct SharedWindow {
  static constexpr std::size_t kBytes = std::size_t{16} << 20;

  explicit SharedWindow(int actors) : base(map()), access(base) {
    Heap<SharedAccess>::forget_readable();
    if (!format_window(access, kBytes, 1)) throw std::bad_alloc();
    for (int i = 0; i < actors; ++i) {
      heaps.emplace_back(access, claim_actor(access, 1, 0, static_cast<Word>(i)).value());
    }
  }
  ~SharedWindow() { ::munmap(base, kBytes); }
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  /// Runs work(heap, number) on a thread for each actor, and joins them.
  template <class Work>
  void run_all(Work work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < heaps.size(); ++i)
      threads.emplace_back([this, &work, i] { work(heaps[i], i); });
    for (auto& thread : threads) thread.join();
  }
  /// A word that nothing else uses.
  static Address spare(std::size_t index) { return Address(0, kBytes - kPageBytes + index * sizeof(Word)); }

  std::byte* base;
  SharedAccess access;
  std::deque<Heap<SharedAccess>> heaps;

 private:
  static std::byte* map() {
    void* memory =
        ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(memory);
  }
};

}  // namespace cohort::test
