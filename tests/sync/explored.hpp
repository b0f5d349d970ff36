// SPDX-License-Identifier: BSL-1.0
#pragma once

// Small programs of up to three actors, through all interleavings with a few preemptions: what there is for them, and
// what is expected of them. And with seeded defects: each is found, or these tests would prove nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "cohort/heap/backoff.hpp"
#include "cohort/heap/heap.hpp"
#include "cohort/heap/wait_record.hpp"
#include "support/explorer.hpp"
#include "sync/mutant_access.hpp"

namespace cohort::test {

using A = MutantAccess;

inline constexpr std::size_t kBytes = Schedule::kSmallWindow;
static_assert(kActorsOffset + 8 * sizeof(ActorSlot) < kBytes / 2);
inline const Address kCounter(0, kBytes / 2 + 512);

struct World {
  World(Guide& guide, Defect defect, std::size_t actors) : schedule(kBytes, 1) {
    schedule.follow(guide);
    detail::spin = detail::Spin::never;
    for (std::uint32_t i = 1; i <= actors; ++i) heaps.emplace_back(A(schedule, defect, i), i);
  }
  Word load(Address a) const { return heaps[0].load(a); }
  void store(Address a, Word value) const { heaps[0].store(a, value); }

  Schedule schedule;
  std::deque<Heap<A>> heaps;
  std::vector<int> results = std::vector<int>(8, -1);
};

/// A program: what is there at first, what each actor does, what must be at the end.
struct Program {
  std::function<void(World&)> start;
  std::vector<std::function<void(World&, const Heap<A>&)>> actors;
  std::function<std::string(const World&)> problem;
};

struct Outcome {
  std::size_t runs;
  std::string problem;
};
inline Outcome explore(const Program& program, int preemptions, Defect defect = Defect::none) {
  Explorer explorer(preemptions);
  std::string problem;
  explorer.explore([&] {
    World world(explorer, defect, program.actors.size());
    program.start(world);
    for (std::size_t i = 0; i < program.actors.size(); ++i)
      world.schedule.add([&, i] { program.actors[i](world, world.heaps[i]); });
    try {
      world.schedule.run();
      problem = program.problem(world);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    return problem.empty();
  });
  return {explorer.runs(), problem};
}

// COHORT_TEST_PREEMPTIONS: so many more of them, for a night's run.
inline int more_preemptions() {
  const char* more = std::getenv("COHORT_TEST_PREEMPTIONS");
  return more != nullptr ? std::atoi(more) : 0;
}
inline void expect_none(const Program& program, int preemptions, std::size_t at_least = 100) {
  preemptions += more_preemptions();
#if defined(COHORT_TEST_ASAN) || defined(COHORT_TEST_TSAN)
  // A run takes a hundred times as long; what the sanitizers look for, each of them shows.
  preemptions = std::max(preemptions - 1, 0);
  at_least = 0;
#endif
  const Outcome outcome = explore(program, preemptions);
  EXPECT_EQ(outcome.problem, "") << "in run " << outcome.runs;
  EXPECT_GE(outcome.runs, at_least);
  std::printf("%zu interleavings\n", outcome.runs);
}
inline void expect_found(const Program& program, int preemptions, Defect defect) {
  const Outcome outcome = explore(program, preemptions, defect);
  EXPECT_NE(outcome.problem, "") << "defect " << static_cast<int>(defect);
  std::printf("found in run %zu: %s\n", outcome.runs, outcome.problem.c_str());
}

inline const Deadline kSoon = std::chrono::steady_clock::now() + std::chrono::hours(24);

inline void add_one(const Heap<A>& heap) { heap.store(kCounter, heap.load(kCounter) + 1); }

}  // namespace cohort::test
