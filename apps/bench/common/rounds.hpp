// SPDX-License-Identifier: BSL-1.0
#pragma once

// The measurements themselves, written once for ours and every C++ peer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "cpu.hpp"
#include "figures.hpp"
#include "gate.hpp"
#include "workload.hpp"

namespace bench {

struct AppendTimes {
  double growing;  // the first round: into an empty container whose memory nobody has touched
  double warm;     // emptied and filled again, into memory that each worker has touched: the median of the
                   // second half of the rounds, as in the first ones each worker takes page faults of its own
};

/// All append at once, `total` elements among them; `append(i)` with i in [0, total), each once; `clear`
/// empties the container and is called by one. Nanoseconds an append: wall time divided by all appends of all
/// workers.
template <class Append, class Clear>
AppendTimes append_rounds(Gate& gate, std::size_t total, std::size_t rounds, Append append, Clear clear) {
  const auto size = static_cast<std::size_t>(gate.size());
  const auto rank = static_cast<std::size_t>(gate.rank());
  const std::size_t first = total * rank / size;
  const std::size_t last = total * (rank + 1) / size;
  const auto fill = [&] {
    for (std::size_t i = first; i < last; ++i) append(i);
  };
  const auto count = static_cast<double>(total);
  const double growing = gate.round(fill) / count;
  std::vector<double> warm;
  for (std::size_t i = 0; i < rounds; ++i) {
    if (rank == 0) clear();
    const double time = gate.round(fill) / count;
    if (i >= rounds / 2) warm.push_back(time);
  }
  return {growing, median(warm)};
}

/// All follow the chain `position = read(position)`, each from its own place: every read waits for the one
/// before. Nanoseconds from one read to the next, as each worker sees them.
template <class Read>
double chase_rounds(Gate& gate, std::size_t size, std::size_t steps, std::size_t rounds, Read read) {
  long position =
      static_cast<long>(size * static_cast<std::size_t>(gate.rank()) / static_cast<std::size_t>(gate.size()));
  std::vector<double> times;
  for (std::size_t i = 0; i <= rounds; ++i) {
    const double wall = gate.round([&] {
      for (std::size_t step = 0; step < steps; ++step) position = read(position);
    });
    if (i > 0)
      times.push_back(wall / static_cast<double>(steps));  // the first round warms caches and page tables
  }
  keep(position);
  return median(times);
}

/// All read elements at random places, which do not depend on what was read. `read(i)` returns the number of
/// bytes it got. Nanoseconds a read: wall time divided by all reads of all workers.
template <class Read>
double random_read_rounds(Gate& gate, std::size_t size, std::size_t reads, std::size_t rounds, Read read) {
  Random random(static_cast<std::uint64_t>(gate.rank()) + 1);
  std::size_t bytes = 0;
  std::vector<double> times;
  for (std::size_t i = 0; i <= rounds; ++i) {
    const double wall = gate.round([&] {
      for (std::size_t n = 0; n < reads; ++n) bytes += read(random.below(size));
    });
    if (i > 0) times.push_back(wall / (static_cast<double>(reads) * gate.size()));
  }
  if (bytes < reads * rounds * 10) throw std::runtime_error("strings shorter than 10 characters were read");
  return median(times);
}

/// All take the lock, raise a plain counter, and free it, `total` times among them. Nanoseconds a pair: wall
/// time divided by all pairs of all workers.
template <class Lock, class Unlock>
double lock_rounds(Gate& gate, std::size_t total, std::size_t rounds, Lock lock, Unlock unlock) {
  const std::size_t each = total / static_cast<std::size_t>(gate.size());
  const auto all = static_cast<double>(each) * gate.size();
  std::vector<double> times;
  for (std::size_t i = 0; i <= rounds; ++i) {
    const double wall = gate.round([&] {
      for (std::size_t n = 0; n < each; ++n) {
        lock();
        gate.guarded() = gate.guarded() + 1;
        unlock();
      }
    });
    if (i > 0) times.push_back(wall / all);
  }
  if (gate.guarded() != static_cast<long>(each) * gate.size() * static_cast<long>(rounds + 1))
    throw std::runtime_error("two were in at once");
  return median(times);
}

struct Fairness {
  double jain;     // 1: all got the lock equally often; 1 / workers: one of them got it all the time
  double longest;  // wait of anyone, in nanoseconds
  double passed;   // how many others at most had it between someone's call and his turn
};

/// For so long, all take the lock again and again, each for ten pauses of the core.
template <class Lock, class Unlock>
Fairness lock_fairness(Gate& gate, std::int64_t duration_ns, Lock lock, Unlock unlock) {
  Gate::Score mine = {};
  gate.round([&] {
    const std::int64_t end = now_ns() + duration_ns;
    for (std::int64_t before = now_ns(); before < end; before = now_ns()) {
      const std::int64_t turns = gate.guarded();
      lock();
      mine.longest = std::max(mine.longest, now_ns() - before);
      mine.passed = std::max(mine.passed, gate.guarded() - turns);
      gate.guarded() = gate.guarded() + 1;
      ++mine.count;
      for (int i = 0; i < 10; ++i) cpu_pause();
      unlock();
    }
  });
  gate.score(gate.rank()) = mine;
  gate.meet();
  double sum = 0, squares = 0, longest = 0, passed = 0;
  for (int rank = 0; rank < gate.size(); ++rank) {
    const auto count = static_cast<double>(gate.score(rank).count);
    sum += count;
    squares += count * count;
    longest = std::max(longest, static_cast<double>(gate.score(rank).longest));
    passed = std::max(passed, static_cast<double>(gate.score(rank).passed));
  }
  return {sum * sum / (gate.size() * squares), longest, passed};
}

/// One calls `work` again and again, which does `tasks` tasks. Nanoseconds a task; the first calls warm memory: one,
/// or as many as it takes until chance has given each part of it to each worker.
template <class Work>
double work_rounds(std::size_t rounds, std::size_t tasks, Work work, std::size_t warm = 1) {
  std::vector<double> times;
  for (std::size_t i = 0; i < warm + rounds; ++i) {
    const auto begin = now_ns();
    work();
    if (i >= warm) times.push_back(static_cast<double>(now_ns() - begin) / static_cast<double>(tasks));
  }
  return median(times);
}
inline constexpr std::size_t warm_maps(std::size_t workers) { return 10 * workers; }

/// What [0, total) sums up to, to check that no append was lost.
inline long expected_sum(std::size_t total) { return static_cast<long>(total * (total - 1) / 2); }

inline void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace bench
