// SPDX-License-Identifier: BSL-1.0
// The dict's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no value is ever seen half written, and no block is lost.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "containers/table_world.hpp"
#include "heap/heap_audit.hpp"

namespace cohort::test {
namespace {

bool is_open(const ScheduledHeap& heap, ObjectId dict) {
  return (heap.load(own_field(dict.address, table::kControl)) & table::kOpen) != 0;
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

}  // namespace
}  // namespace cohort::test
