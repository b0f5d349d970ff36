// SPDX-License-Identifier: BSL-1.0
// What every Access must do, over the job's own window and by all ranks at once.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "cohort/heap/current.hpp"
#include "cohort/heap/operation.hpp"
#include "cohort/value.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Word my_rank() { return static_cast<Word>(session().rank()); }
Word all_ranks() { return static_cast<Word>(ranks()); }
// Calls of MPI take longer than those of memory.
int times(int shared, int rma) {
  return with_heap([=]<class A>(const Heap<A>&) { return A::kOptimisticReads ? shared : rma; });
}

/// Memory of the window that all ranks know, for one test; zero at first.
class SharedBlock {
 public:
  explicit SharedBlock(std::size_t words) {
    auto where = manager().open<Value<std::uint64_t>>("shared block");
    if (is_manager()) {
      where.set(with_heap([words]<class A>(const Heap<A>& heap) {
        Operation<A> operation(heap);
        const Address block = operation.allocate(words * sizeof(Word));
        for (std::size_t i = 0; i < words; ++i) heap.store(block + i * sizeof(Word), 0);
        operation.keep();
        return block.bits();
      }));
    }
    session().join();
    block_ = Address(where.get());
    session().join();
  }
  ~SharedBlock() {
    session().join();
    if (!is_manager()) return;
    with_heap([this]<class A>(const Heap<A>& heap) {
      Operation<A> operation(heap);
      operation.discard(block_);
      operation.keep();
    });
  }
  SharedBlock(const SharedBlock&) = delete;
  SharedBlock& operator=(const SharedBlock&) = delete;

  Address word(std::size_t index) const { return block_ + index * sizeof(Word); }
  Address byte(std::size_t index) const { return block_ + index; }

 private:
  Address block_;
};

TEST(Access, FetchAddOfAllRanksSumsUpExactly) {
  const SharedBlock block(2);
  const int rounds = times(100'000, 3000);
  with_heap([&](const auto& heap) {
    for (int i = 0; i < rounds; ++i) {
      heap.access().fetch_add(block.word(0), 1 + my_rank());
      heap.access().fetch_add(block.word(1), ~Word{0});  // minus one, beyond zero
    }
  });
  session().join();
  const auto load = [&](std::size_t i) {
    return with_heap([&](const auto& heap) { return heap.load(block.word(i)); });
  };
  const Word sum = all_ranks() * (all_ranks() + 1) / 2 * static_cast<Word>(rounds);
  EXPECT_EQ(load(0), sum);
  EXPECT_EQ(load(1), Word{0} - all_ranks() * static_cast<Word>(rounds));
  session().join();
}

TEST(Access, FetchAddGivesEachNumberToOne) {
  const Word rounds = static_cast<Word>(times(3000, 200));
  const SharedBlock block(1 + 7 * 3000);
  with_heap([&](const auto& heap) {
    for (Word i = 0; i < rounds; ++i) {
      const Word ticket = heap.access().fetch_add(block.word(0), 1);
      ASSERT_LT(ticket, rounds * all_ranks());
      heap.access().fetch_add(block.word(1 + ticket), 1);
    }
  });
  session().join();
  with_heap([&](const auto& heap) {
    for (Word i = my_rank(); i < rounds * all_ranks(); i += all_ranks())
      ASSERT_EQ(heap.load(block.word(1 + i)), 1U) << i;
  });
  session().join();
}

TEST(Access, CompareExchangeCountsExactlyAndTellsWhatItSaw) {
  const SharedBlock block(2);
  const int rounds = times(30'000, 1000);
  with_heap([&](const auto& heap) {
    Word seen = 7;
    while (heap.access().compare_exchange(block.word(1), seen, 0)) {
    }
    EXPECT_EQ(seen, 0U) << "7 was expected and 0 is there";
    for (int i = 0; i < rounds; ++i) {
      Word before = heap.load(block.word(0));
      for (Word last = before; !heap.access().compare_exchange(block.word(0), before, before + 3);
           last = before) {
        ASSERT_GT(before, last) << "a failure shows the newer value";
      }
      ASSERT_EQ(before % 3, 0U) << "success leaves `expected` as it was";
    }
  });
  session().join();
  EXPECT_EQ(with_heap([&](const auto& heap) { return heap.load(block.word(0)); }),
            all_ranks() * static_cast<Word>(rounds) * 3);
  session().join();
}

TEST(Access, ExchangeLosesNothing) {
  const SharedBlock block(2);
  const int rounds = times(30'000, 1000);
  with_heap([&](const auto& heap) {
    Word got = 0;
    Word put = 0;
    for (int i = 0; i < rounds; ++i) {
      const Word mine = my_rank() * 1'000'000 + static_cast<Word>(i);
      got += heap.access().exchange(block.word(0), mine);
      put += mine;
    }
    heap.access().fetch_add(block.word(1), put - got);
  });
  session().join();
  with_heap([&](const auto& heap) {
    EXPECT_EQ(heap.load(block.word(1)), heap.load(block.word(0))) << "put and not got: the last";
  });
  session().join();
}

// A word that one rank stores and all others load: only whole values, and never an older one.
TEST(Access, StoredWordsAreWholeAndInOrder) {
  const SharedBlock block(1);
  const Word last = static_cast<Word>(times(20'000, 1000));
  const auto both = [](Word n) { return (n << 32) | n; };
  with_heap([&](const auto& heap) {
    if (is_manager()) {
      for (Word i = 1; i <= last; ++i) heap.store(block.word(0), both(i));
      return;
    }
    for (Word before = 0; before != last;) {
      const Word seen = heap.load(block.word(0));
      ASSERT_EQ(seen >> 32, seen & 0xffff'ffff);
      ASSERT_GE(seen >> 32, before);
      before = seen >> 32;
      heap.access().pause();
    }
  });
  session().join();
}

/// Writes so many bytes by chance to a region of the window, and the same to what it should be; returns them.
/// Fails where any byte of the region is another one afterwards.
std::vector<unsigned char> write_and_compare(const auto& heap, Address region,
                                             std::vector<unsigned char>& model, std::size_t offset,
                                             std::size_t length, std::mt19937_64& random) {
  std::vector<unsigned char> bytes(length);
  for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
  heap.access().write(region + offset, bytes.data(), length);
  std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
  std::vector<unsigned char> all(model.size());
  heap.access().read(region, all.data(), all.size());
  EXPECT_TRUE(all == model) << length << " bytes at " << offset;
  return bytes;
}

// Every length at every offset within two words, between bytes that must stay as they are.
TEST(Access, BytesOfAnyLengthAtAnyOffsetComeBack) {
  constexpr std::size_t kRegion = 128;
  const SharedBlock block(kRegion / 8 * 7);
  const Address region = block.byte(kRegion * my_rank());
  with_heap([&](const auto& heap) {
    std::mt19937_64 random(seed() + my_rank());
    std::vector<unsigned char> model(kRegion);
    const int step = times(1, 7);
    int turn = 0;
    for (std::size_t offset = 0; offset < 17; ++offset) {
      for (std::size_t length = 0; length <= 70; ++length) {
        if (++turn % step != 0) continue;
        const auto bytes = write_and_compare(heap, region, model, offset, length, random);
        std::vector<unsigned char> back(length + 2, 0xee);
        heap.access().read(region + offset, back.data() + 1, length);
        ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), back.begin() + 1))
            << length << " bytes at " << offset;
        ASSERT_TRUE(back.front() == 0xee && back.back() == 0xee) << "more than was asked for";
      }
    }
  });
  session().join();
}

// Lengths around those from which bytes are written page by page and sixteen pages at a time.
TEST(Access, ManyBytesAtAnyOffsetComeBack) {
  constexpr std::size_t kRegion = 210'000;
  constexpr std::array<std::size_t, 8> kLengths = {4095, 4096, 4097, 8191, 65'535, 65'536, 65'537, 200'003};
  constexpr std::array<std::size_t, 5> kOffsets = {0, 1, 5, 8, 4093};
  const SharedBlock block(kRegion / 8 * 7);
  const Address region = block.byte(kRegion * my_rank());
  with_heap([&](const auto& heap) {
    std::mt19937_64 random(seed() + my_rank());
    std::vector<unsigned char> model(kRegion);
    for (const std::size_t length : kLengths) {
      for (const std::size_t offset : kOffsets)
        write_and_compare(heap, region, model, offset, length, random);
    }
  });
  session().join();
}

TEST(Access, WhatOneRankWritesTheNextReads) {
  constexpr std::size_t kBytes = 5003;
  const SharedBlock block((kBytes * 7 + 7) / 8);
  const auto content = [](Word rank, int round) {
    std::vector<unsigned char> bytes(kBytes);
    std::mt19937 random(static_cast<unsigned>(rank * 1000 + static_cast<Word>(round)));
    for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
    return bytes;
  };
  for (int round = 0; round < 5; ++round) {
    with_heap([&](const auto& heap) {
      heap.access().write(block.byte(my_rank() * kBytes), content(my_rank(), round).data(), kBytes);
    });
    session().join();
    const Word next = (my_rank() + 1) % all_ranks();
    std::vector<unsigned char> bytes(kBytes);
    with_heap([&](const auto& heap) { heap.access().read(block.byte(next * kBytes), bytes.data(), kBytes); });
    EXPECT_TRUE(bytes == content(next, round)) << "round " << round;
    session().join();
  }
}

TEST(Access, MegabytesAreMovedWhole) {
  constexpr std::size_t kWords = (std::size_t{3} << 20) / 8 + 1;
  const SharedBlock block(kWords);
  std::vector<Word> words(kWords);
  std::iota(words.begin(), words.end(), Word{1});
  if (is_manager())
    with_heap([&](const auto& heap) { heap.access().write(block.word(0), words.data(), kWords * 8); });
  session().join();
  std::vector<Word> seen(kWords);
  with_heap([&](const auto& heap) { heap.access().read(block.word(0), seen.data(), kWords * 8); });
  EXPECT_TRUE(seen == words);
  session().join();
}

TEST(Access, WaitReturnsAtOnceWhereTheWordIsDifferent) {
  const SharedBlock block(1);
  with_heap([&](const auto& heap) { heap.access().wait(block.word(0), 1, -1ns); });
  session().join();
}

TEST(Access, WaitComparesTheLowHalf) {
  const SharedBlock block(1);
  if (is_manager()) with_heap([&](const auto& heap) { heap.store(block.word(0), Word{5} << 32); });
  session().join();
  with_heap([&](const auto& heap) { heap.access().wait(block.word(0), 5, -1ns); });
  session().join();
}

TEST(Access, WaitEndsWithItsTimeout) {
  const SharedBlock block(1);
  with_heap([&](const auto& heap) {
    for (const std::chrono::nanoseconds timeout :
         {std::chrono::nanoseconds(0), std::chrono::nanoseconds(20ms)}) {
      const auto start = Clock::now();
      do {
        heap.access().wait(block.word(0), 0, timeout);  // it may be early
      } while (Clock::now() - start < timeout);
      EXPECT_LT(Clock::now() - start, timeout + 10s);
    }
  });
  session().join();
}

// A token goes round all ranks, each asleep until it is its turn.
TEST(Access, WakeReachesTheSleepersOfOtherRanks) {
  const SharedBlock block(1);
  const Word laps = 40;
  with_heap([&](const auto& heap) {
    for (Word turn = my_rank(); turn < laps * all_ranks(); turn += all_ranks()) {
      for (Word seen = heap.load(block.word(0)); seen != turn; seen = heap.load(block.word(0))) {
        heap.access().wait(block.word(0), static_cast<std::uint32_t>(seen), -1ns);
      }
      heap.access().fetch_add(block.word(0), 1);
      heap.access().wake(block.word(0), INT_MAX);
    }
  });
  session().join();
  EXPECT_EQ(with_heap([&](const auto& heap) { return heap.load(block.word(0)); }), laps * all_ranks());
  session().join();
}

TEST(Access, CommittedBytesCanBeWritten) {
  const SharedBlock block(40'000);
  with_heap([&](const auto& heap) {
    EXPECT_TRUE(heap.access().commit(block.byte(5), 100'000));
    if (is_manager()) heap.store(block.word(30'000), 1);
  });
  session().join();
}

TEST(Address, IsARankAndAnOffset) {
  const Address address(77, 0x1234'5678'9abc);
  EXPECT_EQ(address.rank(), 77);
  EXPECT_EQ(address.offset(), 0x1234'5678'9abcU);
  EXPECT_EQ((address + 4).offset(), 0x1234'5678'9ac0U);
  EXPECT_EQ(Address(address.bits()), address);
  EXPECT_TRUE(address);
  EXPECT_FALSE(Address());
  EXPECT_EQ(Address(65'535, Address::kOffsetMask).rank(), 65'535);
  EXPECT_LT(Address(0, Address::kOffsetMask), Address(1, 0));
}

}  // namespace
}  // namespace cohort::test
