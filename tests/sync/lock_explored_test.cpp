// SPDX-License-Identifier: BSL-1.0
// A Lock and an RLock in all interleavings of small programs: nobody waits for ever, nobody is in where another is,
// nobody is overtaken once it is hungry. And each seeded defect is found.

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cohort/sync/lock_core.hpp"
#include "cohort/sync/turns.hpp"
#include "cohort/sync/wait.hpp"
#include "sync/explored.hpp"

namespace cohort::test {
namespace {

void lock_once(World&, const Heap<A>& heap) {
  const LockCore<A> lock(heap, kObject);
  lock.lock();
  add_one(heap);
  lock.unlock();
}
void lock_twice(World& world, const Heap<A>& heap) {
  lock_once(world, heap);
  lock_once(world, heap);
}
std::string free_at_the_end(const World& world, Word counter) {
  if (world.load(kCounter) != counter) return "counted " + std::to_string(world.load(kCounter));
  if (world.load(own_field(kObject, 0)) != 1) return "not free at the end";
  if (world.load(own_field(kObject, 1)) != 0) return "waiters are left";
  return "";
}
Program locks(std::vector<std::function<void(World&, const Heap<A>&)>> actors, Word counter) {
  return {[](World& world) { world.store(own_field(kObject, 0), 1); }, std::move(actors),
          [counter](const World& world) { return free_at_the_end(world, counter); }};
}

// One of them gives up when its time is over; the other may have to do without it.
Program timed_locks(std::size_t others) {
  Program program;
  program.start = [](World& world) { world.store(own_field(kObject, 0), 1); };
  program.actors.assign(others, lock_twice);
  program.actors.push_back([](World& world, const Heap<A>& heap) {
    const LockCore<A> lock(heap, kObject);
    world.results[0] = lock.lock(kSoon) ? 1 : 0;
    if (world.results[0] == 0) return;
    add_one(heap);
    lock.unlock();
  });
  program.problem = [others](const World& world) {
    return free_at_the_end(world, 2 * others + static_cast<Word>(world.results[0]));
  };
  return program;
}

TEST(Explored, LockOfThree) {
  expect_none(locks({lock_once, lock_once, lock_once}, 3), 3);
  expect_none(locks({lock_twice, lock_once, lock_once}, 4), 2);
  expect_none(locks({lock_twice, lock_twice, lock_twice}, 6), 1);
}
TEST(Explored, LockOfTwo) { expect_none(locks({lock_twice, lock_twice}, 4), 3); }
TEST(Explored, LockWithATimeLimit) {
  expect_none(timed_locks(1), 3);
  expect_none(timed_locks(2), 2);
}
void lock_again(World&, const Heap<A>& heap) {
  const RLockCore<A> lock(heap, kObject);
  lock.lock();
  lock.lock();
  add_one(heap);
  lock.unlock();
  if (!lock.is_mine()) add_one(heap);
  lock.unlock();
}
// Of the three one takes what is free and nothing else: the others may have to do without it.
Program rlocks_that_are_tried() {
  Program program = locks({lock_again, lock_again}, 0);
  program.actors.push_back([](World& world, const Heap<A>& heap) {
    const RLockCore<A> lock(heap, kObject);
    world.results[0] = lock.try_lock() ? 1 : 0;
    if (world.results[0] == 0) return;
    if (!lock.try_lock()) throw std::logic_error("the owner may take it again");
    add_one(heap);
    lock.unlock();
    lock.unlock();
  });
  program.problem = [](const World& world) {
    return free_at_the_end(world, 2 + static_cast<Word>(world.results[0]));
  };
  return program;
}

TEST(Explored, RLockOfTwo) { expect_none(locks({lock_again, lock_again}, 2), 3); }
TEST(Explored, RLockOfThree) {
  expect_none(locks({lock_again, lock_again, lock_again}, 3), 2);
  expect_none(rlocks_that_are_tried(), 2);
}

// The first holds it, the second is hungry; whatever the third does, it does not come before the second.
TEST(Explored, NobodyOvertakesTheHungryOne) {
  Program program;
  program.start = [](World& world) {
    world.store(own_field(kObject, 0), turn::owned_by(1) | turn::kSleepers);
  };
  const auto enter = [](World& world, const Heap<A>& heap, bool hungry_before) {
    const Word turn = heap.load(kCounter);
    heap.store(kCounter, turn + 1);
    world.results[heap.actor()] = static_cast<int>(turn);
    if (hungry_before) world.results[5] = 1;
  };
  program.actors.push_back([](World&, const Heap<A>& heap) { LockCore<A>(heap, kObject).unlock(); });
  program.actors.push_back([enter](World& world, const Heap<A>& heap) {
    // As one that was woken and came too late.
    Word seen = heap.load(own_field(kObject, 0));
    if (turn::owner_of(seen) == 1) {
      if (heap.access().compare_exchange(own_field(kObject, 0), seen, seen | turn::hungry_is(2))) {
        heap.store(kCounter + 8, 1);
        const Address signal = heap.own(COHORT_FIELD(ActorSlot, signal));
        for (;;) {
          const Word before = heap.load(signal);
          if (turn::hungry_of(heap.load(own_field(kObject, 0))) != 2) break;
          wait_while(heap, signal, before, {WaitKind::lock, kObject});
        }
        enter(world, heap, false);
        LockCore<A>(heap, kObject).unlock();
        return;
      }
    }
    lock_once(world, heap);
  });
  program.actors.push_back([enter](World& world, const Heap<A>& heap) {
    const bool hungry = heap.load(kCounter + 8) != 0;
    LockCore<A>(heap, kObject).lock();
    enter(world, heap, hungry);
    LockCore<A>(heap, kObject).unlock();
  });
  program.problem = [](const World& world) -> std::string {
    if (world.results[5] == 1 && world.results[3] < world.results[2]) return "overtaken";
    return free_at_the_end(world, 2);
  };
  expect_none(program, 2);
}

TEST(ExploredDefect, OfALockIsFound) {
  expect_found(locks({lock_once, lock_once, lock_once}, 3), 2, Defect::wakes_nobody);
  expect_found(locks({lock_once, lock_once, lock_once}, 3), 3, Defect::taker_forgets_sleepers);
  expect_found(locks({lock_once, lock_once, lock_once}, 3), 3, Defect::looks_before_it_counts);
  expect_found(locks({lock_once, lock_once, lock_once}, 3), 2, Defect::unlocks_in_two_steps);
  expect_found(locks({lock_twice, lock_twice}, 4), 3, Defect::frees_instead_of_giving);
  expect_found(timed_locks(1), 3, Defect::gift_overlooked);
}
TEST(ExploredDefect, OfAnRLockIsFound) {
  const Program three = locks({lock_again, lock_again, lock_again}, 3);
  expect_found(three, 2, Defect::wakes_nobody);
  expect_found(three, 2, Defect::unlocks_in_two_steps);
  expect_found(three, 2, Defect::depth_not_counted);
  expect_found(rlocks_that_are_tried(), 2, Defect::depth_not_counted);
}

}  // namespace
}  // namespace cohort::test
