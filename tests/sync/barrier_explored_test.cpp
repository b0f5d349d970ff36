// SPDX-License-Identifier: BSL-1.0
// A Barrier in all interleavings of small programs: of one round all pass or none does, whether it is broken, reset or
// left by one who died. And each seeded defect is found.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/event_core.hpp"
#include "sync/explored.hpp"

namespace cohort::test {
namespace {

const Address kMended = kCounter;
const Address kDied = kCounter + 64;
// Python's wait, without an action.
int meet(const Heap<A>& heap, Deadline deadline = {}) {
  const BarrierCore<A> barrier(heap, kObject);
  const auto place = barrier.enter();
  if (!place) return -2;
  const bool last = place->index + 1 == barrier.parties();
  const BarrierEnd end = last ? barrier.complete(*place) : barrier.wait(*place, deadline);
  return end == BarrierEnd::passed ? static_cast<int>(place->index) : -2;
}
std::string indices(const World& world, std::size_t first, std::size_t count) {
  std::vector<int> got(world.results.begin() + static_cast<std::ptrdiff_t>(first),
                       world.results.begin() + static_cast<std::ptrdiff_t>(first + count));
  std::sort(got.begin(), got.end());
  for (std::size_t i = 0; i < count; ++i) {
    if (got[i] != static_cast<int>(i)) return "an index is missing";
  }
  return "";
}

TEST(Explored, BarrierTwice) {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 3); };
  program.actors.assign(3, [](World& world, const Heap<A>& heap) {
    world.results[heap.actor() - 1] = meet(heap);
    world.results[heap.actor() + 2] = meet(heap);
  });
  program.problem = [](const World& world) { return indices(world, 0, 3) + indices(world, 3, 3); };
  expect_none(program, 1);
}
// Of one round all pass or none does, whatever happens beside it.
TEST(Explored, BarrierThatIsBrokenBreaksForAll) {
  const auto beside = [](auto act, Deadline deadline) {
    Program program;
    program.start = [](World& world) { world.store(own_field(kObject, 2), 2); };
    program.actors = {
        [](World& world, const Heap<A>& heap) { world.results[0] = meet(heap); },
        [deadline](World& world, const Heap<A>& heap) { world.results[1] = meet(heap, deadline); },
        [act](World&, const Heap<A>& heap) { act(BarrierCore<A>(heap, kObject)); }};
    program.problem = [](const World& world) {
      return world.results[0] == -2 && world.results[1] == -2 ? "" : indices(world, 0, 2);
    };
    return program;
  };
  expect_none(beside([](const auto& barrier) { barrier.abort(); }, {}), 3);
  expect_none(beside([](const auto&) {}, kSoon), 3, 50);
  expect_none(beside([](const auto& barrier) { barrier.abort(); }, kSoon), 3);
}
// One party dies once it has come, and is reaped while the other may be anywhere; whoever reaps it mends the barrier and
// comes in its place.
TEST(Explored, BarrierOfADeadPartyIsBrokenOnceAndGoodAgain) {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 2); };
  program.actors = {[](World& world, const Heap<A>& heap) {
                      const BarrierCore<A> barrier(heap, kObject);
                      if (const auto place = barrier.enter()) {
                        const BarrierEnd end =
                            place->index == 1 ? barrier.complete(*place) : barrier.wait(*place, {});
                        world.results[0] = end == BarrierEnd::passed ? static_cast<int>(place->index) : -2;
                        if (place->epoch != 0) return;
                      }
                      EventCore<A>(heap, kMended).wait({});
                      world.results[0] = meet(heap);
                    },
                    [](World&, const Heap<A>& heap) {
                      static_cast<void>(BarrierCore<A>(heap, kObject).enter());
                      EventCore<A>(heap, kDied).set();
                    },
                    [](World& world, const Heap<A>& heap) {
                      EventCore<A>(heap, kDied).wait({});
                      const BarrierCore<A> barrier(heap, kObject);
                      const Word shown = heap.load(actor_field(2, COHORT_FIELD(ActorSlot, barrier)));
                      barrier.bury(shown);
                      world.results[1] = barrier.broken() ? 1 : 0;
                      barrier.bury(shown);  // of another one who died in the same round
                      barrier.reset();
                      EventCore<A>(heap, kMended).set();
                      world.results[2] = meet(heap);
                    }};
  program.problem = [](const World& world) -> std::string {
    if (world.results[1] != 1) return "not broken by the death";
    if (world.load(own_field(kObject, 0)) >> 32 != 0) return "somebody is in it at the end";
    return world.results[0] + world.results[2] == 1 && world.results[0] * world.results[2] == 0 ? ""
                                                                                                : "not met";
  };
  expect_none(program, 2);
}
// Each party comes again until it has passed, for so many rounds, while somebody acts beside it. Whoever finds it
// broken waits until it has been mended.
void pass(World& world, const Heap<A>& heap, std::size_t parties, std::size_t rounds) {
  const BarrierCore<A> barrier(heap, kObject);
  for (std::size_t round = 0; round < rounds; ++round) {
    int index = -2;
    while ((index = meet(heap)) == -2) {
      if (barrier.broken()) EventCore<A>(heap, kMended).wait({});
    }
    world.results[round * parties + heap.actor() - 1] = index;
  }
}
std::string passed(const World& world, std::size_t parties, std::size_t rounds, std::size_t resets) {
  for (std::size_t round = 0; round < rounds; ++round) {
    if (const auto problem = indices(world, round * parties, parties); !problem.empty()) return problem;
  }
  const Word word = world.load(own_field(kObject, 0));
  const Word begun = word / 8;
  if (word % 8 != 0 || word >> 32 != 0) return "not as new at the end";
  if (begun < rounds || begun > rounds + resets) return "began " + std::to_string(begun) + " rounds";
  return world.load(own_field(kObject, 1)) == 0 ? "" : "waiters are left";
}
void reset(const Heap<A>& heap) { BarrierCore<A>(heap, kObject).reset(); }
void reset_twice(const Heap<A>& heap) {
  reset(heap);
  reset(heap);
}
void abort_and_reset(const Heap<A>& heap) {
  BarrierCore<A>(heap, kObject).abort();
  reset(heap);
  EventCore<A>(heap, kMended).set();
}
Program barrier_beside(void (*act)(const Heap<A>&), std::size_t rounds, std::size_t resets) {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 2); };
  program.actors.assign(2, [rounds](World& world, const Heap<A>& heap) { pass(world, heap, 2, rounds); });
  program.actors.push_back([act](World&, const Heap<A>& heap) { act(heap); });
  program.problem = [rounds, resets](const World& world) { return passed(world, 2, rounds, resets); };
  return program;
}
// One of the parties resets it before it comes: the others may all be there, or be on their way.
Program barrier_reset_by_a_party() {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 3); };
  program.actors.assign(2, [](World& world, const Heap<A>& heap) { pass(world, heap, 3, 1); });
  program.actors.push_back([](World& world, const Heap<A>& heap) {
    reset(heap);
    pass(world, heap, 3, 1);
  });
  program.problem = [](const World& world) { return passed(world, 3, 1, 1); };
  return program;
}
TEST(Explored, BarrierThatIsResetTurnsAwayWhoWaitsAndNobodyElse) {
  expect_none(barrier_beside(reset, 1, 1), 2);
  expect_none(barrier_beside(reset, 2, 1), 1);
  expect_none(barrier_beside(reset_twice, 1, 2), 2);
  expect_none(barrier_reset_by_a_party(), 1);
}
TEST(Explored, BarrierThatIsBrokenAndResetIsPassedInTheEnd) {
  expect_none(barrier_beside(abort_and_reset, 1, 1), 2);
}
// Those who are turned away, or come too late, do not come again.
Program timed_barrier_beside_reset() {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 2); };
  program.actors.assign(
      2, [](World& world, const Heap<A>& heap) { world.results[heap.actor() - 1] = meet(heap, kSoon); });
  program.actors.push_back([](World&, const Heap<A>& heap) { reset(heap); });
  program.problem = [](const World& world) -> std::string {
    if (world.load(own_field(kObject, 0)) >> 32 != 0) return "somebody is in it at the end";
    return world.results[0] == -2 && world.results[1] == -2 ? "" : indices(world, 0, 2);
  };
  return program;
}
TEST(Explored, BarrierThatIsResetWhileTimeIsOverKeepsNobody) { expect_none(timed_barrier_beside_reset(), 2); }
TEST(ExploredDefect, OfABarrierThatIsResetIsFound) {
  expect_found(barrier_beside(reset, 1, 1), 2, Defect::reset_turns_nobody_away);
  expect_found(barrier_reset_by_a_party(), 2, Defect::reset_turns_nobody_away);
  expect_found(barrier_beside(reset, 1, 1), 2, Defect::opened_too_early);
  expect_found(barrier_reset_by_a_party(), 2, Defect::opened_too_early);
  expect_found(barrier_beside(reset, 1, 1), 2, Defect::wakes_nobody);
  expect_found(barrier_beside(abort_and_reset, 1, 1), 2, Defect::reset_turns_nobody_away);
  expect_found(timed_barrier_beside_reset(), 2, Defect::reset_turns_nobody_away);
}
TEST(ExploredDefect, OfABarrierIsFound) {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 2), 3); };
  program.actors.assign(
      3, [](World& world, const Heap<A>& heap) { world.results[heap.actor() - 1] = meet(heap); });
  program.problem = [](const World& world) { return indices(world, 0, 3); };
  expect_none(program, 2);
  expect_found(program, 2, Defect::wakes_one_of_many);
}

}  // namespace
}  // namespace cohort::test
