// SPDX-License-Identifier: BSL-1.0
// The dict's operations by cores with store buffers, and what shows where an order is left out.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "containers/table_world.hpp"
#include "support/buffered_access.hpp"

namespace cohort::test {
namespace {

// Cores with store buffers. weaken(cores, dict) says what is weaker than it should be.
template <class V, class Weaken>
int wrong_through_buffers(int seeds, bool one_writer, Weaken weaken) {
  std::optional<Cores> cores;
  return wrong_histories<V, BufferedAccess>(seeds, one_writer, [&](ScheduledWindow& window, Address dict) {
    cores.emplace(window.schedule, window.heaps.size());
    weaken(*cores, dict);
    Heap<BufferedAccess>::forget_readable();
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  });
}
TEST(TableInterleavings, AreLinearizableThroughStoreBuffers) {
  const auto not_at_all = [](Cores&, Address) {};
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(600, false, not_at_all), 0);
  EXPECT_EQ(wrong_through_buffers<Pair>(400, false, not_at_all), 0);
}
TEST(TableScheduleFinds, ReleaseOfThePublishTurnedRelaxed) {
  const auto publish = [](Cores& cores, Address dict) {
    cores.relaxed = [dict](Address a) { return a == own_field(dict, table::kControl); };
  };
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(6000, true, publish), 3);
}
// One takes a value out of an open dict, while others add to it. How often something that was added was lost.
int lost_additions(bool with_barrier, int seeds) {
  using Core = DictCore<std::int64_t, std::int64_t, BufferedAccess>;
  int lost = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && lost < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const ObjectId id = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
    const DictCore<std::int64_t, std::int64_t, ScheduledAccess> dict(window.heaps[0], id.address);
    dict.set(7, 0);
    open_dict(dict, 7, 0);
    Cores cores(window.schedule, window.heaps.size());
    cores.interrupts = with_barrier;
    std::int64_t taken = 0;
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const BufferedAccess access(cores, actor);
      const Core core(Heap<BufferedAccess>(access, heap.actor()), id.address);
      if (actor == 0) {
        taken += core.pop(7).value_or(0);
      } else {
        core.increment(7, 1);
      }
      access.drain();
    });
    lost += taken + dict.pop(7).value_or(0) != 2;
  }
  return lost;
}
TEST(TableScheduleFinds, ClosingWithoutABarrierOnTheOtherCores) {
  EXPECT_EQ(lost_additions(true, 1500), 0);
  EXPECT_EQ(lost_additions(false, 20'000), 3);
}

}  // namespace
}  // namespace cohort::test
