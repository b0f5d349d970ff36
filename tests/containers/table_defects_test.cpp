// SPDX-License-Identifier: BSL-1.0
// Does the search find races at all? The same dict over an access that leaves one protection out: it shows.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "containers/table_world.hpp"

namespace cohort::test {
namespace {

enum class Defect {
  none,
  moving_not_set,
  version_not_checked,
  order_stored_late,
  closed_not_seen,      // whoever changes a value in place goes on although the table is closed
  move_not_seen,        // or although its entry may be gone
  changing_not_seen,    // whoever closes the table waits for nobody
  changes_not_counted,  // a look at everything does not learn of changes in place
};

class DefectiveAccess : public ScheduledAccess {
 public:
  DefectiveAccess(const ScheduledAccess& access, Address dict, Defect defect)
      : ScheduledAccess(access), dict_(dict), defect_(defect) {}

  /// Once.
  void before_entering(std::function<void()> work) const { mine_->before_entering = std::move(work); }

  std::uint64_t load(Address a) const {
    const Word in_slot = (a.bits() - kActorsOffset) % sizeof(ActorSlot);
    const bool is_slot = a.bits() >= kActorsOffset && a.bits() < kMembersOffset;
    if (is_slot && in_slot == COHORT_FIELD(ActorSlot, changing) && defect_ == Defect::changing_not_seen)
      return 0;
    if (is_slot && in_slot > COHORT_FIELD(ActorSlot, changing) && defect_ == Defect::changes_not_counted)
      return 0;
    if (a == own_field(dict_, table::kControl) && defect_ == Defect::closed_not_seen && mine_->in)
      return ScheduledAccess::load(a) | table::kOpen;
    if (a == own_field(dict_, table::kMoves) && defect_ == Defect::move_not_seen) {
      const Word moves = ScheduledAccess::load(a);
      return mine_->in ? mine_->moves : mine_->moves = moves;
    }
    const bool is_version = a == own_field(dict_, table::kMoves) || a == own_field(dict_, table::kWrites);
    return is_version && defect_ == Defect::version_not_checked ? 0 : ScheduledAccess::load(a);
  }
  void store(Address a, std::uint64_t value) const {
    if (a.bits() > kActorsOffset && a.bits() < kMembersOffset) mine_->in = false;
    const bool is_move = (a == own_field(dict_, table::kControl) && (value & table::kMoving) != 0) ||
                         a == own_field(dict_, table::kMoves);
    if (is_move && defect_ == Defect::moving_not_set) return;
    // An entry's Address, and nothing but it, stored outside of the actors' slots: an order word.
    const bool is_order =
        a.bits() > kPageTableOffset && value > kPageTableOffset && value >> 48 == 0 && value % 16 == 8;
    if (is_order && defect_ == Defect::order_stored_late) {
      late().emplace_back(a, value);
      return;
    }
    ScheduledAccess::store(a, value);
  }
  void light_store(Address a, std::uint64_t value) const {
    if (const auto work = std::exchange(mine_->before_entering, nullptr)) work();
    mine_->in = true;
    ScheduledAccess::light_store(a, value);
  }
  void publish(Address a, std::uint64_t value) const {
    ScheduledAccess::publish(a, value);
    for (const auto& [word, entry] : std::exchange(late(), {})) ScheduledAccess::store(word, entry);
  }

 private:
  // Of the one actor that has the latch.
  static std::vector<std::pair<Address, std::uint64_t>>& late() {
    static std::vector<std::pair<Address, std::uint64_t>> words;
    return words;
  }

  // What an actor has seen: its copies of this share it.
  struct Mine {
    std::function<void()> before_entering;
    bool in = false;
    Word moves = 0;
  };

  Address dict_;
  Defect defect_;
  std::shared_ptr<Mine> mine_ = std::make_shared<Mine>();
};

template <class V>
int wrong_histories(Defect defect, int seeds) {
  // Two that do not know of each other's moves would spoil the heap, and wander about in it.
  const bool one_writer = defect == Defect::moving_not_set || defect == Defect::version_not_checked;
  return test::wrong_histories<V, DefectiveAccess>(
      seeds, one_writer, [defect](ScheduledWindow& window, Address dict) {
        return [&window, dict, defect](std::size_t) { return DefectiveAccess(window.access, dict, defect); };
      });
}

TEST(TableScheduleFinds, NothingWithoutADefect) { EXPECT_EQ(wrong_histories<Pair>(Defect::none, 300), 0); }
TEST(TableScheduleFinds, MovingNotSet) { EXPECT_EQ(wrong_histories<Pair>(Defect::moving_not_set, 3000), 3); }
TEST(TableScheduleFinds, VersionNotChecked) {
  EXPECT_EQ(wrong_histories<Pair>(Defect::version_not_checked, 3000), 3);
}
TEST(TableScheduleFinds, LatchFreedBeforeTheOrderWordIsStored) {
  EXPECT_EQ(wrong_histories<std::int64_t>(Defect::order_stored_late, 3000), 3);
}

TEST(TableScheduleFinds, ChangesInPlaceOfAClosedTable) {
  EXPECT_EQ(wrong_histories<std::int64_t>(Defect::closed_not_seen, 6000), 3);
}
// Before one who counts at a key enters, another erases it, puts a second one into the block that is free now,
// and opens the table again. What the second one has then.
std::int64_t counted_elsewhere(Defect defect) {
  ScheduledWindow window(1, 2);
  const ObjectId dict = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
  const DefectiveAccess access(window.access, dict.address, defect);
  const Heap<DefectiveAccess> mine(access, window.heaps[0].actor());
  const DictCore<std::int64_t, std::int64_t, DefectiveAccess> core(mine, dict.address);
  const DictCore<std::int64_t, std::int64_t, ScheduledAccess> other(window.heaps[1], dict.address);
  other.set(1, 0);
  open_dict(other, 1);
  access.before_entering([&] {
    other.erase(1);
    other.set(2, 0);
    open_dict(other, 2);
  });
  core.increment(1, 1);
  return other.get(2).value();
}
TEST(TableScheduleFinds, ChangesInPlaceOfAnEntryThatIsGone) {
  EXPECT_EQ(counted_elsewhere(Defect::none), 0);
  EXPECT_EQ(counted_elsewhere(Defect::move_not_seen), 1);
}
TEST(TableScheduleFinds, ClosingThatWaitsForNobody) {
  EXPECT_EQ(wrong_histories<std::int64_t>(Defect::changing_not_seen, 6000), 3);
}
// One always changes first the first value and then the last; the other looks at all of them. How often they were not
// of one moment. `calm`: how many changes came before, so that the first ones may find the table open, or open it.
int torn_looks(Defect defect, Word calm, int seeds) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId dict = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
    const auto core = [&](std::size_t actor) {
      const DefectiveAccess access(window.access, dict.address, defect);
      return DictCore<std::int64_t, std::int64_t, DefectiveAccess>(
          Heap<DefectiveAccess>(access, window.heaps[actor].actor()), dict.address);
    };
    const auto writer = core(0);
    for (std::int64_t key = 0; key < 3; ++key) writer.set(key, 0);
    for (Word i = 0; i < calm; ++i) writer.set(0, 0);
    window.schedule.add([&] {
      for (std::int64_t i = 1; i <= 4; ++i) {
        writer.set(0, i);
        writer.set(2, i);
      }
    });
    window.schedule.add([&] {
      const auto reader = core(1);
      for (int i = 0; i < 3; ++i) {
        const auto items = reader.items();
        const std::int64_t ahead = items[0].second - items[2].second;
        wrong += ahead != 0 && ahead != 1;
      }
    });
    window.schedule.run();
  }
  return wrong;
}
TEST(TableScheduleFinds, ChangesInPlaceThatAreNotCounted) {
  for (Word calm = table::kCalmChanges<ScheduledAccess> - 4; calm <= table::kCalmChanges<ScheduledAccess>;
       ++calm)
    EXPECT_EQ(torn_looks(Defect::none, calm, 1000), 0) << calm << " changes before";
  EXPECT_GE(torn_looks(Defect::changes_not_counted, table::kCalmChanges<ScheduledAccess>, 1000), 3);
}
TEST(TableScheduleFinds, NothingInWordsWithoutADefect) {
  EXPECT_EQ(wrong_histories<std::int64_t>(Defect::none, 600), 0);
}

}  // namespace
}  // namespace cohort::test
