// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, while it lowers an object's count, or has large runs.
// Recovery finds the object whole or gone, and no run is lost.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cohort/containers/list_core.hpp"
#include "cohort/heap/statistics.hpp"
#include "heap/death.hpp"
#include "heap/list_blocks.hpp"

namespace cohort::test {
namespace {

TEST(Death, ObjectWhoseLastCountIsDroppedIsWholeOrGone) {
  for (const Magazines magazines : kAllMagazines) {
    bool died = true;
    int whole = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where =
          "magazines " + std::to_string(static_cast<int>(magazines)) + ", step " + std::to_string(step);
      ScheduledWindow window(1, 2);
      const ObjectId list = make_list(window.heaps[1], sizeof(Word), kBlobFlag);
      const std::vector<std::string> texts(20, "text");
      const ListCore<std::string, ScheduledAccess> core(window.heaps[1], list.address);
      core.extend(std::span<const std::string>(texts));
      std::set<Word> expected = prepare(window.heaps[0], window.heaps[1], magazines);
      window.schedule.add([&] { lower_object(window.heaps[0], list.address); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, window.heaps[0].actor());
      if (raise_object(window.heaps[1], list)) {
        ++whole;
        EXPECT_EQ(core.copy(), texts) << where;
        add_blocks_of(window.heaps[1], list.address, expected);
      }
      expect_exactly(window.heaps[1], expected, where);
    }
    EXPECT_LE(whole, 2) << "only before the count is lowered";
  }
}

// One lowers a count of an object and dies; another destroys what holds it, and more; a third reaps the first
// meanwhile.
TEST(Death, ObjectThatAnotherDestroysMeanwhileGoesOnce) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const std::string where = "seed " + std::to_string(seed) + ", step " + std::to_string(step);
      ScheduledWindow window(seed, 3);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ScheduledHeap& reaper = window.heaps[2];
      const std::array held = {make_list(other, sizeof(Word)), make_list(other, sizeof(Word))};
      const std::array handles = {EncodedHandle{held[0], 0}, EncodedHandle{held[1], kHandleBytes}};
      const std::array<std::byte, 2 * kHandleBytes> bytes = {};
      Operation<ScheduledAccess> operation(other);
      const ObjectId barrier = make_object(operation, other, make_kind(ObjectKind::barrier, 0, 0), 0, 0);
      other.store(own_field(barrier.address, 3), make_blob(operation, other, {bytes, handles}).bits());
      operation.keep();
      lower_object(other, held[1].address);

      bool over = false;
      window.schedule.add([&] {
        lower_object(dying, held[0].address);
        over = true;
      });
      window.schedule.add([&] { lower_object(other, barrier.address); });
      window.schedule.add([&] {
        while (!over && !window.schedule.died(0)) reaper.load(own_field(barrier.address, 0));
        if (!over) recover(window.access, dying.actor());
      });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      for (const ObjectId id : held) {
        const Word generation =
            other.load(object_field(id.address, COHORT_FIELD(ObjectHeader, reference))) >> 32;
        // Before the count is lowered, it is still the dead one's.
        if (raise_object(other, id)) {
          EXPECT_LE(step, 3U) << where;
          lower_object(other, id.address);
          lower_object(other, id.address);
        } else {
          EXPECT_EQ(generation, id.generation + 1) << where;
        }
      }
      expect_exactly(other, {}, where);
    }
  }
}

TEST(Death, LargeRunsAreGivenBackOrKept) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    const std::string where = "step " + std::to_string(step);
    ScheduledWindow window(1, 2);
    std::vector<Address> old = take(window.heaps[0], 40'000, 3);
    std::set<Word> expected = {old[0].bits(), old[2].bits()};
    window.schedule.add([&] {
      Operation<ScheduledAccess> operation(window.heaps[0]);
      operation.allocate(50'000);
      operation.discard(old[1]);
      // Neither committed nor kept: the new one is given back, the old one stays.
    });
    window.schedule.add([&] {});
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    expected.insert(old[1].bits());
    recover(window.access, window.heaps[0].actor());
    expect_exactly(window.heaps[1], expected, where);
    // All of it can be used: what is free is found, wherever the search had stood.
    std::vector<Address> rest;
    try {
      for (;;) rest.push_back(take(window.heaps[1], 30'000, 1)[0]);
    } catch (const OutOfSharedMemory&) {
    }
    const HeapStatistics now = heap_statistics(window.heaps[1]);
    EXPECT_LT(now.capacity - audit_heap(window.heaps[1]).live_bytes(), 4 * 32'768U) << where;
  }
}

}  // namespace
}  // namespace cohort::test
