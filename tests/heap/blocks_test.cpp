// SPDX-License-Identifier: BSL-1.0
// Blocks and Operations: nothing is owned twice, nothing is lost, and what fails changes nothing.

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "cohort/containers/list_core.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

void expect_nothing_held(const ScheduledHeap& heap, const std::string& where) {
  const Audit audit = audit_heap(heap);
  ASSERT_EQ(audit.text(), "") << where;
  ASSERT_TRUE(audit.live.empty()) << where;
  ASSERT_EQ(heap_statistics(heap).used, 0U) << where;
}

std::size_t draw_size(Schedule& schedule) {
  switch (schedule.draw(8)) {
    case 0:
      return 1 + schedule.draw(20'000);
    case 1:
      return kLargestSmall - kTagBytes + schedule.draw(2);  // the largest small block, the smallest run
    case 2:
      return 1 + schedule.draw(9000);
    default:
      return 1 + schedule.draw(100);
  }
}

// Three actors allocate, give to each other, and free, at once.
TEST(Blocks, NoneIsOwnedTwiceAndAllComeBack) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 400; ++seed) {
    ScheduledWindow window(seed, 3);
    Schedule& schedule = window.schedule;
    std::map<Word, Word> taken;  // first byte -> end
    std::vector<Address> shared;
    const auto where = "COHORT_TEST_SEED=" + std::to_string(seed);
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      for (int i = 0; i < 12; ++i) {
        Operation<A> operation(heap);
        const std::uint64_t count = 1 + schedule.draw(schedule.draw(6) == 0 ? 80 : 4);
        std::vector<Address> mine;
        for (std::uint64_t n = 0; n < count; ++n) {
          const std::size_t bytes = draw_size(schedule);
          const Address block = operation.allocate(bytes);
          const auto next = taken.lower_bound(block.bits());
          ASSERT_TRUE(next == taken.end() || block.bits() + bytes <= next->first)
              << where << ": overlaps another block";
          ASSERT_TRUE(next == taken.begin() || std::prev(next)->second <= block.bits())
              << where << ": is inside of another block";
          ASSERT_EQ(block.bits() % 8, 0U);
          taken[block.bits()] = block.bits() + bytes;
          const Word pattern = block.bits() * 31 + actor;
          if (bytes >= 8) heap.store(block, pattern);
          mine.push_back(block);
        }
        std::vector<Address> gone;
        while (shared.size() > 4 && schedule.draw(3) != 0) {
          gone.push_back(shared.back());
          shared.pop_back();
        }
        // An operation that is not kept gives back what it took, and frees nothing.
        const bool kept = schedule.draw(3) != 0;
        for (const Address block : kept ? gone : mine) taken.erase(block.bits());
        auto& back = kept ? mine : gone;
        shared.insert(shared.end(), back.begin(), back.end());
        if (kept) {
          for (const Address block : gone) operation.discard(block);
          operation.keep();
        }
      }
    });
    if (HasFatalFailure()) return;
    const Audit audit = audit_heap(window.heaps[0]);
    ASSERT_EQ(audit.text(), "") << where;
    ASSERT_EQ(audit.live.size(), shared.size()) << where;
    ASSERT_EQ(audit.live_bytes(), heap_statistics(window.heaps[0]).used) << where;
    Operation<A> operation(window.heaps[schedule.draw(3)]);
    for (const Address block : shared) operation.discard(block);
    operation.keep();
    expect_nothing_held(window.heaps[0], where);
    if (HasFatalFailure()) return;
  }
}

TEST(Operation, LeftByAnExceptionGivesBackWhatItTook) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  EXPECT_THROW(
      {
        Operation<A> operation(heap);
        for (std::size_t bytes = 1; bytes < 30'000; bytes += bytes / 2 + 1) operation.allocate(bytes);
        operation.allocate_object();
        throw std::runtime_error("in between");
      },
      std::runtime_error);
  expect_nothing_held(heap, "");
}

TEST(Operation, CommitSetsTheWordsCopiesAndReleases) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId list = make_list(heap, 8);
  const Address latch_word = own_field(list.address, 0);
  Address block;
  {
    Operation<A> operation(heap);
    block = operation.allocate(10'000);
    operation.keep();
  }
  {
    Operation<A> operation(heap);
    Latch<A> latch(heap, latch_word);
    const Address from = operation.allocate(9000);
    const std::vector<std::byte> text(9000, std::byte{7});
    heap.access().write(from, text.data(), text.size());
    operation.copy(from, block, 9000);
    operation.set(own_field(list.address, 2), 22);
    operation.set(own_field(list.address, 3), 33);
    operation.commit(latch, 44);
  }
  EXPECT_EQ(heap.load(latch_word), 44U) << "free, with the new payload";
  EXPECT_EQ(heap.load(own_field(list.address, 2)), 22U);
  EXPECT_EQ(heap.load(own_field(list.address, 3)), 33U);
  std::vector<std::byte> seen(9000);
  heap.access().read(block, seen.data(), seen.size());
  EXPECT_EQ(seen, std::vector<std::byte>(9000, std::byte{7}));
  EXPECT_EQ(operation_phase(heap.load(heap.own(COHORT_FIELD(ActorSlot, operation)))), Phase::idle);
}

TEST(Operation, TheSequenceGoesUpSoThatOldTagsMeanNothing) {
  ScheduledWindow window(1, 1);
  const auto sequence = [&] {
    return operation_sequence(window.heaps[0].load(window.heaps[0].own(COHORT_FIELD(ActorSlot, operation))));
  };
  const Word before = sequence();
  for (int i = 0; i < 3; ++i) Operation<A> operation(window.heaps[0]);
  EXPECT_EQ(sequence(), before + 3);
}

TEST(OutOfSharedMemory, SaysWhereHowMuchAndWhatToDo) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const HeapStatistics now = heap_statistics(heap);
  EXPECT_EQ(now.used, 0U);
  EXPECT_EQ(now.free(), now.capacity);
  try {
    Operation<A> operation(heap);
    operation.allocate(std::size_t{1} << 40);
    FAIL() << "a TiB in a window of 16 MiB";
  } catch (const OutOfSharedMemory& error) {
    EXPECT_EQ(error.what(),
              "shared heap full on rank 0: asked 1099511627776 B, " + format_bytes(now.free()) + " of " +
                  format_bytes(now.capacity) +
                  " free (not all of it in one piece); raise COHORT_HEAP (or make /dev/shm larger)");
  }
  expect_nothing_held(heap, "");
}

TEST(OutOfSharedMemory, SizesAtTheEndOfTheNumbersAreRefused) {
  ScheduledWindow window(1, 1);
  for (const std::size_t bytes :
       {~std::size_t{0}, ~std::size_t{0} - 7, ~std::size_t{0} - 4000, std::size_t{1} << 63}) {
    Operation<A> operation(window.heaps[0]);
    EXPECT_THROW(operation.allocate(bytes), OutOfSharedMemory) << bytes;
  }
}

// Blocks of each size until none is left; then all of them are given back, and as many can be had again.
TEST(OutOfSharedMemory, AFullHeapGivesAsMuchAgainAfterAllWasFreed) {
  for (const std::size_t bytes : {16, 500, 8000, 100'000}) {
    ScheduledWindow window(1, 1, std::size_t{8} << 20);
    const ScheduledHeap& heap = window.heaps[0];
    std::size_t first = 0;
    for (int round = 0; round < 3; ++round) {
      std::vector<Address> all;
      try {
        for (;;) {
          Operation<A> operation(heap);
          all.push_back(operation.allocate(bytes));
          operation.keep();
        }
      } catch (const OutOfSharedMemory&) {
      }
      ASSERT_EQ(audit_heap(heap).text(), "");
      ASSERT_EQ(audit_heap(heap).live.size(), all.size());
      if (round == 0) first = all.size();
      EXPECT_EQ(all.size(), first) << "blocks of " << bytes;
      Operation<A> operation(heap);
      for (const Address block : all) operation.discard(block);
      operation.keep();
      expect_nothing_held(heap, std::to_string(bytes));
    }
    const std::size_t held =
        bytes + kTagBytes <= kLargestSmall ? class_bytes(class_of(bytes + kTagBytes)) : bytes;
    EXPECT_GT(first * held, std::size_t{3} << 20) << "most of the heap can be used for blocks of " << bytes;
  }
}

// Memory ends in the middle of each change of a list: the list is as before, and no block is lost.
template <class T>
void fill_and_fail(const T& element) {
  ScheduledWindow window(1, 1, std::size_t{8} << 20);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId id = make_list(heap, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
  const ListCore<T, A> list(heap, id.address);
  for (int i = 0; i < 9; ++i) list.append(element);
  // All but a little is taken, by runs, so that a page or two are left for what comes.
  for (const std::size_t left : {0, 1, 3, 20}) {
    std::vector<Address> ballast;
    try {
      for (;;) {
        Operation<A> operation(heap);
        ballast.push_back(operation.allocate(20'000));
        operation.keep();
      }
    } catch (const OutOfSharedMemory&) {
    }
    {
      Operation<A> operation(heap);
      for (std::size_t i = 0; i < left; ++i, ballast.pop_back()) operation.discard(ballast.back());
      operation.keep();
    }
    const auto before = list.copy();
    const auto live = audit_heap(heap).live;
    const std::vector<T> many(300'000, element);
    EXPECT_THROW(list.extend(std::span<const T>(many)), OutOfSharedMemory);
    EXPECT_THROW(list.set_slice(2, 5, 1, std::span<const T>(many)), OutOfSharedMemory);
    EXPECT_THROW(list.transact([&](std::vector<T>& all) { all = many; }), OutOfSharedMemory);
    EXPECT_EQ(list.copy(), before);
    EXPECT_EQ(audit_heap(heap).text(), "");
    EXPECT_EQ(audit_heap(heap).live, live) << "something was lost, or freed";
    EXPECT_EQ(audit_heap(heap).live_bytes(), heap_statistics(heap).used);
    Operation<A> operation(heap);
    for (const Address block : ballast) operation.discard(block);
    operation.keep();
  }
  list.extend(std::span<const T>(std::vector<T>(100, element)));
  EXPECT_EQ(list.size(), 109U);
  lower_object(heap, id.address);
  expect_nothing_held(heap, "");
}
TEST(OutOfSharedMemory, LeavesAListOfWordsAsItWas) { fill_and_fail<std::int64_t>(5); }
TEST(OutOfSharedMemory, LeavesAListOfBlobsAsItWas) { fill_and_fail<std::string>(std::string(50, 'x')); }

}  // namespace
}  // namespace cohort::test
