// SPDX-License-Identifier: BSL-1.0
// A Condition in all interleavings of small programs: no notification is lost or comes from nowhere, and those are let
// go who stand first. And each seeded defect is found.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "cohort/sync/condition_core.hpp"
#include "sync/explored.hpp"

namespace cohort::test {
namespace {

const Address kLock(0, kBytes / 2 + 256);

void make_condition(World& world) {
  world.store(own_field(kLock, 0), 1);
  world.store(own_field(kObject, 2), kLock.bits());
}
void consume(World&, const Heap<A>& heap) {
  const ConditionCore<A> condition(heap, kObject);
  condition.lock().lock();
  while (heap.load(kCounter) == 0) condition.wait({});
  heap.store(kCounter, heap.load(kCounter) - 1);
  condition.lock().unlock();
}
// Two things, in so many steps, of which each tells so many.
Program conditions(int steps, Word told) {
  Program program;
  program.start = make_condition;
  program.actors = {consume, consume, [steps, told](World&, const Heap<A>& heap) {
                      const ConditionCore<A> condition(heap, kObject);
                      for (int step = 0; step < steps; ++step) {
                        condition.lock().lock();
                        for (int i = 0; i < 2 / steps; ++i) add_one(heap);
                        condition.notify(told);
                        condition.lock().unlock();
                      }
                    }};
  program.problem = [](const World& world) -> std::string {
    if (world.load(own_field(kLock, 0)) != 1) return "the lock is not free";
    return world.load(kCounter) == 0 ? "" : "something is left";
  };
  return program;
}
// A waiter with a time limit is notified exactly when it was in the queue of the notifier.
Program timed_condition(bool with_another) {
  Program program;
  program.start = make_condition;
  program.actors = {[](World& world, const Heap<A>& heap) {
                      const ConditionCore<A> condition(heap, kObject);
                      condition.lock().lock();
                      world.results[0] = condition.wait(kSoon) ? 1 : 0;
                      condition.lock().unlock();
                    },
                    [](World& world, const Heap<A>& heap) {
                      const ConditionCore<A> condition(heap, kObject);
                      condition.lock().lock();
                      world.results[1] = heap.load(own_field(kObject, 0)) == 1 ? 1 : 0;
                      condition.notify(1);
                      condition.lock().unlock();
                    }};
  if (with_another) {
    program.actors.push_back([](World&, const Heap<A>& heap) {
      const ConditionCore<A> condition(heap, kObject);
      condition.lock().lock();
      condition.wait(kSoon);
      condition.lock().unlock();
    });
  }
  program.problem = [](const World& world) -> std::string {
    if (world.results[0] != world.results[1]) return "a notification was lost, or came from nowhere";
    return world.load(own_field(kObject, 0)) == 0 ? "" : "somebody is in the queue";
  };
  return program;
}

constexpr Word kEverybody = std::numeric_limits<std::ptrdiff_t>::max();  // notify_all()

// Those are let go that stand first in the queue, `told` of them, and nobody else.
Program told_in_order(std::size_t waiters, Word told) {
  Program program;
  program.start = make_condition;
  program.actors.assign(waiters, [](World& world, const Heap<A>& heap) {
    const ConditionCore<A> condition(heap, kObject);
    condition.lock().lock();
    world.results[heap.actor()] = condition.wait(kSoon) ? 1 : 0;
    condition.lock().unlock();
  });
  program.actors.push_back([told](World& world, const Heap<A>& heap) {
    const ConditionCore<A> condition(heap, kObject);
    condition.lock().lock();
    Word actor = heap.load(own_field(kObject, 0));
    for (Word left = told; left != 0 && actor != 0 && actor != kLastWaiter; --left) {
      world.results[4 + actor] = 1;
      const auto slot = static_cast<std::uint32_t>(actor);
      actor = heap.load(actor_field(slot, COHORT_FIELD(ActorSlot, next_waiter)));
    }
    condition.notify(told);
    condition.lock().unlock();
  });
  program.problem = [waiters](const World& world) -> std::string {
    for (std::size_t actor = 1; actor <= waiters; ++actor) {
      if (world.results[actor] != std::max(world.results[4 + actor], 0))
        return "not those who stood first were let go";
    }
    return world.load(own_field(kObject, 0)) == 0 ? "" : "somebody is in the queue";
  };
  return program;
}

TEST(Explored, ConditionOfThree) { expect_none(conditions(2, 1), 2); }
TEST(Explored, ConditionThatTellsTwoOrAll) {
  expect_none(conditions(1, 2), 1);
  expect_none(conditions(1, kEverybody), 2);
  expect_none(conditions(2, kEverybody), 1);
}
TEST(Explored, ConditionLetsGoWhoStandsFirst) {
  expect_none(told_in_order(2, 1), 1);
  expect_none(told_in_order(2, 2), 1);
  expect_none(told_in_order(2, kEverybody), 1);
  expect_none(told_in_order(3, 2), 0);
}
TEST(Explored, ConditionWithATimeLimit) {
  expect_none(timed_condition(false), 3);
  expect_none(timed_condition(true), 1);
}
TEST(ExploredDefect, OfAConditionIsFound) {
  expect_found(conditions(2, 1), 2, Defect::told_before_it_is_unlinked);
  expect_found(conditions(2, 1), 1, Defect::wakes_nobody);
}
TEST(ExploredDefect, OfAConditionThatTellsManyIsFound) {
  for (const Word told : {Word{2}, kEverybody}) {
    expect_found(conditions(1, told), 2, Defect::told_before_it_is_unlinked);
    expect_found(conditions(1, told), 1, Defect::rest_of_the_queue_lost);
    expect_found(told_in_order(2, told), 2, Defect::rest_of_the_queue_lost);
  }
  expect_found(conditions(1, 2), 1, Defect::first_let_go_again);
  expect_found(told_in_order(2, 2), 2, Defect::first_let_go_again);
  expect_found(told_in_order(3, 2), 1, Defect::rest_of_the_queue_lost);
}

}  // namespace
}  // namespace cohort::test
