// SPDX-License-Identifier: BSL-1.0
// The dict's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no value is ever seen half written, and no block is lost. And with a protection left out, it shows.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "containers/table_history.hpp"
#include "heap/heap_audit.hpp"
#include "support/buffered_access.hpp"

namespace cohort::test {
namespace {

// Around the sizes at which tables grow.
constexpr std::size_t kSizes[] = {0, 1, 1, 2, 4, 5, 5, 20, 21};
constexpr DictCall kLooks[] = {DictCall::get,  DictCall::get,  DictCall::contains,
                               DictCall::copy, DictCall::keys, DictCall::size};

// What one seed's actors did: each of them anything, or the first one while the others look. A is the access
// through which they did it, which make_access gives to each.
template <class K, class V, class A, class MakeAccess>
std::vector<DictEvent> history_of(ScheduledWindow& window, ObjectId dict, std::size_t prefill, int events,
                                  bool one_writer, MakeAccess make_access) {
  std::vector<DictEvent> history;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const A access = make_access(actor);
    const Heap<A> mine(access, heap.actor());
    const DictCore<K, V, A> core(mine, dict.address);
    for (std::int64_t i = 0; i < events; ++i) {
      DictEvent event =
          draw_dict_event(window.schedule, prefill, 100 + static_cast<std::int64_t>(actor) * 100 + i * 10);
      if (one_writer && actor != 0) event.call = kLooks[window.schedule.draw(std::size(kLooks))];
      event.invoked = window.schedule.tick();
      perform(core, event);
      if constexpr (requires { access.drain(); }) access.drain();
      event.returned = window.schedule.tick();
      history.push_back(event);
    }
  });
  DictEvent end;
  end.call = DictCall::copy;
  end.invoked = window.schedule.tick();
  perform(DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address), end);
  end.returned = window.schedule.tick();
  history.push_back(end);
  return history;
}

bool is_open(const ScheduledHeap& heap, ObjectId dict) {
  return (heap.load(own_field(dict.address, table::kControl)) & table::kOpen) != 0;
}

// Half of the dicts begin open, if their values are words.
template <class K, class V>
DictModel fill(ScheduledWindow& window, ObjectId dict, std::size_t prefill) {
  DictModel start;
  for (std::size_t i = 0; i < prefill; ++i) {
    const auto x = static_cast<std::int64_t>(i);
    start.emplace_back(x, x);
    DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address).set(to_element<K>(x), to_element<V>(x));
  }
  if (prefill != 0 && window.schedule.draw(2) == 0)
    open_dict(DictCore<K, V, ScheduledAccess>(window.heaps[0], dict.address));
  return start;
}

template <class K, class V>
void try_seed(std::uint64_t seed) {
  const int actors = 2 + static_cast<int>(seed % 3);
  ScheduledWindow window(seed, actors);
  const std::size_t prefill = kSizes[window.schedule.draw(std::size(kSizes))];
  const ObjectId dict = make_dict<K, V>(window.heaps[0]);
  const DictModel start = fill<K, V>(window, dict, prefill);
  const auto history = history_of<K, V, ScheduledAccess>(window, dict, prefill, actors == 2 ? 6 : 4, false,
                                                         [&](std::size_t) { return window.access; });
  const Verdict verdict = find_linearization(history, start, apply);
  ASSERT_TRUE(verdict.linearizable) << "COHORT_TEST_SEED=" << seed << ", " << prefill << " keys at first"
                                    << describe(history, verdict);

  const Audit audit = audit_heap(window.heaps[0]);
  ASSERT_TRUE(audit.problems.empty()) << "COHORT_TEST_SEED=" << seed << "\n" << audit.text();
  lower_object(window.heaps[0], dict.address);
  ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty()) << "COHORT_TEST_SEED=" << seed << ": blocks are lost";
}

template <class K, class V>
void try_seeds(int seeds) {
#ifdef COHORT_TEST_ASAN
  seeds /= 4;  // it takes fifteen times as long there
#endif
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    try_seed<K, V>(seed);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(TableInterleavings, WordsAreLinearizable) { try_seeds<std::int64_t, std::int64_t>(1500); }
TEST(TableInterleavings, ValuesOfTwoWordsAreNeverTorn) { try_seeds<std::int64_t, Pair>(800); }
TEST(TableInterleavings, StringsAreLinearizable) { try_seeds<std::string, std::string>(800); }
TEST(TableInterleavings, WordsUnderStringsAreLinearizable) { try_seeds<std::string, std::int64_t>(800); }

// A reader that has found a key asks for the size: it must not be told of a dict without it.
TEST(TableInterleavings, WhoeverFindsAKeyFindsItInTheSize) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 800; ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId id = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
    const DictCore<std::int64_t, std::int64_t, ScheduledAccess> writer(window.heaps[0], id.address);
    const DictCore<std::int64_t, std::int64_t, ScheduledAccess> reader(window.heaps[1], id.address);
    writer.set(1, 1);
    bool found = false;
    Word size = 0;
    window.schedule.add([&] { writer.set(2, 2); });
    window.schedule.add([&] {
      found = reader.contains(2);
      size = reader.size();
    });
    window.schedule.run();
    ASSERT_TRUE(!found || size == 2) << "COHORT_TEST_SEED=" << seed;
  }
}

TEST(TableInterleavings, OpenAfterManyChangesUntilSomethingIsTakenAway) {
  ScheduledWindow window(1, 2);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId id = make_dict<std::int64_t, std::int64_t>(heap);
  const DictCore<std::int64_t, std::int64_t, ScheduledAccess> dict(heap, id.address);
  dict.set(0, 0);
  for (Word i = 0; i + 1 < table::kCalmChanges<ScheduledAccess>; ++i) dict.increment(0, 1);
  EXPECT_FALSE(is_open(heap, id));
  dict.increment(0, 1);
  EXPECT_TRUE(is_open(heap, id));
  for (std::int64_t key = 1; key < 30; ++key) dict.set(key, key);
  dict.items();
  dict.setdefault(1, 5);
  dict.increment(3, 4);
  EXPECT_TRUE(is_open(heap, id)) << "insertions, larger tables and looks leave it open";
  dict.pop(100);
  EXPECT_TRUE(is_open(heap, id)) << "nothing was taken away";
  dict.pop(5);
  EXPECT_FALSE(is_open(heap, id));
  for (Word i = 0; i < 4 * table::kCalmChanges<ScheduledAccess>; ++i) {
    dict.increment(0, 1);
    if (i % (table::kCalmChanges<ScheduledAccess> - 1) == 0) dict.popitem();
    EXPECT_FALSE(is_open(heap, id)) << "who erases as often as he counts needs the latch only";
  }
  EXPECT_EQ(dict.get(0), static_cast<std::int64_t>(5 * table::kCalmChanges<ScheduledAccess>));
}

// The counts of all are the counts of each, whoever takes entries out meanwhile.
TEST(TableInterleavings, NoIncrementIsLostBesideErasures) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 1500; ++seed) {
    ScheduledWindow window(seed, 3);
    const ObjectId id = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
    using Core = DictCore<std::int64_t, std::int64_t, ScheduledAccess>;
    Core(window.heaps[0], id.address).set(7, 0);
    open_dict(Core(window.heaps[0], id.address), 7, 0);
    std::int64_t taken = 0;
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Core core(heap, id.address);
      for (int i = 0; i < 4; ++i) {
        if (actor == 0) {
          taken += core.pop(7).value_or(0);
        } else {
          core.increment(7, 1);
        }
      }
    });
    taken += Core(window.heaps[0], id.address).pop(7).value_or(0);
    ASSERT_EQ(taken, 8) << "COHORT_TEST_SEED=" << seed;
  }
}

// Does the search find races at all? The same dict over an access that leaves one protection out.
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

// How many of the seeds had a history that no dict has; three are enough. make_access(window, dict) gives what gives
// each actor its access A.
template <class V, class A, class MakeAccess>
int wrong_histories(int seeds, bool one_writer, MakeAccess make_access) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && wrong < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const std::size_t prefill = kSizes[window.schedule.draw(std::size(kSizes))];
    const ObjectId dict = make_dict<std::int64_t, V>(window.heaps[0]);
    const DictModel start = fill<std::int64_t, V>(window, dict, prefill);
    try {
      const auto history = history_of<std::int64_t, V, A>(window, dict, prefill, 5, one_writer,
                                                          make_access(window, dict.address));
      wrong += !find_linearization(history, start, apply).linearizable;
    } catch (const std::exception&) {
      ++wrong;  // it lost its way altogether
    }
  }
  return wrong;
}
template <class V>
int wrong_histories(Defect defect, int seeds) {
  // Two that do not know of each other's moves would spoil the heap, and wander about in it.
  const bool one_writer = defect == Defect::moving_not_set || defect == Defect::version_not_checked;
  return wrong_histories<V, DefectiveAccess>(
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
// What a look has of a value that changed after a key came, it has of the key.
TEST(TableInterleavings, LooksThatHaveAChangeHaveTheKeyBeforeIt) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 3000; ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId dict = make_dict<std::int64_t, std::int64_t>(window.heaps[0]);
    const DictCore<std::int64_t, std::int64_t, ScheduledAccess> writer(window.heaps[0], dict.address);
    const DictCore<std::int64_t, std::int64_t, ScheduledAccess> reader(window.heaps[1], dict.address);
    writer.set(0, 0);
    open_dict(writer);
    window.schedule.add([&] {
      for (std::int64_t i = 1; i <= 4; ++i) {
        writer.set(i, 0);
        writer.increment(0, 1);
      }
    });
    window.schedule.add([&] {
      for (int i = 0; i < 3; ++i) {
        const auto items = reader.items();
        const auto keys = static_cast<std::int64_t>(items.size()) - 1;
        ASSERT_TRUE(items[0].second == keys || items[0].second + 1 == keys) << "COHORT_TEST_SEED=" << seed;
      }
    });
    window.schedule.run();
  }
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
