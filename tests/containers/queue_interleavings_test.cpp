// SPDX-License-Identifier: BSL-1.0
// The queue's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no value is lost, doubled or torn, nobody sleeps for ever, and no block is lost. And with a protection left out, it
// shows.

#include <gtest/gtest.h>

#include "containers/queue_history.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/buffered_access.hpp"
#include "support/erring_access.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;
template <class T>
using Core = QueueCore<T, A>;

// Puts and takes so many that the next value lies that far into a segment.
template <class T>
void move_on(const ScheduledHeap& heap, ObjectId queue, std::uint64_t values) {
  const Core<T> core(heap, queue.address);
  std::optional<T> value;
  for (std::uint64_t i = 0; i < values; ++i) {
    core.put(queue_value<T>(0), Patience::none());
    core.take(value, Patience::none());
    core.fifo().task_done();
  }
}

// A history of calls that wait ends by close().
template <class T>
void try_seed(std::uint64_t seed, bool blocking) {
  ScheduledWindow window(seed, 2 + static_cast<int>(seed % 3));
  Schedule& schedule = window.schedule;
  schedule.allow_spurious(schedule.draw(2) == 0);
  QueueModel start;
  start.limit = static_cast<std::int64_t>(schedule.draw(4));
  const ObjectId queue = make_test_queue<T>(window.heaps[0], static_cast<Word>(start.limit));
  // Around the end of a segment, or at the start.
  if (schedule.draw(2) == 0)
    move_on<T>(window.heaps[0], queue,
               std::max<std::uint64_t>(fifo::slots_of(slot_bytes<T>), 4) - schedule.draw(4));

  std::vector<QueueEvent> history;
  const std::size_t actors = window.heaps.size();
  std::size_t still_putting = 0;
  for (std::size_t i = 0; i < actors; ++i) still_putting += i % 2 == 0;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const Core<T> core(heap, queue.address);
    const auto call = [&](QueueCall which, std::int64_t value = 0) {
      QueueEvent event;
      event.call = which;
      event.value = value;
      event.invoked = schedule.tick();
      perform_on_queue<T>(core, event);
      event.returned = schedule.tick();
      history.push_back(event);
      return event.result;
    };
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t value = 100 + static_cast<std::int64_t>(actor) * 10 + i;
      const auto luck = schedule.draw(12);
      if (blocking) {
        // Even actors put, odd ones take until it is closed; whoever puts last closes.
        if (actor % 2 == 0) {
          call(luck < 3 ? QueueCall::try_put : QueueCall::put, value);
        } else if (luck < 2) {
          call(QueueCall::size);
        } else {
          call(QueueCall::get);
        }
      } else if (luck < 5) {
        call(QueueCall::try_put, value);
      } else if (luck < 10) {
        call(QueueCall::try_get);
      } else if (luck == 10 && schedule.draw(3) == 0) {
        call(QueueCall::close);
      } else {
        call(luck == 10 ? QueueCall::task_done : QueueCall::size);
      }
    }
    if (!blocking) return;
    if (actor % 2 == 0) {
      if (--still_putting == 0) call(QueueCall::close);
    } else {
      while (call(QueueCall::get) != QueueResult::closed) {
      }
    }
  });
  // All that is left comes out, in order.
  QueueEvent rest;
  do {
    rest = {};
    rest.call = QueueCall::try_get;
    rest.invoked = schedule.tick();
    perform_on_queue<T>(Core<T>(window.heaps[0], queue.address), rest);
    rest.returned = schedule.tick();
    history.push_back(rest);
  } while (rest.result == QueueResult::done);

  const Verdict verdict = find_linearization(history, start, apply_to_queue);
  ASSERT_TRUE(verdict.linearizable) << "COHORT_TEST_SEED=" << seed << ", limit " << start.limit
                                    << describe_queue(history, verdict);
  const Audit audit = audit_heap(window.heaps[0]);
  ASSERT_TRUE(audit.problems.empty()) << "COHORT_TEST_SEED=" << seed << "\n" << audit.text();
  lower_object(window.heaps[0], queue.address);
  ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty()) << "COHORT_TEST_SEED=" << seed << ": blocks are lost";
}

template <class T>
void try_seeds(int seeds) {
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    try {
      try_seed<T>(seed, seeds % 2 == 0);
    } catch (const Stuck& stuck) {
      FAIL() << "COHORT_TEST_SEED=" << seed << ": " << stuck.what();
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(QueueInterleavings, WordsAreLinearizable) { try_seeds<std::int64_t>(1200); }
TEST(QueueInterleavings, BytesAreLinearizable) { try_seeds<unsigned char>(200); }
TEST(QueueInterleavings, ValuesOfTwoWordsAreNeverTorn) { try_seeds<QueuePair>(500); }
TEST(QueueInterleavings, SegmentsOfTwoValuesAreLinearizable) { try_seeds<QueueBlock>(100); }
TEST(QueueInterleavings, BlobsAreLinearizable) { try_seeds<std::string>(800); }

// Two that wait at each side, and but one place: each value and each place wakes somebody who can use it.
TEST(QueueInterleavings, NoWakeUpIsLost) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 400; ++seed) {
    ScheduledWindow window(seed, 4);
    window.schedule.allow_spurious(false);
    const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[0], 1);
    std::int64_t sum = 0;
    ASSERT_NO_THROW(window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Core<std::int64_t> core(heap, queue.address);
      std::optional<std::int64_t> value;
      for (int i = 1; i <= 3; ++i) {
        if (actor % 2 == 0) {
          core.put(i, Patience::forever({}));
        } else {
          core.take(value, Patience::forever({}));
          sum += *value;
        }
      }
    })) << "COHORT_TEST_SEED="
        << seed;
    ASSERT_EQ(sum, 12);
  }
}

// One looks whether there is something, and the other must get it all the same.
TEST(QueueInterleavings, WhoOnlyLooksTakesNoWakeUpAway) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 400; ++seed) {
    ScheduledWindow window(seed, 3);
    window.schedule.allow_spurious(false);
    const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[0]);
    std::optional<std::int64_t> value;
    try {
      window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
        const Core<std::int64_t> core(heap, queue.address);
        if (actor == 0) core.put(1, Patience::forever({}));
        if (actor == 1) core.take(value, Patience::forever({}));
        if (actor == 2) core.wait_for_value({});
      });
    } catch (const Stuck&) {  // who only looks may come too late
    }
    ASSERT_TRUE(value) << "COHORT_TEST_SEED=" << seed;
  }
}

// One value goes out and another comes in, so of two places one is always free: between the looks at the two
// counts there may be room for both.
TEST(QueueInterleavings, QueueWithRoomIsNeverSaidToBeFull) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 400; ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[0], 2);
    Core<std::int64_t>(window.heaps[0], queue.address).put(0, Patience::none());
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Core<std::int64_t> core(heap, queue.address);
      std::optional<std::int64_t> value;
      for (int i = 0; i < 5; ++i) {
        if (actor == 0) {
          ASSERT_EQ(core.take(value, Patience::none()), Moved::yes);
          ASSERT_EQ(core.put(i, Patience::none()), Moved::yes);
        } else {
          ASSERT_FALSE(core.fifo().was_full()) << "COHORT_TEST_SEED=" << seed;
        }
      }
    });
  }
}

TEST(QueueInterleavings, JoinReturnsWhenAllIsDone) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 400; ++seed) {
    ScheduledWindow window(seed, 4);
    window.schedule.allow_spurious(false);
    const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[0]);
    for (int i = 0; i < 4; ++i) Core<std::int64_t>(window.heaps[0], queue.address).put(i, Patience::none());
    int done = 0;
    ASSERT_NO_THROW(window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Core<std::int64_t> core(heap, queue.address);
      if (actor < 2) {
        ASSERT_TRUE(core.fifo().join({}));
        ASSERT_EQ(done, 4);
        return;
      }
      for (int i = 0; i < 2; ++i) {
        ++done;  // before the call, whose effect may be seen at once
        ASSERT_TRUE(core.fifo().task_done());
      }
    })) << "COHORT_TEST_SEED="
        << seed;
    ASSERT_FALSE(Core<std::int64_t>(window.heaps[0], queue.address).fifo().task_done());
  }
}

// ---------------------------------------------------------------------------------------------------------
// Does the schedule find races at all? The same queue over an access that leaves one protection out, of which it must.

enum class Story {
  three_each,    // two put three values each, two get three each
  until_closed,  // two put three values each and close it, two get all that come
  tries          // the same without waiting and closing
};

// True: with one of the seeds it went wrong. make_access(window, queue) gives what gives each actor its access.
template <class MakeAccess>
bool fails(Story story, int seeds, MakeAccess make_access) {
  bool failing = false;
  for (std::uint64_t seed = first_seed(); !failing && seeds != 0; --seeds, ++seed) {
    ScheduledWindow window(seed, 4);
    window.schedule.allow_spurious(false);
    const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[0]);
    std::vector<QueueEvent> history;
    int putting = 2;
    const auto access_of = make_access(window, queue.address);
    try {
      window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
        const auto access = access_of(actor);
        using Mine = std::remove_const_t<decltype(access)>;
        const QueueCore<std::int64_t, Mine> core(Heap<Mine>(access, heap.actor()), queue.address);
        const bool gets = actor >= 2;
        for (std::int64_t i = 0; (gets && story == Story::until_closed) || i < 4; ++i) {
          QueueEvent event;
          event.call = gets ? QueueCall::get : QueueCall::put;
          if (story == Story::tries) event.call = gets ? QueueCall::try_get : QueueCall::try_put;
          event.value = 1 + static_cast<std::int64_t>(actor) * 10 + i;
          if (i == 3 && story == Story::three_each) return;
          if (i == 3 && story == Story::until_closed && !gets) {
            event.call = QueueCall::close;
            if (--putting != 0) return;
          }
          event.invoked = window.schedule.tick();
          perform_on_queue<std::int64_t>(core, event);
          if constexpr (requires { access.drain(); }) access.drain();
          event.returned = window.schedule.tick();
          history.push_back(event);
          if (event.result == QueueResult::closed) return;
        }
      });
      failing = !find_linearization(history, QueueModel(), apply_to_queue).linearizable;
    } catch (const Stuck&) {
      failing = true;
    }
  }
  return failing;
}

enum class Side { put, take };
// The words of one side; `stale` is the other side's count.
ErringWords words_of(const ScheduledHeap& heap, Address queue, Side side) {
  const Address body(heap.load(own_field(queue, 0)));
  const Address put = body + offsetof(FifoBody, put);
  const Address take = body + offsetof(FifoBody, take);
  ErringWords words;
  words.control = side == Side::put ? put : take;
  words.stale = side == Side::put ? take : put;
  words.waiters = words.control + offsetof(FifoSide, waiters);
  return words;
}
bool finds(Defect defect, Side side, Story story, int seeds) {
  return fails(story, seeds, [=](ScheduledWindow& window, Address queue) {
    return [&window, words = words_of(window.heaps[0], queue, side), defect](std::size_t actor) {
      const bool is_right = defect == Defect::stale_look && actor < 2;  // to who puts, that is the own latch
      return ErringAccess(window.access, words, is_right ? Defect::none : defect);
    };
  });
}

TEST(QueueDefects, TheWholeOneIsFine) {
  for (const Story story : {Story::three_each, Story::until_closed, Story::tries})
    EXPECT_FALSE(finds(Defect::none, Side::put, story, 400));
}
TEST(QueueDefects, SlotWrittenAfterThePublishIsFound) {
  EXPECT_TRUE(finds(Defect::published_before_the_data, Side::put, Story::until_closed, 2000));
}
TEST(QueueDefects, LatchFreedTooEarlyIsFound) {
  EXPECT_TRUE(finds(Defect::freed_too_early, Side::put, Story::until_closed, 2000));
  EXPECT_TRUE(finds(Defect::freed_too_early, Side::take, Story::until_closed, 2000));
}
TEST(QueueDefects, LatchTakenInTwoStepsIsFound) {
  EXPECT_TRUE(finds(Defect::taken_in_two_steps, Side::put, Story::until_closed, 2000));
  EXPECT_TRUE(finds(Defect::taken_in_two_steps, Side::take, Story::until_closed, 2000));
}
TEST(QueueDefects, StaleLookAtTheOtherSideIsFound) {
  EXPECT_TRUE(finds(Defect::stale_look, Side::take, Story::tries, 2000));
}
TEST(QueueDefects, WakeUpBeforeThePublishIsFound) {
  EXPECT_TRUE(finds(Defect::told_before_the_change, Side::put, Story::three_each, 10'000));
}
TEST(QueueDefects, WakeUpOfNobodyIsFound) {
  EXPECT_TRUE(finds(Defect::wakes_nobody, Side::put, Story::three_each, 2000));
}
TEST(QueueDefects, CloseThatWakesOneOfTwoIsFound) {
  EXPECT_TRUE(finds(Defect::wakes_one_of_many, Side::put, Story::until_closed, 2000));
}
TEST(QueueDefects, SleepWithoutALookIsFound) {
  EXPECT_TRUE(finds(Defect::sleeps_without_a_look, Side::put, Story::until_closed, 2000));
}

// Cores with store buffers. weaken(cores, put, take) says what is weaker than it should be, with both sides' words.
template <class Weaken>
bool finds_through_buffers(Story story, int seeds, Weaken weaken) {
  std::optional<Cores> cores;
  return fails(story, seeds, [&](ScheduledWindow& window, Address queue) {
    cores.emplace(window.schedule, window.heaps.size());
    weaken(*cores, words_of(window.heaps[0], queue, Side::put), words_of(window.heaps[0], queue, Side::take));
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  });
}
TEST(QueueInterleavings, AreLinearizableThroughStoreBuffers) {
  for (const Story story : {Story::three_each, Story::until_closed, Story::tries})
    EXPECT_FALSE(finds_through_buffers(story, 400, [](auto&&...) {}));
}
TEST(QueueDefects, ReleaseOfAPutTurnedRelaxedIsFound) {
  EXPECT_TRUE(
      finds_through_buffers(Story::until_closed, 2000, [](Cores& cores, const auto& put, const auto&) {
        cores.relaxed = [=](Address a) { return a == put.control; };
      }));
}
// Whoever puts may look for waiters before its value is there for them.
TEST(QueueDefects, PublishThatIsNotSettledBeforeTheLookAtWaitersIsFound) {
  EXPECT_TRUE(finds_through_buffers(Story::three_each, 10'000,
                                    [](Cores& cores, const auto&, const auto&) { cores.settles = false; }));
}

}  // namespace
}  // namespace cohort::test
