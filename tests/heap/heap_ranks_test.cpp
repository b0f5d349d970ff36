// SPDX-License-Identifier: BSL-1.0
// All ranks allocate and free at once in the job's own window, and free what others have allocated.

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "cohort/heap/current.hpp"
#include "cohort/heap/object.hpp"
#include "cohort/heap/operation.hpp"
#include "cohort/value.hpp"
#include "heap/heap_audit.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kSlots = 64;

// Calls of MPI take longer than those of memory.
int times(int shared, int rma) {
  return with_heap([=]<class A>(const Heap<A>&) { return A::kOptimisticReads ? shared : rma; });
}

std::size_t used() {
  return with_heap([](const auto& heap) { return heap_statistics(heap).used; });
}
std::string audit_text() {
  return with_heap([](const auto& heap) { return audit_heap(heap).text(); });
}

// A block: {bytes, seed, words that follow from it}.
template <class A>
Address make_block(const Heap<A>& heap, std::mt19937_64& random) {
  const std::size_t words = random() % 20 == 0 ? 1000 + random() % 4000 : 3 + random() % 40;
  Operation<A> operation(heap);
  const Address block = operation.allocate(words * sizeof(Word));
  std::vector<Word> content(words);
  std::mt19937_64 pattern(content[1] = random());
  content[0] = words;
  for (std::size_t i = 2; i < words; ++i) content[i] = pattern();
  heap.access().write(block, content.data(), words * sizeof(Word));
  operation.keep();
  return block;
}
template <class A>
bool intact(const Heap<A>& heap, Address block) {
  Word words = 0;
  heap.access().read(block, &words, sizeof words);
  if (words < 3 || words > 5000) return false;
  std::vector<Word> content(words);
  heap.access().read(block, content.data(), words * sizeof(Word));
  std::mt19937_64 pattern(content[1]);
  for (std::size_t i = 2; i < words; ++i) {
    if (content[i] != pattern()) return false;
  }
  return true;
}
template <class A>
void free_block(const Heap<A>& heap, Address block) {
  Operation<A> operation(heap);
  operation.discard(block);
  operation.keep();
}

// Puts a new block into a random slot and frees what was there, whoever made it.
int exchange_blocks(Address slots, std::uint64_t random_seed, int rounds) {
  return with_heap([&](const auto& heap) {
    std::mt19937_64 random(random_seed);
    int damaged = 0;
    for (int i = 0; i < rounds; ++i) {
      const Address block = make_block(heap, random);
      const Address old(heap.access().exchange(slots + (random() % kSlots) * sizeof(Word), block.bits()));
      if (!old) continue;
      damaged += !intact(heap, old);
      free_block(heap, old);
    }
    return damaged;
  });
}

Address shared_slots() {
  auto where = manager().open<Value<std::uint64_t>>("slots");
  if (is_manager()) {
    where.set(with_heap([]<class A>(const Heap<A>& heap) {
      Operation<A> operation(heap);
      const Address slots = operation.allocate(kSlots * sizeof(Word));
      for (std::size_t i = 0; i < kSlots; ++i) heap.store(slots + i * sizeof(Word), 0);
      operation.keep();
      return slots.bits();
    }));
  }
  session().join();
  return Address(where.get());
}

void empty(Address slots) {
  with_heap([slots](const auto& heap) {
    for (std::size_t i = 0; i < kSlots; ++i) {
      const Address block(heap.access().exchange(slots + i * sizeof(Word), 0));
      if (!block) continue;
      EXPECT_TRUE(intact(heap, block));
      free_block(heap, block);
    }
  });
}

TEST(HeapOfAllRanks, NothingIsDamagedAndNothingIsLost) {
  const Address slots = shared_slots();
  const std::size_t before = used();
  session().join();
  const int rounds = times(8000, 400);
  EXPECT_EQ(exchange_blocks(slots, seed() + static_cast<std::uint64_t>(session().rank()), rounds), 0)
      << "damaged blocks";
  session().join();
  if (is_manager()) {
    EXPECT_EQ(audit_text(), "");
    empty(slots);
    EXPECT_EQ(audit_text(), "");
  }
  session().join();
  EXPECT_EQ(used(), before);
  session().join();
}

// Threads of one rank are actors as well.
TEST(HeapOfAllRanks, ThreadsOfARankAllocateBesideEachOther) {
  const Address slots = shared_slots();
  const std::size_t before = used();
  session().join();
  const int rounds = times(500, 50);
  std::vector<std::thread> threads;
  std::vector<int> damaged(3);
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    threads.emplace_back([&, i] {
      damaged[i] =
          exchange_blocks(slots, seed() + static_cast<std::uint64_t>(session().rank()) * 10 + i, rounds);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(damaged, std::vector<int>(3, 0));
  session().join();
  if (is_manager()) empty(slots);
  session().join();
  EXPECT_EQ(used(), before);
  session().join();
}

TEST(HeapOfAllRanks, CountsOfAnObjectAreExact) {
  auto value = manager().open<Value<std::uint64_t>>("counted");
  session().join();
  const ObjectId id = value.reference().id();
  const auto count = [id] {
    return with_heap([id](const auto& heap) {
      return heap.load(object_field(id.address, COHORT_FIELD(ObjectHeader, reference))) & 0xffff'ffff;
    });
  };
  EXPECT_EQ(count(), static_cast<Word>(ranks()) + 1) << "each rank's, and the name's";
  session().join();
  with_heap([id](const auto& heap) {
    const int rounds = times(20'000, 1000);
    for (int i = 0; i < rounds; ++i) {
      ASSERT_TRUE(raise_object(heap, id));
      lower_object(heap, id.address);
    }
  });
  session().join();
  EXPECT_EQ(count(), static_cast<Word>(ranks()) + 1);
  session().join();
}

}  // namespace
}  // namespace cohort::test
