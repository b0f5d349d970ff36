// SPDX-License-Identifier: BSL-1.0
// A Semaphore in all interleavings of small programs: nobody waits for ever where a unit is free, and no unit is lost.
// And each seeded defect is found.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "cohort/sync/semaphore_core.hpp"
#include "cohort/sync/turns.hpp"
#include "sync/explored.hpp"

namespace cohort::test {
namespace {

Program semaphores(Word units, std::vector<std::function<void(const SemaphoreCore<A>&)>> actors, Word left) {
  Program program;
  program.start = [units](World& world) {
    world.store(own_field(kObject, 0), units);
    world.store(own_field(kObject, 2), turn::kMostUnits);
  };
  for (auto& act : actors) {
    program.actors.push_back([act](World&, const Heap<A>& heap) { act(SemaphoreCore<A>(heap, kObject)); });
  }
  program.problem = [left](const World& world) -> std::string {
    const Word word = world.load(own_field(kObject, 0));
    if ((word & ~turn::kSleepers) != left) return "left " + std::to_string(word);
    return world.load(own_field(kObject, 1)) == 0 ? "" : "waiters are left";
  };
  return program;
}
void take(const SemaphoreCore<A>& semaphore) { semaphore.acquire(); }
void give_two(const SemaphoreCore<A>& semaphore) { semaphore.release(2); }
void give_twice(const SemaphoreCore<A>& semaphore) {
  semaphore.release(1);
  semaphore.release(1);
}
void use(const SemaphoreCore<A>& semaphore) {
  semaphore.acquire();
  semaphore.release(1);
}

TEST(Explored, SemaphoreOfThree) {
  expect_none(semaphores(0, {take, take, give_twice}, 0), 2);
  expect_none(semaphores(0, {take, take, give_two}, 0), 2);
  expect_none(semaphores(1, {use, use, use}, 1), 2);
  expect_none(semaphores(2, {use, use, use}, 2), 2);
  expect_none(semaphores(0, {use, use, give_two}, 2), 2);
}
TEST(Explored, SemaphoreWithATimeLimit) {
  const auto some = [](const SemaphoreCore<A>& semaphore) {
    if (semaphore.acquire(kSoon)) semaphore.release(1);
  };
  expect_none(semaphores(1, {some, use, use}, 1), 2);
  expect_none(semaphores(1, {some, some, use}, 1), 2);
}
TEST(ExploredDefect, OfASemaphoreIsFound) {
  Program passing = semaphores(0, {take, take, give_twice}, 0);
  passing.actors[0] = passing.actors[1] = [](World&, const Heap<A>& heap) {
    A access = heap.access();
    access.only_takes();
    SemaphoreCore<A>(Heap<A>(access, heap.actor()), kObject).acquire();
  };
  expect_none(passing, 2);
  expect_found(passing, 2, Defect::wake_up_not_passed_on);
  expect_found(semaphores(1, {use, use, use}, 1), 2, Defect::wakes_nobody);
  expect_found(semaphores(1, {use, use, use}, 1), 3, Defect::looks_before_it_counts);
}

}  // namespace
}  // namespace cohort::test
