// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/latch.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "heap/scheduled_heap.hpp"
#include "heap/shared_heap.hpp"

namespace cohort::test {
namespace {

const Address kLatchWord(0, ScheduledWindow::kBytes - 64);
const Address kHungry = kLatchWord + 8;

TEST(Latch, HoldsTheOwnerAndPublishesThePayload) {
  ScheduledWindow window(1, 1);
  const ScheduledHeap& heap = window.heaps[0];
  heap.store(kLatchWord, 77);
  {
    Latch<ScheduledAccess> latch(heap, kLatchWord);
    EXPECT_EQ(latch.payload(), 77U);
    EXPECT_EQ(latch_owner(heap.load(kLatchWord)), heap.actor());
    EXPECT_EQ(latch_payload(heap.load(kLatchWord)), 77U) << "unchanged while it is held";
    latch.release(78);
    EXPECT_EQ(heap.load(kLatchWord), 78U);
  }
  EXPECT_EQ(heap.load(kLatchWord), 78U) << "the end of the scope after a release changes nothing";
  { const Latch<ScheduledAccess> latch(heap, kLatchWord); }
  EXPECT_EQ(heap.load(kLatchWord), 78U) << "the scope's end frees it with the payload as it was";
}

TEST(Latch, SecondTimeByTheSameActorIsAUsageError) {
  ScheduledWindow window(1, 1);
  const Latch<ScheduledAccess> latch(window.heaps[0], kLatchWord);
  const Word before = window.access.load(kLatchWord);
  try {
    const Latch<ScheduledAccess> again(window.heaps[0], kLatchWord);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "an object was used inside its own update(), transact() or sort(); use the argument instead");
  }
  EXPECT_EQ(window.access.load(kLatchWord), before) << "still held";
}

// Counts what a lock that works would count. `Lock` is taken for a scope.
template <class Lock>
int seeds_that_lose(int seeds) {
  int wrong = 0;
  const Address counter = kLatchWord + 16;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + static_cast<std::uint64_t>(seeds); ++seed) {
    ScheduledWindow window(seed, 3);
    window.run_all([&](const ScheduledHeap& heap, std::size_t) {
      for (int i = 0; i < 4; ++i) {
        const Lock lock(heap, kLatchWord);
        heap.store(counter, heap.load(counter) + 1);
      }
    });
    wrong += window.access.load(counter) != 12;
    EXPECT_EQ(latch_owner(window.access.load(kLatchWord)), 0U);
    EXPECT_EQ(window.access.load(kHungry), 0U) << "nobody is left to be let in";
  }
  return wrong;
}

// Looks first and then takes.
struct BrokenLatch {
  BrokenLatch(const ScheduledHeap& heap, Address latch) : heap_(heap), latch_(latch) {
    while (heap.load(latch) != 0) heap.access().pause();
    heap.store(latch, latch_owned(0, heap.actor()));
  }
  ~BrokenLatch() { heap_.store(latch_, 0); }
  const ScheduledHeap& heap_;
  Address latch_;
};

TEST(Latch, ExcludesUnderEveryInterleavingTried) {
  EXPECT_EQ(seeds_that_lose<Latch<ScheduledAccess>>(2000), 0);
}
TEST(Latch, ABrokenOneIsFoundOut) { EXPECT_GT(seeds_that_lose<BrokenLatch>(500), 50); }

// Two actors take and free the latch without a pause between. The third gets it: once it is hungry, the others
// stand back but for one look in 64, which hardly ever finds the latch free.
TEST(Latch, HungryActorGoesNext) {
  int waits = 0;
  int passed_by = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 60; ++seed) {
    ScheduledWindow window(seed, 3);
    const std::uint32_t third = window.heaps[2].actor();
    bool over = false;
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      if (actor == 2) {
        for (int i = 0; i < 5; ++i) {
          const Latch<ScheduledAccess> latch(heap, kLatchWord);
          ++waits;
        }
        over = true;
        return;
      }
      while (!over) {
        const Latch<ScheduledAccess> latch(heap, kLatchWord);
        passed_by += heap.load(kHungry) == third;
        // Long, so that the third one nearly always finds it held.
        for (int i = 0; i < 1000; ++i) heap.load(kLatchWord);
      }
    });
  }
  EXPECT_LE(passed_by, waits / 4) << waits << " waits";
}

// An actor that died hungry must not stop the others.
TEST(Latch, HungryActorThatIsDeadDelaysTheOthersOnly) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 100; ++seed) {
    ScheduledWindow window(seed, 2);
    window.access.store(kHungry, 99);
    int entered = 0;
    ASSERT_NO_THROW(window.run_all([&](const ScheduledHeap& heap, std::size_t) {
      for (int i = 0; i < 3; ++i) {
        const Latch<ScheduledAccess> latch(heap, kLatchWord);
        ++entered;
      }
    })) << "COHORT_TEST_SEED="
        << seed;
    ASSERT_EQ(entered, 6);
  }
}

TEST(Latch, OfThreadsOrdersWhatItGuards) {
  SharedWindow window(4);
  long plain = 0;  // a race, if the latch did not order it
  window.run_all([&](const Heap<SharedAccess>& heap, std::size_t) {
    for (int i = 0; i < 5000; ++i) {
      Latch<SharedAccess> latch(heap, SharedWindow::spare(0));
      plain += 1;
      latch.release(latch.payload() + 1);
    }
  });
  EXPECT_EQ(plain, 20'000);
  EXPECT_EQ(window.access.load(SharedWindow::spare(0)), 20'000U);
}

// Counts its calls; nothing sleeps for real.
struct CountingAccess {
  void pause() const { ++pauses; }
  void sleep(std::chrono::nanoseconds duration) const {
    ++naps;
    longest = std::max(longest, duration);
  }
  mutable int pauses = 0;
  mutable int naps = 0;
  mutable std::chrono::nanoseconds longest = {};
};

class CountingHook : public BlockHook {
 public:
  explicit CountingHook(const CountingAccess& access) : access_(access) { block_hook = this; }
  ~CountingHook() override { block_hook = nullptr; }
  void block(WaitKind) noexcept override {
    ++blocks;
    naps_before = access_.naps;
  }
  void unblock() noexcept override { ++unblocks; }
  int blocks = 0;
  int unblocks = 0;
  int naps_before = -1;

 private:
  const CountingAccess& access_;
};

TEST(Backoff, SpinsThenYieldsThenSleepsUpToAMillisecond) {
  int pauses_before = 0;
  for (const detail::Spin length : {detail::Spin::never, detail::Spin::briefly, detail::Spin::long_enough}) {
    detail::spin = length;
    const CountingAccess access;
    const CountingHook hook(access);
    {
      Backoff backoff;
      while (access.naps == 0) backoff.step(access);
      EXPECT_LE(backoff.rounds(), 200);
      EXPECT_GT(access.pauses, 2 * pauses_before);
      EXPECT_LT(access.pauses, 20'000);
      EXPECT_EQ(length == detail::Spin::never, access.pauses < 100) << access.pauses;
      pauses_before = access.pauses;
      EXPECT_EQ(hook.blocks, 0) << "not for the first naps: they are shorter than telling the rank";
      while (access.naps < 100) backoff.step(access);
      EXPECT_EQ(hook.blocks, 1) << "said once";
      EXPECT_GE(hook.naps_before, 1);
      EXPECT_LE(hook.naps_before, 20);
      EXPECT_EQ(hook.unblocks, 0);
      EXPECT_EQ(access.longest, std::chrono::milliseconds(1));
    }
    EXPECT_EQ(hook.unblocks, 1);
  }
  detail::spin = detail::Spin::long_enough;
}

}  // namespace
}  // namespace cohort::test
