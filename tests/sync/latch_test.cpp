// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/latch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "heap/scheduled_heap.hpp"
#include "heap/shared_heap.hpp"
#include "support/buffered_access.hpp"
#include "support/erring_access.hpp"

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

// Counts what a latch that works would count. make_access(window) gives what gives each actor its access.
template <class MakeAccess>
int seeds_that_lose(int seeds, MakeAccess make_access) {
  int wrong = 0;
  const Address counter = kLatchWord + 16;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + static_cast<std::uint64_t>(seeds); ++seed) {
    ScheduledWindow window(seed, 3);
    const auto access_of = make_access(window);
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const auto access = access_of(actor);
      using A = std::remove_const_t<decltype(access)>;
      const Heap<A> mine(access, heap.actor());
      for (int i = 0; i < 4; ++i) {
        Latch<A> latch(mine, kLatchWord);
        mine.store(counter, mine.load(counter) + 1);
        if (i % 2 == 0) latch.release(latch.payload());  // else the end of the scope frees it
      }
      if constexpr (requires { access.drain(); }) access.drain();
    });
    wrong += window.access.load(counter) != 12;
    EXPECT_EQ(latch_owner(window.access.load(kLatchWord)), 0U);
    EXPECT_EQ(window.access.load(kHungry), 0U) << "nobody is left to be let in";
  }
  return wrong;
}
int lost_with(Defect defect, int seeds) {
  return seeds_that_lose(seeds, [defect](ScheduledWindow& window) {
    ErringWords words;
    words.control = kLatchWord;
    return [&window, words, defect](std::size_t) { return ErringAccess(window.access, words, defect); };
  });
}
// Cores with store buffers, and whether what frees the latch releases.
int lost_through_buffers(bool releases, int seeds) {
  std::optional<Cores> cores;
  return seeds_that_lose(seeds, [&cores, releases](ScheduledWindow& window) {
    cores.emplace(window.schedule, window.heaps.size());
    cores->relaxed = [releases](Address a) { return a == kLatchWord && !releases; };
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  });
}

TEST(Latch, ExcludesUnderEveryInterleavingTried) { EXPECT_EQ(lost_with(Defect::none, 2000), 0); }
TEST(Latch, ExcludesThroughStoreBuffers) { EXPECT_EQ(lost_through_buffers(true, 1000), 0); }
TEST(LatchDefects, TakingInTwoStepsIsFound) { EXPECT_GT(lost_with(Defect::taken_in_two_steps, 500), 50); }
TEST(LatchDefects, ReleaseTurnedRelaxedIsFound) { EXPECT_GT(lost_through_buffers(false, 500), 50); }

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
