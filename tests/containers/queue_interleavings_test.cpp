// SPDX-License-Identifier: BSL-1.0
// The queue's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no value is lost, doubled or torn, nobody sleeps for ever, and no block is lost.

#include <gtest/gtest.h>

#include "containers/queue_history.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"

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
          core.put(i, Patience::forever());
        } else {
          core.take(value, Patience::forever());
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
        if (actor == 0) core.put(1, Patience::forever());
        if (actor == 1) core.take(value, Patience::forever());
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
// Does the schedule find races at all? Queues with one protection left out, of which it must.

enum class Defect { none, slot_after_publish, latch_freed_too_early, wake_before_publish, close_unseen };

// One side each for putting and taking, with a segment that is never full; control is {count:47 | closed:1}.
struct SmallQueue {
  static constexpr Word kHalf = Word{1} << 32;  // closed, where a sleeper does not look

  const ScheduledHeap& heap;
  Defect defect;
  Address put = Address(0, ScheduledWindow::kBytes - 8192);
  Address getters = put + 16;
  Address take = put + 64;
  Address slots = put + 128;
  Word closed() const { return defect == Defect::close_unseen ? kHalf : Word{1}; }
  Word count(Word control) const { return (control & (kHalf - 1)) >> 1; }
  void wake_one(int count = 1) const { wake_published(heap, put, getters, count); }

  void put_value(std::int64_t value) const {
    const Word control = acquire_latch(heap, put);
    const Address slot = slots + count(control) * 8;
    if (defect == Defect::wake_before_publish) wake_one();
    if (defect == Defect::slot_after_publish) {
      heap.publish(put, control + 2);
      heap.store(slot, static_cast<Word>(value));
    } else if (defect == Defect::latch_freed_too_early) {
      heap.publish(put, control);
      heap.store(slot, static_cast<Word>(value));
      heap.publish(put, control + 2);
    } else {
      heap.store(slot, static_cast<Word>(value));
      heap.publish(put, control + 2);
    }
    if (defect != Defect::wake_before_publish) wake_one();
  }
  QueueResult get_value(std::int64_t& value) const {
    for (;;) {
      const Word taken = acquire_latch(heap, take);
      const Word control = heap.load(put);
      if (count(taken) != count(control)) {
        value = static_cast<std::int64_t>(heap.load(slots + count(taken) * 8));
        heap.publish(take, taken + 2);
        return QueueResult::done;
      }
      heap.publish(take, taken);
      if ((control & closed()) != 0) return QueueResult::closed;
      wait_while(heap, put, getters, control, {WaitKind::queue_get, put}, {});
    }
  }
  void close() const {
    const Word control = acquire_latch(heap, put);
    heap.publish(put, control | closed());
    wake_one(INT_MAX);
  }
};

// Two put three values each, and two take either three each, or all that come until it is closed. True: with
// one of the seeds it went wrong.
bool fails(Defect defect, int seeds, bool closing) {
  bool failing = false;
  for (std::uint64_t seed = first_seed(); !failing && seeds != 0; --seeds, ++seed) {
    ScheduledWindow window(seed, 4);
    window.schedule.allow_spurious(false);
    std::vector<QueueEvent> history;
    int putting = 2;
    try {
      window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
        const SmallQueue queue{heap, defect};
        for (std::int64_t i = 0; closing || i < 3; ++i) {
          QueueEvent event;
          event.call = actor >= 2 ? QueueCall::get : i < 3 ? QueueCall::put : QueueCall::close;
          event.value = 1 + static_cast<std::int64_t>(actor) * 10 + i;
          if (event.call == QueueCall::close && --putting != 0) return;
          event.invoked = window.schedule.tick();
          if (event.call == QueueCall::put) queue.put_value(event.value);
          if (event.call == QueueCall::get) event.result = queue.get_value(event.value);
          if (event.call == QueueCall::close) queue.close();
          event.returned = window.schedule.tick();
          history.push_back(event);
          if (event.call == QueueCall::close || event.result == QueueResult::closed) return;
        }
      });
      failing = !find_linearization(history, QueueModel(), apply_to_queue).linearizable;
    } catch (const Stuck&) {
      failing = true;
    }
  }
  return failing;
}

TEST(QueueDefects, TheWholeOneIsFine) {
  EXPECT_FALSE(fails(Defect::none, 400, true));
  EXPECT_FALSE(fails(Defect::none, 400, false));
}
TEST(QueueDefects, SlotWrittenAfterThePublishIsFound) {
  EXPECT_TRUE(fails(Defect::slot_after_publish, 300, true));
}
TEST(QueueDefects, LatchFreedTooEarlyIsFound) {
  EXPECT_TRUE(fails(Defect::latch_freed_too_early, 100, true));
}
TEST(QueueDefects, WakeUpBeforeThePublishIsFound) {
  EXPECT_TRUE(fails(Defect::wake_before_publish, 400, false));
}
TEST(QueueDefects, CloseThatNoSleeperSeesIsFound) { EXPECT_TRUE(fails(Defect::close_unseen, 300, true)); }

}  // namespace
}  // namespace cohort::test
