// SPDX-License-Identifier: BSL-1.0
#pragma once

// Gate: the page that everybody in one measurement shares. They meet at it, start together, and leave the
// times at which they began and finished, so that a round lasts from the first start to the last finish.
// Ours and every peer are timed by this one class, whether they are ranks, forked processes or threads.
//
// `begin` and `end` of a worker are written by that worker only and read by all after the next meeting: the
// fetch_adds of meet() hand them on to the last one that comes, whose store to `meeting` releases them to all.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bench {

std::int64_t now_ns() noexcept;

class Gate {
 public:
  static constexpr int kMaxWorkers = 256;

  /// The page named by BENCH_GATE, which the driver makes: for workers that mpirun started.
  static void* from_environment();
  /// A fresh page, inherited by children that are forked afterwards.
  static void* anonymous();

  Gate(void* page, int rank, int size);

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Waits until all have come. Spins while there is a core for everybody, else sleeps.
  void meet() noexcept;

  /// A plain word that all share: what a lock of the measurement guards.
  volatile long& guarded() { return page_->guarded; }

  /// What a worker leaves for the others to see behind the next meeting.
  struct Score {
    std::int64_t count;
    std::int64_t longest;
    std::int64_t passed;
  };
  Score& score(int rank) { return page_->times[rank].score; }

  /// All run `work` at once; returns the wall time from the first start to the last finish, in nanoseconds.
  template <class Work>
  double round(Work&& work) {
    Times& mine = page_->times[rank_];
    meet();
    mine.begin = now_ns();
    work();
    mine.end = now_ns();
    meet();
    const double wall = wall_ns();
    meet();  // nobody overwrites times that others still read
    return wall;
  }

 private:
  struct alignas(64) Times {
    std::int64_t begin;
    std::int64_t end;
    Score score;
  };
  struct Page {
    alignas(64) std::atomic<std::uint64_t> arrived;
    std::atomic<std::uint32_t> meeting;  // how many are over; a futex for processes, so not atomic::wait
    alignas(64) volatile long guarded;
    Times times[kMaxWorkers];
  };

  double wall_ns() const noexcept;
  static std::size_t page_bytes() { return sizeof(Page); }

  Page* page_;
  int rank_;
  int size_;
  bool enough_cores_;
};

}  // namespace bench
