// SPDX-License-Identifier: BSL-1.0
// Small programs of up to three actors, through all interleavings with a few preemptions: nobody waits for
// ever, nobody is in where another is, nobody is overtaken once it is hungry. And with seeded defects: each is
// found, or these tests would prove nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/condition_core.hpp"
#include "cohort/sync/event_core.hpp"
#include "cohort/sync/semaphore_core.hpp"
#include "support/explorer.hpp"
#include "sync/mutant_access.hpp"

namespace cohort::test {
namespace {

using A = MutantAccess;

constexpr std::size_t kBytes = Schedule::kSmallWindow;
static_assert(kActorsOffset + 8 * sizeof(ActorSlot) < kBytes / 2);
const Address kLock(0, kBytes / 2 + 256);
const Address kCounter(0, kBytes / 2 + 512);

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
Outcome explore(const Program& program, int preemptions, Defect defect = Defect::none) {
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
int more_preemptions() {
  const char* more = std::getenv("COHORT_TEST_PREEMPTIONS");
  return more != nullptr ? std::atoi(more) : 0;
}
void expect_none(const Program& program, int preemptions, std::size_t at_least = 100) {
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
void expect_found(const Program& program, int preemptions, Defect defect) {
  const Outcome outcome = explore(program, preemptions, defect);
  EXPECT_NE(outcome.problem, "") << "defect " << static_cast<int>(defect);
  std::printf("found in run %zu: %s\n", outcome.runs, outcome.problem.c_str());
}

const Deadline kSoon = std::chrono::steady_clock::now() + std::chrono::hours(24);

void add_one(const Heap<A>& heap) { heap.store(kCounter, heap.load(kCounter) + 1); }

// ---------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------

Program events() {
  const auto wait = [](World& world, const Heap<A>& heap) {
    world.results[heap.actor()] = EventCore<A>(heap, kObject).wait(std::nullopt) ? 1 : 0;
  };
  Program program;
  program.start = [](World&) {};
  program.actors = {wait, wait, [](World&, const Heap<A>& heap) {
                      const EventCore<A> event(heap, kObject);
                      while (heap.load(own_field(kObject, 1)) < 2) heap.access().pause();
                      event.set();
                      event.clear();
                    }};
  program.problem = [](const World& world) -> std::string {
    if (world.results[1] != 1 || world.results[2] != 1) return "a waiter was not let go";
    return world.load(own_field(kObject, 0)) % 2 == 0 ? "" : "set at the end";
  };
  return program;
}

TEST(Explored, EventSetForAMomentLetsAllGo) { expect_none(events(), 2); }
TEST(Explored, EventThatStaysSet) {
  const auto wait = [](World& world, const Heap<A>& heap) {
    world.results[heap.actor()] = EventCore<A>(heap, kObject).wait(kSoon) ? 1 : 0;
  };
  Program program;
  program.start = [](World&) {};
  program.actors = {wait, [](World&, const Heap<A>& heap) { EventCore<A>(heap, kObject).wait({}); },
                    [](World&, const Heap<A>& heap) { EventCore<A>(heap, kObject).set(); }};
  program.problem = [](const World& world) -> std::string {
    return world.load(own_field(kObject, 1)) == 0 ? "" : "waiters are left";
  };
  expect_none(program, 2);
}
TEST(ExploredDefect, OfAnEventIsFound) {
  expect_found(events(), 2, Defect::wakes_one_of_many);
  expect_found(events(), 2, Defect::wakes_nobody);
}

// ---------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------

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
