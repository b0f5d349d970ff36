// SPDX-License-Identifier: BSL-1.0
// Shared objects: counts, generations, names, values that hold objects, and the census.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cohort/heap/census.hpp"
#include "cohort/heap/directory.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

bool gone(const ScheduledHeap& heap, ObjectId id) { return !raise_object(heap, id); }

std::map<Word, Word> census(const ScheduledHeap& heap) {
  std::map<Word, Word> all;
  each_object(heap, [&all](Address object, Word count) { all[object.bits()] = count; });
  return all;
}

// A blob that speaks of `ids`, as the only slot of a new list.
ObjectId make_holder(const ScheduledHeap& heap, const std::vector<EncodedHandle>& ids) {
  const ObjectId holder = make_list(heap, 8, kBlobFlag);
  Operation<A> operation(heap);
  const std::string text = "bytes";
  const Word blob = make_blob(operation, heap, {std::as_bytes(std::span(text)), ids}).bits();
  const Sequence<A> slots(heap, holder.address, 8);
  slots.append(operation, &blob, 1);
  return holder;
}

TEST(Objects, LastCountFreesAndTheGenerationGoesUp) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId first = make_list(heap, 8);
  EXPECT_EQ(count_of(heap, first.address), 1U);
  EXPECT_TRUE(raise_object(heap, first));
  lower_object(heap, first.address);
  EXPECT_EQ(count_of(heap, first.address), 1U);
  lower_object(heap, first.address);
  EXPECT_TRUE(gone(heap, first));
  const ObjectId second = make_list(heap, 8);
  ASSERT_EQ(second.address, first.address) << "the header is used again";
  EXPECT_NE(second.generation, first.generation);
  EXPECT_TRUE(gone(heap, first)) << "the stale handle does not raise the new object";
  EXPECT_EQ(count_of(heap, second.address), 1U);
  lower_object(heap, second.address);
  EXPECT_TRUE(audit_heap(heap).live.empty());
}

// Everyone raises and lowers while the first holder goes: who has raised it finds it alive until it lowers.
TEST(Objects, CountOfZeroNeverRisesAgain) {
  int revived = 0;
  int refused = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 2000; ++seed) {
    ScheduledWindow window(seed, 3);
    const ObjectId id = make_list(window.heaps[0], 8);
    const Word value = 5;
    Sequence<A>(window.heaps[0], id.address, 8).append<8>(&value);
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      if (actor == 0) {
        lower_object(heap, id.address);
        // The header may become another object at once.
        const ObjectId next = make_list(heap, 8);
        ASSERT_TRUE(next != id);
        lower_object(heap, next.address);
        return;
      }
      for (int i = 0; i < 3; ++i) {
        if (!raise_object(heap, id)) {
          ++refused;
          continue;
        }
        ++revived;
        Word seen = 0;
        Word size = 0;
        ASSERT_TRUE((Sequence<A>(heap, id.address, 8)
                         .read(0, size,
                               [&](Address slot, const auto&) {
                                 seen = heap.load(slot);
                                 return true;
                               })))
            << "COHORT_TEST_SEED=" << seed;
        ASSERT_EQ(seen, 5U) << "COHORT_TEST_SEED=" << seed;
        ASSERT_EQ(heap.load(object_field(id.address, COHORT_FIELD(ObjectHeader, reference))) >> 32,
                  id.generation);
        lower_object(heap, id.address);
      }
    });
    if (HasFatalFailure()) return;
    const Audit audit = audit_heap(window.heaps[0]);
    ASSERT_EQ(audit.text(), "") << "COHORT_TEST_SEED=" << seed;
    ASSERT_TRUE(audit.live.empty()) << "COHORT_TEST_SEED=" << seed << ": not freed";
    ASSERT_TRUE(gone(window.heaps[0], id));
  }
  EXPECT_GT(revived, 100);
  EXPECT_GT(refused, 100);
}

TEST(Objects, LongChainOfObjectsGoesWithItsFirst) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  ObjectId last = make_list(heap, 8);
  for (int i = 0; i < 5000; ++i) {
    const ObjectId holder = make_holder(heap, {{last, 0}});
    EXPECT_EQ(count_of(heap, last.address), 2U);
    lower_object(heap, last.address);
    last = holder;
  }
  EXPECT_EQ(census(heap).size(), 5001U);
  lower_object(heap, last.address);
  EXPECT_TRUE(census(heap).empty());
  EXPECT_TRUE(audit_heap(heap).live.empty());
  EXPECT_EQ(heap_statistics(heap).used, 0U);
}

TEST(Objects, AllocatedOnesStartAtALineAndWithNothingInThem) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  for (int i = 0; i < 600; ++i) {
    const ObjectId id = make_list(heap, 8);
    EXPECT_EQ(own_field(id.address, 0).offset() % kLineBytes, 0U);
    EXPECT_NE(id.address.offset() % kPageBytes, 0U) << "that is where runs begin";
    for (std::size_t w = 0; w < 8; ++w) EXPECT_EQ(heap.load(own_field(id.address, w)), 0U);
  }
}

TEST(Blobs, HoldTheirObjectsOnceForEachTimeTheyListThem) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId a = make_list(heap, 8);
  const ObjectId b = make_list(heap, 8);
  const ObjectId holder = make_holder(heap, {{a, 0}, {b, 1}, {a, 2}});
  EXPECT_EQ(count_of(heap, a.address), 3U);
  EXPECT_EQ(count_of(heap, b.address), 2U);
  const Address root(heap.load(own_field(holder.address, 4)));
  const Address blob(heap.load(Address(heap.load(root))));
  const Word head = heap.load(blob);
  EXPECT_EQ(blob_handles(head), 3U);
  EXPECT_EQ(blob_bytes(head), 5U);
  EXPECT_EQ(blob_handle(heap, blob, 1), b);
  std::string text(5, ' ');
  heap.access().read(blob_data(blob, head), text.data(), 5);
  EXPECT_EQ(text, "bytes");
  lower_object(heap, b.address);
  EXPECT_EQ(count_of(heap, b.address), 1U) << "the blob keeps it";
  lower_object(heap, holder.address);
  EXPECT_TRUE(gone(heap, b));
  EXPECT_EQ(count_of(heap, a.address), 1U);
  lower_object(heap, a.address);
  EXPECT_TRUE(audit_heap(heap).live.empty());
}

TEST(Blobs, NotCommittedRaiseNothing) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId a = make_list(heap, 8);
  {
    Operation<A> operation(heap);
    const std::vector<EncodedHandle> ids = {{a, 0}};
    make_blob(operation, heap, {{}, ids});
  }
  EXPECT_EQ(count_of(heap, a.address), 1U);
  EXPECT_EQ(audit_heap(heap).live.size(), 1U);
}

TEST(Blobs, OfAnObjectThatIsGoneAreRefusedAndHoldNoOther) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId a = make_list(heap, 8);
  const ObjectId b = make_list(heap, 8);
  lower_object(heap, b.address);
  try {
    make_holder(heap, {{a, 0}, {a, 1}, {b, 2}});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "a value speaks of a shared object that nothing holds any more; keep its handle in the value");
  }
  EXPECT_EQ(count_of(heap, a.address), 1U);
}

TEST(Blobs, MoreThan65535ObjectsAreRefused) {
  ScheduledWindow window(1, 1);
  const ObjectId a = make_list(window.heaps[0], 8);
  const std::vector<EncodedHandle> many(65'536, EncodedHandle{a, 0});
  Operation<A> operation(window.heaps[0]);
  try {
    make_blob(operation, window.heaps[0], {{}, many});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "a value with more than 65535 shared objects in it cannot travel; split it");
  }
}

// (Nobody looks at so many bytes before they are refused.)
TEST(Blobs, MoreThan4GiBWithObjectsInThemAreRefused) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const ObjectId a = make_list(heap, 8);
  const std::vector<EncodedHandle> one = {{a, 0}};
  const std::byte byte = {};
  Operation<A> operation(heap);
  try {
    write_blob(operation, heap, operation.allocate(64), {{&byte, std::size_t{1} << 32}, one});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "a value with shared objects in it cannot have more than 4 GiB; split it");
  }
}

TEST(Directory, FindsWhatWasEnteredAndNothingElse) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const Directory<A> names(heap);
  EXPECT_FALSE(names.find("squares"));
  const ObjectId a = make_list(heap, 8);
  const ObjectId b = make_list(heap, 8);
  EXPECT_EQ(names.find_or_enter("squares", a), a);
  EXPECT_EQ(names.find_or_enter("squares", b), a) << "the name is taken";
  EXPECT_EQ(names.find_or_enter("", b), b);
  EXPECT_EQ(names.find("squares"), a);
  EXPECT_EQ(names.find(""), b);
  EXPECT_FALSE(names.find("square"));
  EXPECT_FALSE(names.find(std::string("squares\0", 8)));
  EXPECT_EQ(count_of(heap, a.address), 2U);
  lower_object(heap, a.address);
  lower_object(heap, b.address);
  EXPECT_EQ(count_of(heap, a.address), 1U) << "the name keeps it";
  names.clear();
  EXPECT_FALSE(names.find("squares"));
  EXPECT_TRUE(audit_heap(heap).live.empty());
  EXPECT_EQ(heap_statistics(heap).used, 0U);
}

TEST(Directory, ANameEnteredByManyAtOnceIsOneObjects) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 300; ++seed) {
    ScheduledWindow window(seed, 3);
    std::set<Word> found;
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Directory<A> names(heap);
      const ObjectId mine = make_list(heap, 8);
      found.insert(names.find_or_enter("one", mine).address.bits());
      names.find_or_enter("another " + std::to_string(actor), mine);
      lower_object(heap, mine.address);
    });
    ASSERT_EQ(found.size(), 1U) << "COHORT_TEST_SEED=" << seed;
    ASSERT_EQ(census(window.heaps[0]).size(), 3U);
    Directory<A>(window.heaps[0]).clear();
    const Audit audit = audit_heap(window.heaps[0]);
    ASSERT_EQ(audit.text(), "") << "COHORT_TEST_SEED=" << seed;
    ASSERT_TRUE(audit.live.empty()) << "COHORT_TEST_SEED=" << seed;
  }
}

TEST(Census, SeesEveryObjectThatIsHeldWithItsCount) {
  ScheduledWindow window(1, 2);
  std::map<Word, Word> expected;
  std::vector<ObjectId> all;
  for (int i = 0; i < 1200; ++i) {
    const ScheduledHeap& heap = window.heaps[static_cast<std::size_t>(i % 2)];
    const ObjectId id = make_list(heap, 8);
    all.push_back(id);
    for (int n = 0; n < i % 3; ++n) raise_object(heap, id);
    expected[id.address.bits()] = static_cast<Word>(1 + i % 3);
  }
  EXPECT_EQ(census(window.heaps[0]), expected);
  for (std::size_t i = 0; i < all.size(); i += 2) {
    for (Word n = expected[all[i].address.bits()]; n != 0; --n) lower_object(window.heaps[1], all[i].address);
    expected.erase(all[i].address.bits());
  }
  EXPECT_EQ(census(window.heaps[0]), expected);
}

TEST(Census, TakesWhatLayThereBeforeForNoObject) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  const std::size_t bytes = 4 * kSpanPages * kPageBytes;
  {
    Operation<ScheduledAccess> operation(heap);  // not committed: all pages are free again
    const Address run = operation.allocate(bytes);
    // Each word could be an object's tag, and its count.
    for (std::size_t at = 0; at < bytes; at += sizeof(Word))
      heap.store(run + at, make_tag(kObjectClass, BlockState::live, 1, 1));
  }
  const ObjectId list = make_list(heap, 8);
  EXPECT_NE(heap.load(own_field(list.address + 20 * kObjectBytes, 0)), 0U)
      << "it lies elsewhere, and nothing is tested";
  EXPECT_EQ(census(heap), (std::map<Word, Word>{{list.address.bits(), 1}}));
}

TEST(Actors, EachSlotIsClaimedOnceAndUsedAgain) {
  ScheduledWindow window(1, 3);
  const std::uint32_t second = window.heaps[1].actor();
  std::set<std::uint32_t> slots;
  for (const auto& heap : window.heaps) slots.insert(heap.actor());
  EXPECT_EQ(slots.size(), 3U);
  EXPECT_FALSE(slots.contains(0)) << "0 means nobody";
  release_actor(window.access, second);
  EXPECT_EQ(claim_actor(window.access, 7, 4, 99), second);
  EXPECT_EQ(window.access.load(actor_field(second, COHORT_FIELD(ActorSlot, member))), 7U);
  EXPECT_EQ(window.access.load(actor_field(second, COHORT_FIELD(ActorSlot, rank))), 4U);
  EXPECT_EQ(window.access.load(actor_field(second, COHORT_FIELD(ActorSlot, thread))), 99U);
}

TEST(Actors, ClaimedByManyAtOnceAreAllDifferent) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 300; ++seed) {
    ScheduledWindow window(seed, 0);
    std::set<std::uint32_t> slots;
    for (int i = 0; i < 3; ++i) {
      window.schedule.add([&] {
        for (int n = 0; n < 3; ++n)
          ASSERT_TRUE(slots.insert(claim_actor(window.access, 1, 0, 0).value()).second) << seed;
      });
    }
    window.schedule.run();
    ASSERT_EQ(window.access.load(header_field(COHORT_FIELD(WindowHeader, actors_high))), 10U) << seed;
  }
}

TEST(Actors, NoneIsLeftAfterTheLast) {
  ScheduledWindow window(1, 0);
  for (std::uint32_t i = 1; i < kMaxActors; ++i) ASSERT_TRUE(claim_actor(window.access, 1, 0, 0));
  EXPECT_FALSE(claim_actor(window.access, 1, 0, 0));
  release_actor(window.access, 5);
  EXPECT_EQ(claim_actor(window.access, 1, 0, 0), 5U);
}

}  // namespace
}  // namespace cohort::test
