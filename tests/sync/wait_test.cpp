// SPDX-License-Identifier: BSL-1.0
#include "cohort/sync/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <vector>

#include "cohort/containers/cell.hpp"
#include "heap/scheduled_heap.hpp"
#include "heap/shared_heap.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Waiting kValue = {WaitKind::value, Address(0, 64)};

/// Counts who says to be blocked.
class CountingHook : public BlockHook {
 public:
  CountingHook() { block_hook = this; }
  ~CountingHook() override { block_hook = nullptr; }
  void block(WaitKind) noexcept override { ++blocks; }
  void unblock() noexcept override { ++unblocks; }
  std::atomic<int> blocks = 0;
  std::atomic<int> unblocks = 0;
};

/// Sets how long to spin for a scope.
class Spinning {
 public:
  explicit Spinning(bool pays) { detail::spin = pays ? detail::Spin::long_enough : detail::Spin::briefly; }
  ~Spinning() { detail::spin = detail::Spin::long_enough; }
};

TEST(DeadlineIn, ZeroAndNegativeAreNow) {
  const auto before = Clock::now();
  for (const Deadline deadline : {deadline_in(0s), deadline_in(-1h), deadline_in(-1e9 * 1s),
                                  deadline_in(std::chrono::nanoseconds::min())}) {
    ASSERT_TRUE(deadline);
    EXPECT_GE(*deadline, before);
    EXPECT_LE(*deadline, Clock::now());
  }
}

TEST(DeadlineIn, TooLongToCountIsNoLimit) {
  EXPECT_FALSE(deadline_in(std::chrono::hours::max()));
  EXPECT_FALSE(deadline_in(std::chrono::nanoseconds::max()));
  EXPECT_FALSE(deadline_in(std::chrono::milliseconds::max()));
  EXPECT_FALSE(deadline_in(std::chrono::duration<double>(1e300)));
  EXPECT_FALSE(deadline_in(std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
  ASSERT_TRUE(deadline_in(24h * 364));
  EXPECT_GT(*deadline_in(24h * 364), Clock::now() + 24h * 363);
}

class WaitWhile : public ::testing::TestWithParam<bool> {
 protected:
  WaitWhile() : spinning_(GetParam()), window_(2) {}
  Spinning spinning_;
  SharedWindow window_;
  const Address word_ = SharedWindow::spare(0);
  Word waiters() const { return window_.access.load(word_ + 8); }
  Word record(std::size_t field, std::size_t actor = 0) const {
    return window_.access.load(window_.heaps[actor].own(field));
  }
};
INSTANTIATE_TEST_SUITE_P(, WaitWhile, ::testing::Bool(),
                         [](const auto& param_info) { return param_info.param ? "Spinning" : "Sleeping"; });

TEST_P(WaitWhile, ReturnsAtOnceWhereTheWordIsDifferent) {
  const CountingHook hook;
  window_.access.store(word_, 5);
  EXPECT_TRUE(wait_while(window_.heaps[0], word_, 4, kValue));
  EXPECT_TRUE(wait_while(window_.heaps[0], word_, 4, kValue, deadline_in(-1s)))
      << "the word is looked at before the clock";
  EXPECT_EQ(hook.blocks, 0) << "nobody slept";
}

TEST_P(WaitWhile, DoesNotSpinWhereAnotherThreadWantsTheCore) {
  const auto shortest = [this](bool wanted) {
    core_wanted = wanted;
    auto least = Clock::duration::max();
    for (int i = 0; i < 1000; ++i) {
      const auto before = Clock::now();
      detail::spin_until_different(window_.heaps[0], word_, 0, {});
      least = std::min(least, Clock::now() - before);
    }
    core_wanted = false;
    return least;
  };
  EXPECT_LT(shortest(true), 20us);
  if (GetParam()) {
    EXPECT_GE(shortest(false), 20us) << "a spin lasts this long";
  }
}

TEST_P(WaitWhile, ComparesTheLowHalf) {
  window_.access.store(word_, (Word{7} << 32) | 5);
  EXPECT_FALSE(wait_while(window_.heaps[0], word_, 5, kValue, deadline_in(0s)));
  EXPECT_TRUE(wait_while(window_.heaps[0], word_, (Word{7} << 32) | 6, kValue, deadline_in(0s)));
}

TEST_P(WaitWhile, ZeroAndNegativeTimeoutsDoNotSleep) {
  const auto start = Clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(wait_while(window_.heaps[0], word_, 0, kValue, deadline_in(0s)));
    EXPECT_FALSE(wait_while(window_.heaps[0], word_, 0, kValue, deadline_in(-5h)));
  }
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_EQ(waiters(), 0U);
}

TEST_P(WaitWhile, TimeoutIsNeitherEarlyNorMuchTooLate) {
  for (const auto timeout : {1ms, 30ms}) {
    const auto start = Clock::now();
    EXPECT_FALSE(wait_while(window_.heaps[0], word_, 0, kValue, deadline_in(timeout)));
    EXPECT_GE(Clock::now() - start, timeout);
    EXPECT_LT(Clock::now() - start, timeout + 10s);
  }
  EXPECT_EQ(waiters(), 0U) << "a waiter that gave up has gone";
  EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_kind)), 0U);
}

// The other thread looks at the wait record, and only then changes the word.
TEST_P(WaitWhile, SleepsOnTheRecordUntilItIsWoken) {
  const CountingHook hook;
  const auto here = std::source_location::current();
  const auto line = here.line();
  bool changed = false;
  window_.run_all([&](const Heap<SharedAccess>& heap, std::size_t actor) {
    if (actor == 0) {
      const WaitSite site(here);
      changed = wait_while(heap, word_, 0, {WaitKind::value, Address(0, 640), 3}, deadline_in(24h));
      return;
    }
    while (waiters() == 0) std::this_thread::yield();
    EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_kind)), static_cast<Word>(WaitKind::value));
    EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_object)), 640U);
    EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_value)), 0U);
    EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_word)), word_.bits());
    EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_holder)), Word{line} << 32 | 3U);
    const Word since = record(COHORT_FIELD(ActorSlot, wait_since));
    EXPECT_LE(since, monotonic_ns(Clock::now()));
    EXPECT_GT(record(COHORT_FIELD(ActorSlot, wait_until)), since);
    EXPECT_EQ(hook.blocks, 1);
    EXPECT_EQ(hook.unblocks, 0);
    heap.access().fetch_add(word_, 1);
    wake(heap, word_);
  });
  EXPECT_TRUE(changed);
  EXPECT_EQ(waiters(), 0U);
  EXPECT_EQ(record(COHORT_FIELD(ActorSlot, wait_kind)), 0U);
  EXPECT_EQ(hook.blocks, 1);
  EXPECT_EQ(hook.unblocks, 1);
}

TEST_P(WaitWhile, ARankThatLooksForWorkIsNotBlocked) {
  const CountingHook hook;
  EXPECT_FALSE(wait_while(window_.heaps[0], word_, 0, {WaitKind::work, word_}, deadline_in(1ms)));
  EXPECT_EQ(hook.blocks, 0);
  EXPECT_FALSE(wait_while(window_.heaps[0], word_, 0, {WaitKind::process, word_}, deadline_in(1ms)));
  EXPECT_EQ(hook.blocks, 1);
  EXPECT_EQ(hook.unblocks, 1);
}

// What was written before the change is there after the wait, word by word and many times over.
TEST_P(WaitWhile, WhatWasDoneBeforeTheChangeIsSeenAfterIt) {
  long plain = 0;  // a race, if waiting did not order it
  window_.run_all([&](const Heap<SharedAccess>& heap, std::size_t actor) {
    for (Word turn = 0; turn < 2000; ++turn) {
      for (Word seen = heap.load(word_); seen % 2 != actor; seen = heap.load(word_)) {
        wait_while(heap, word_, seen, kValue);
      }
      plain += 1;
      heap.access().fetch_add(word_, 1);
      wake(heap, word_);
    }
  });
  EXPECT_EQ(plain, 4000);
}

// ---------------------------------------------------------------------------------------------------------
// Lost wake-ups, under chosen interleavings: no sleeper wakes by itself.

// Every actor adds to the word and waits until all have.
template <class Add>
int seeds_that_hang(int seeds, Add add) {
  int hanging = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + static_cast<std::uint64_t>(seeds); ++seed) {
    ScheduledWindow window(seed, 3);
    window.schedule.allow_spurious(false);
    const Address word(0, ScheduledWindow::kBytes - 64);
    try {
      window.run_all([&](const ScheduledHeap& heap, std::size_t) {
        add(heap, word);
        for (Word seen = heap.load(word); seen < 3; seen = heap.load(word))
          wait_while(heap, word, seen, kValue);
      });
    } catch (const Stuck&) {
      ++hanging;
    }
    EXPECT_TRUE(hanging != 0 || window.access.load(word + 8) == 0U) << "waiters";
  }
  return hanging;
}

TEST(LostWakeUp, IsNotFound) {
  EXPECT_EQ(seeds_that_hang(4000,
                            [](const ScheduledHeap& heap, Address word) {
                              heap.access().fetch_add(word, 1);
                              wake(heap, word);
                            }),
            0);
}

TEST(LostWakeUp, IsFoundWhereTheWakerLooksForWaitersFirst) {
  EXPECT_GT(seeds_that_hang(2000,
                            [](const ScheduledHeap& heap, Address word) {
                              const bool anybody = heap.load(word + 8) != 0;
                              heap.access().fetch_add(word, 1);
                              if (anybody) heap.access().wake(word, INT_MAX);
                            }),
            0);
}

TEST(LostWakeUp, IsFoundWhereTooFewAreWoken) {
  EXPECT_GT(seeds_that_hang(500,
                            [](const ScheduledHeap& heap, Address word) {
                              heap.access().fetch_add(word, 1);
                              wake(heap, word, 1);
                            }),
            0);
}

// A token goes round; each holder wakes by the cell.
TEST(LostWakeUp, IsNotFoundInACell) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 2000; ++seed) {
    ScheduledWindow window(seed, 3);
    window.schedule.allow_spurious(seed % 2 == 0);
    const ObjectId object = make_list(window.heaps[0], 8);
    ASSERT_NO_THROW(window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Cell<ScheduledAccess> cell(heap, object.address);
      for (Word turn = actor; turn < 6; turn += 3) {
        ASSERT_TRUE(cell.wait([turn](Word value) { return value != turn; }, {}));
        if (turn % 2 == 0) {
          cell.exchange(turn + 1);
        } else {
          cell.update([](Word value) { return value + 1; });
        }
      }
    })) << "COHORT_TEST_SEED="
        << seed;
    ASSERT_EQ(window.access.load(own_field(object.address, 0)), 6U);
  }
}

}  // namespace
}  // namespace cohort::test
