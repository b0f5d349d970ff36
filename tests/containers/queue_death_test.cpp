// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, in each operation on queues. What it leaves is enough
// for recovery: the values from before or after and never between, no latch held, no block lost and none free
// twice, nobody asleep who could go on, and the next actor works on.

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "containers/queue_history.hpp"
#include "heap/death.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;
template <class T>
using Core = QueueCore<T, A>;
using Model = std::deque<std::int64_t>;

// Blobs, and segments.
constexpr std::size_t kSizes[] = {16, 30, fifo::segment_bytes(sizeof(Word))};

template <class T>
bool put(const Core<T>& core, std::int64_t x) {
  return core.put(queue_value<T>(x), Patience::none()) == Moved::yes;
}
template <class T>
std::optional<std::int64_t> take(const Core<T>& core) {
  std::optional<T> value;
  core.take(value, Patience::none());
  return value ? std::optional(queue_number(*value)) : std::nullopt;
}

// The values of the queue, which nobody uses.
template <class T>
Model values_of(const ScheduledHeap& heap, Address queue) {
  const Address body(heap.load(own_field(queue, 0)));
  const Address take_side = body + offsetof(FifoBody, take);
  const std::size_t bytes = slot_bytes<T>;
  Address segment(heap.load(take_side + offsetof(FifoSide, segment)));
  Model values;
  const Word end = fifo::count_of(heap.load(body));
  for (Word i = fifo::count_of(heap.load(take_side)); i < end; ++i) {
    if (fifo::begins(i, bytes)) segment = Address(heap.load(segment));
    const Address slot = fifo::slot_of(segment, i, bytes);
    if constexpr (is_inline<T>) {
      Raw<T> raw;
      heap.access().read(slot, raw.data(), raw.size());
      values.push_back(queue_number(std::bit_cast<T>(raw)));
    } else {
      values.push_back(queue_number(*read_blob<T>(heap, Address(heap.load(slot)), Latched{})));
    }
  }
  return values;
}

// Every block that the queue holds, its header included.
template <class T>
void add_blocks_of(const ScheduledHeap& heap, Address queue, std::set<Word>& blocks) {
  const Address body(heap.load(own_field(queue, 0)));
  const Address take_side = body + offsetof(FifoBody, take);
  blocks.insert(queue.bits());
  blocks.insert(heap.load(own_field(queue, 1)));
  Address segment(heap.load(take_side + offsetof(FifoSide, segment)));
  for (Address at = segment; at; at = Address(heap.load(at))) blocks.insert(at.bits());
  if constexpr (!is_inline<T>) {
    const Word end = fifo::count_of(heap.load(body));
    for (Word i = fifo::count_of(heap.load(take_side)); i < end; ++i) {
      if (fifo::begins(i, slot_bytes<T>)) segment = Address(heap.load(segment));
      blocks.insert(heap.load(fifo::slot_of(segment, i, slot_bytes<T>)));
    }
  }
}

// The queue has moved `moved` values on and has `size`; `change` dies, `effect` does the same to a model.
template <class T>
void die_everywhere(const std::string& name, std::uint64_t moved, std::int64_t size,
                    const std::function<void(const Core<T>&)>& change,
                    const std::function<void(Model&)>& effect) {
  for (const Magazines magazines : kAllMagazines) {
    if (is_inline<T> && magazines == Magazines::crowded) continue;
    bool died = true;
    int befores = 0;
    int afters = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where = name + ", magazines " + std::to_string(static_cast<int>(magazines)) +
                                ", step " + std::to_string(step);
      ScheduledWindow window(1, 2);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ObjectId queue = make_test_queue<T>(other);
      const Core<T> core(other, queue.address);
      for (std::uint64_t i = 0; i < moved; ++i) {
        put(core, 0);
        take(core);
      }
      Model before;
      for (std::int64_t i = 0; i < size; ++i) {
        put(core, i);
        before.push_back(i);
      }
      const std::set<Word> others_blocks = prepare(dying, other, magazines, kSizes);

      window.schedule.add([&] { change(Core<T>(dying, queue.address)); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, dying.actor());

      Model after = before;
      effect(after);
      Model now = values_of<T>(other, queue.address);
      EXPECT_TRUE(now == before || now == after) << where << ": of neither, size " << now.size();
      (now == after ? afters : befores) += 1;
      EXPECT_TRUE(died || now == after) << where;
      EXPECT_EQ(core.fifo().size(), now.size()) << where;
      std::set<Word> expected = others_blocks;
      add_blocks_of<T>(other, queue.address, expected);
      expect_exactly(other, expected, where);

      // The next ones work, with the dead actor's slot as well, and over the end of a segment.
      for (const ScheduledHeap* heap : {&other, &dying}) {
        const Core<T> next(*heap, queue.address);
        EXPECT_TRUE(put(next, 77)) << where;
        now.push_back(77);
        EXPECT_EQ(take(next), now.front()) << where;
        now.pop_front();
      }
      EXPECT_EQ(values_of<T>(other, queue.address), now) << where;
      lower_object(other, queue.address);
      expect_exactly(other, others_blocks, where + ", after the queue's end");
    }
    EXPECT_TRUE(::testing::Test::HasFailure() || (befores > 0 && afters > 0)) << name;
  }
}

template <class T>
class QueueValuesDeath : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSegment = fifo::slots_of(slot_bytes<T>);
};
using Values = ::testing::Types<std::int64_t, QueuePair, std::string>;
TYPED_TEST_SUITE(QueueValuesDeath, Values);

TYPED_TEST(QueueValuesDeath, Put) {
  // The first one, one in a segment, the first of a new segment.
  for (const std::uint64_t moved : {std::uint64_t{0}, std::uint64_t{5}, this->kSegment - 1}) {
    die_everywhere<TypeParam>(
        "put after " + std::to_string(moved), moved, moved == 0 ? 0 : 1,
        [](const Core<TypeParam>& queue) { put(queue, 50); }, [](Model& model) { model.push_back(50); });
  }
}
TYPED_TEST(QueueValuesDeath, Take) {
  for (const std::uint64_t moved : {std::uint64_t{0}, std::uint64_t{5}, this->kSegment - 1, this->kSegment}) {
    die_everywhere<TypeParam>(
        "take after " + std::to_string(moved), moved, 2, [](const Core<TypeParam>& queue) { take(queue); },
        [](Model& model) { model.pop_front(); });
  }
}
TYPED_TEST(QueueValuesDeath, TakeOfTheLastOneInASegment) {
  die_everywhere<TypeParam>(
      "two", this->kSegment - 1, 2,
      [](const Core<TypeParam>& queue) {
        if (queue.fifo().size() == 2) take(queue);
      },
      [](Model& model) { model.pop_front(); });
}

// One waits for a value, one for a place, one for the last task; the dying one is who would wake them.
TEST(QueueDeath, NobodyStaysAsleepWhoCouldGoOn) {
  enum class Act { put, take, close, done };
  for (const Act act : {Act::put, Act::take, Act::close, Act::done}) {
    bool died = true;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where =
          "act " + std::to_string(static_cast<int>(act)) + ", step " + std::to_string(step);
      ScheduledWindow window(1, 2);
      window.schedule.allow_spurious(false);
      const ObjectId queue = make_test_queue<std::int64_t>(window.heaps[1], 2);
      const Core<std::int64_t> dying(window.heaps[0], queue.address);
      const Core<std::int64_t> waiting(window.heaps[1], queue.address);
      const int full = act == Act::take || act == Act::done ? 2 : act == Act::close ? 2 : 0;
      for (int i = 0; i < full; ++i) put(waiting, i);
      if (act == Act::done) waiting.fifo().task_done();
      Moved moved = Moved::not_now;
      bool over = false;
      window.schedule.add([&] {
        if (act == Act::put) put(dying, 5);
        if (act == Act::take) take(dying);
        if (act == Act::close) dying.fifo().close();
        if (act == Act::done) dying.fifo().task_done();
      });
      window.schedule.die_at(0, step);
      window.schedule.add([&] {
        std::optional<std::int64_t> value;
        if (act == Act::put) moved = waiting.take(value, Patience::forever({}));
        if (act == Act::take || act == Act::close) moved = waiting.put(6, Patience::forever({}));
        if (act == Act::done) waiting.fifo().join({});
        over = true;
      });
      try {
        window.schedule.run();
      } catch (const Stuck&) {  // whom the dead one has not told
      }
      died = window.schedule.died(0);
      recover(window.access, window.heaps[0].actor());
      const auto control = [&](std::size_t side) {
        return window.access.load(Address(window.access.load(own_field(queue.address, 0))) + side);
      };
      const bool closed = fifo::is_closed(control(offsetof(FifoBody, put)));
      EXPECT_EQ(closed, fifo::is_closed(control(offsetof(FifoBody, take)))) << where << ": half closed";
      // Done or not done: whoever comes next does what was not.
      if (!over) {
        const Core<std::int64_t> next(window.heaps[0], queue.address);
        if (act == Act::put && next.fifo().puts() == 0) put(next, 7);
        if (act == Act::take && next.fifo().size() == 2) take(next);
        if (act == Act::close && !closed) next.fifo().close();
        if (act == Act::done) next.fifo().task_done();
      }
      try {
        window.schedule.run();
      } catch (const Stuck& stuck) {
        ADD_FAILURE() << where << ": " << stuck.what();
      }
      EXPECT_TRUE(over) << where;
      EXPECT_EQ(moved, act == Act::close  ? Moved::closed
                       : act == Act::done ? Moved::not_now
                                          : Moved::yes)
          << where;
    }
  }
}

TEST(QueueDeath, QueueWhoseLastCountIsDroppedIsWholeOrGone) {
  for (const Magazines magazines : kAllMagazines) {
    bool died = true;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where =
          "magazines " + std::to_string(static_cast<int>(magazines)) + ", step " + std::to_string(step);
      ScheduledWindow window(1, 2);
      const ObjectId queue = make_test_queue<std::string>(window.heaps[1]);
      const Core<std::string> core(window.heaps[1], queue.address);
      for (std::int64_t i = 0; i < 260; ++i) put(core, i);
      for (int i = 0; i < 250; ++i) take(core);
      std::set<Word> expected = prepare(window.heaps[0], window.heaps[1], magazines, kSizes);
      window.schedule.add([&] { lower_object(window.heaps[0], queue.address); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, window.heaps[0].actor());
      if (raise_object(window.heaps[1], queue)) {
        EXPECT_EQ(core.fifo().size(), 10U) << where;
        add_blocks_of<std::string>(window.heaps[1], queue.address, expected);
      }
      expect_exactly(window.heaps[1], expected, where);
    }
  }
}

// The last handle of one end goes: the other end is told, whatever happens meanwhile.
TEST(QueueDeath, EndOfAPipeThatGoesClosesIt) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    const std::string where = "step " + std::to_string(step);
    ScheduledWindow window(1, 2);
    std::array<ObjectId, 2> ends;
    {
      Operation<A> operation(window.heaps[1]);
      ends = make_ends(operation, window.heaps[1], sizeof(std::int64_t), 0, 0, 0);
      operation.keep();
    }
    const auto queue = [&](std::size_t which) {
      return Address(window.access.load(own_field(ends[1].address, which)));
    };
    const Core<std::int64_t> incoming(window.heaps[1], queue(kIncoming));
    const Core<std::int64_t> outgoing(window.heaps[1], queue(kOutgoing));
    put(Core<std::int64_t>(window.heaps[1], queue(kIncoming)), 5);
    window.schedule.add([&] { lower_object(window.heaps[0], ends[0].address); });
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    recover(window.access, window.heaps[0].actor());
    const bool gone = !raise_object(window.heaps[1], ends[0]);
    EXPECT_TRUE(gone || died) << where;
    std::optional<std::int64_t> value;
    EXPECT_EQ(take(incoming), 5) << where;
    EXPECT_EQ(incoming.take(value, Patience::none()), gone ? Moved::closed : Moved::not_now) << where;
    EXPECT_EQ(outgoing.put(6, Patience::none()), gone ? Moved::closed : Moved::yes) << where;
    if (!gone) {
      lower_object(window.heaps[1], ends[0].address);
      if (count_of(window.heaps[1], ends[0].address) != 0) lower_object(window.heaps[1], ends[0].address);
    }
    lower_object(window.heaps[1], ends[1].address);
    // A death between the end and its queues leaves one of those held once too often.
    if (!died) {
      EXPECT_TRUE(audit_heap(window.heaps[1]).live.empty()) << where;
    }
    EXPECT_EQ(audit_heap(window.heaps[1]).text(), "") << where;
  }
}

}  // namespace
}  // namespace cohort::test
