// SPDX-License-Identifier: BSL-1.0
// An Event in all interleavings of small programs: all who wait are let go, however soon it is cleared again. And each
// seeded defect is found.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "cohort/sync/event_core.hpp"
#include "sync/explored.hpp"

namespace cohort::test {
namespace {

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

}  // namespace
}  // namespace cohort::test
