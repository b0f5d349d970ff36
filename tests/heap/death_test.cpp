// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, in each operation on lists and on the run queue.
// What it leaves is enough for recovery: content from before or after and never between, no latch held, no
// block lost and none free twice, and the next actor works on.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "cohort/containers/list_core.hpp"
#include "cohort/process/scheduler.hpp"
#include "heap/death.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

// Every block that the list holds, its header included.
void add_blocks_of(const ScheduledHeap& heap, Address list, std::set<Word>& blocks) {
  blocks.insert(list.bits());
  const Address root(heap.load(own_field(list, 4)));
  const Word capacity = heap.load(own_field(list, 5));
  if (!root) return;
  blocks.insert(root.bits());
  for (Word s = 0; sequence::first_of(s) < capacity; ++s) blocks.insert(heap.load(root + s * 8));
  if ((flags_of(heap.load(object_field(list, COHORT_FIELD(ObjectHeader, kind)))) & kBlobFlag) == 0) return;
  for (Word i = 0; i < sequence::size_of(heap.load(own_field(list, 0))); ++i) {
    const auto at = sequence::place_of(i);
    blocks.insert(heap.load(Address(heap.load(root + at.segment * 8)) + at.offset * 8));
  }
}

template <class T>
using Model = std::vector<T>;
template <class T>
using Core = ListCore<T, A>;
template <class T>
using Change = std::function<void(const Core<T>&)>;
template <class T>
using Effect = std::function<void(Model<T>&)>;

// `change` is what dies, `effect` the same on a vector.
template <class T>
void die_everywhere(const char* name, std::size_t size, const Change<T>& change, const Effect<T>& effect) {
  for (const Magazines magazines : kAllMagazines) {
    // Lists of blobs go through all that the others do, and more.
    const bool common = magazines == Magazines::fresh || magazines == Magazines::full;
    if (is_inline<T> && !common) continue;
    bool died = true;
    int befores = 0;
    int afters = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where = std::string(name) + ", magazines " +
                                std::to_string(static_cast<int>(magazines)) + ", step " +
                                std::to_string(step);
      ScheduledWindow window(1, 2);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ObjectId list = make_list(other, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
      Model<T> before;
      for (std::size_t i = 0; i < size; ++i) before.push_back(element<T>(static_cast<std::int64_t>(i)));
      Core<T>(other, list.address).extend(std::span<const T>(before));
      const std::set<Word> others_blocks = prepare(dying, other, magazines);

      window.schedule.add([&] { change(Core<T>(dying, list.address)); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, dying.actor());

      const Core<T> core(other, list.address);
      Model<T> after = before;
      effect(after);
      Model<T> now = core.copy();
      EXPECT_TRUE(now == before || now == after) << where << ": content is of neither, size " << now.size();
      (now == after ? afters : befores) += 1;
      EXPECT_TRUE(died || now == after) << where;
      std::set<Word> expected = others_blocks;
      add_blocks_of(other, list.address, expected);
      expect_exactly(other, expected, where);

      // The next ones work, with the dead actor's slot as well.
      for (const ScheduledHeap* heap : {&other, &dying}) {
        Core<T>(*heap, list.address).append(element<T>(77));
        now.push_back(element<T>(77));
        Core<T>(*heap, list.address).insert(0, element<T>(78));
        now.insert(now.begin(), element<T>(78));
        EXPECT_TRUE(core.copy() == now) << where;
      }
      lower_object(other, list.address);
      expect_exactly(other, others_blocks, where + ", after the list's end");
    }
    EXPECT_TRUE(::testing::Test::HasFailure() || (befores > 0 && afters > 0)) << name;
  }
}

template <class T>
class ListDeath : public ::testing::Test {};
using Elements = ::testing::Types<std::int64_t, Pair, std::string>;
TYPED_TEST_SUITE(ListDeath, Elements);

TYPED_TEST(ListDeath, Append) {
  using T = TypeParam;
  for (const std::size_t size : {0, 3, 8, 64}) {  // empty, room, a new segment, a new directory
    die_everywhere<T>(
        "append", size, [](const Core<T>& list) { list.append(element<T>(5)); },
        [](Model<T>& model) { model.push_back(element<T>(5)); });
  }
}
TYPED_TEST(ListDeath, Extend) {
  using T = TypeParam;
  Model<T> more;
  for (std::int64_t i = 50; i < 62; ++i) more.push_back(element<T>(i));
  for (const std::size_t size : {0, 5, 60}) {
    die_everywhere<T>(
        "extend", size, [&](const Core<T>& list) { list.extend(std::span<const T>(more)); },
        [&](Model<T>& model) { model.insert(model.end(), more.begin(), more.end()); });
  }
}
TYPED_TEST(ListDeath, Pop) {
  using T = TypeParam;
  for (const std::size_t size : {1, 9}) {
    die_everywhere<T>(
        "pop", size, [](const Core<T>& list) { list.pop(-1); }, [](Model<T>& model) { model.pop_back(); });
  }
}
TYPED_TEST(ListDeath, Set) {
  using T = TypeParam;
  die_everywhere<T>(
      "set", 3, [](const Core<T>& list) { list.set(1, element<T>(5)); },
      [](Model<T>& model) { model[1] = element<T>(5); });
}
TYPED_TEST(ListDeath, Insert) {
  using T = TypeParam;
  for (const std::size_t size : {3, 8, 20}) {
    die_everywhere<T>(
        "insert", size, [](const Core<T>& list) { list.insert(1, element<T>(5)); },
        [](Model<T>& model) { model.insert(model.begin() + 1, element<T>(5)); });
  }
}
TYPED_TEST(ListDeath, Erase) {
  using T = TypeParam;
  for (const std::size_t size : {3, 17}) {
    die_everywhere<T>(
        "erase", size, [](const Core<T>& list) { list.erase(0); },
        [](Model<T>& model) { model.erase(model.begin()); });
  }
}
TYPED_TEST(ListDeath, Clear) {
  using T = TypeParam;
  die_everywhere<T>(
      "clear", 20, [](const Core<T>& list) { list.clear(); }, [](Model<T>& model) { model.clear(); });
}
TYPED_TEST(ListDeath, SetOfASlice) {
  using T = TypeParam;
  const Model<T> two = {element<T>(5), element<T>(6)};
  die_everywhere<T>(
      "set_slice", 12, [&](const Core<T>& list) { list.set_slice(2, 9, 1, std::span<const T>(two)); },
      [&](Model<T>& model) {
        model.erase(model.begin() + 2, model.begin() + 9);
        model.insert(model.begin() + 2, two.begin(), two.end());
      });
}

// A handle dropped in an update() begins an operation while the list's latch is held; the record of the
// actor's operation before, on the same list, must not be taken for its own.
TEST(Death, OperationInsideAnEditDoesNotReplayTheOneBefore) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    ScheduledWindow window(1, 2);
    const ScheduledHeap& dying = window.heaps[0];
    const ObjectId list = make_list(window.heaps[1], sizeof(Pair));
    const ObjectId inner = make_list(window.heaps[1], sizeof(Word));
    const Core<Pair> mine(dying, list.address);
    const Core<Pair> others(window.heaps[1], list.address);
    mine.append(element<Pair>(1));
    mine.set(0, element<Pair>(2));
    others.set(0, element<Pair>(3));
    others.append(element<Pair>(4));
    window.schedule.add([&] { mine.update(0, [&](Pair&) { lower_object(dying, inner.address); }); });
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    recover(window.access, dying.actor());
    EXPECT_EQ(others.copy(), (Model<Pair>{element<Pair>(3), element<Pair>(4)})) << "step " << step;
  }
}

TEST(Death, ObjectWhoseLastCountIsDroppedIsWholeOrGone) {
  for (const Magazines magazines : kAllMagazines) {
    bool died = true;
    int whole = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where =
          "magazines " + std::to_string(static_cast<int>(magazines)) + ", step " + std::to_string(step);
      ScheduledWindow window(1, 2);
      const ObjectId list = make_list(window.heaps[1], sizeof(Word), kBlobFlag);
      const Model<std::string> texts(20, "text");
      const Core<std::string> core(window.heaps[1], list.address);
      core.extend(std::span<const std::string>(texts));
      std::set<Word> expected = prepare(window.heaps[0], window.heaps[1], magazines);
      window.schedule.add([&] { lower_object(window.heaps[0], list.address); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, window.heaps[0].actor());
      if (raise_object(window.heaps[1], list)) {
        ++whole;
        EXPECT_EQ(core.copy(), texts) << where;
        add_blocks_of(window.heaps[1], list.address, expected);
      }
      expect_exactly(window.heaps[1], expected, where);
    }
    EXPECT_LE(whole, 2) << "only before the count is lowered";
  }
}

// One lowers a count of an object and dies; another destroys what holds it, and more; a third reaps the first meanwhile.
TEST(Death, ObjectThatAnotherDestroysMeanwhileGoesOnce) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const std::string where = "seed " + std::to_string(seed) + ", step " + std::to_string(step);
      ScheduledWindow window(seed, 3);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ScheduledHeap& reaper = window.heaps[2];
      const std::array held = {make_list(other, sizeof(Word)), make_list(other, sizeof(Word))};
      const std::array handles = {EncodedHandle{held[0], 0}, EncodedHandle{held[1], kHandleBytes}};
      const std::array<std::byte, 2 * kHandleBytes> bytes = {};
      Operation<A> operation(other);
      const ObjectId barrier = make_object(operation, other, make_kind(ObjectKind::barrier, 0, 0), 0, 0);
      other.store(own_field(barrier.address, 3), make_blob(operation, other, {bytes, handles}).bits());
      operation.keep();
      lower_object(other, held[1].address);

      bool over = false;
      window.schedule.add([&] {
        lower_object(dying, held[0].address);
        over = true;
      });
      window.schedule.add([&] { lower_object(other, barrier.address); });
      window.schedule.add([&] {
        while (!over && !window.schedule.died(0)) reaper.load(own_field(barrier.address, 0));
        if (!over) recover(window.access, dying.actor());
      });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      for (const ObjectId id : held) {
        const Word generation =
            other.load(object_field(id.address, COHORT_FIELD(ObjectHeader, reference))) >> 32;
        // Before the count is lowered, it is still the dead one's.
        if (raise_object(other, id)) {
          EXPECT_LE(step, 3U) << where;
          lower_object(other, id.address);
          lower_object(other, id.address);
        } else {
          EXPECT_EQ(generation, id.generation + 1) << where;
        }
      }
      expect_exactly(other, {}, where);
    }
  }
}

TEST(Death, LargeRunsAreGivenBackOrKept) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    const std::string where = "step " + std::to_string(step);
    ScheduledWindow window(1, 2);
    std::vector<Address> old = take(window.heaps[0], 40'000, 3);
    std::set<Word> expected = {old[0].bits(), old[2].bits()};
    window.schedule.add([&] {
      Operation<A> operation(window.heaps[0]);
      operation.allocate(50'000);
      operation.discard(old[1]);
      // Neither committed nor kept: the new one is given back, the old one stays.
    });
    window.schedule.add([&] {});
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    expected.insert(old[1].bits());
    recover(window.access, window.heaps[0].actor());
    expect_exactly(window.heaps[1], expected, where);
    // All of it can be used: what is free is found, wherever the search had stood.
    std::vector<Address> rest;
    try {
      for (;;) rest.push_back(take(window.heaps[1], 30'000, 1)[0]);
    } catch (const OutOfSharedMemory&) {
    }
    const HeapStatistics now = heap_statistics(window.heaps[1]);
    EXPECT_LT(now.capacity - audit_heap(window.heaps[1]).live_bytes(), 4 * 32'768U) << where;
  }
}

// ---------------------------------------------------------------------------------------------------------
// The run queue.

struct Records {
  explicit Records(ScheduledWindow& window) : window_(window) {}

  ObjectId make() {
    const ObjectId id = make_record(window_.heaps[1], RecordBody{}, Encoded{}, "record", 0);
    all.push_back(id);
    return id;
  }
  ProcessState state(ObjectId id) const {
    return state_of(window_.access.load(record_field(id.address, COHORT_FIELD(RecordLine, state))));
  }
  Word link(Word record, std::size_t field) const {
    return window_.access.load(record_field(Address(record), field));
  }
  Word header(std::size_t field) const { return window_.access.load(header_field(field)); }

  // The queue and the active list are whole, and agree with the states.
  void check(const std::string& where) const {
    std::set<Word> queued;
    Word previous = 0;
    for (Word r = header(COHORT_FIELD(WindowHeader, queue_head)); r != 0;
         r = link(r, COHORT_FIELD(RecordLine, next))) {
      ASSERT_TRUE(queued.insert(r).second) << where << ": the queue is a ring";
      EXPECT_EQ(link(r, COHORT_FIELD(RecordLine, previous)), previous) << where;
      previous = r;
    }
    EXPECT_EQ(header(COHORT_FIELD(WindowHeader, queue_tail)), previous) << where;
    EXPECT_EQ(header(COHORT_FIELD(WindowHeader, scheduler)), queued.size())
        << where << ": the count, and the latch free";
    std::set<Word> active;
    previous = 0;
    for (Word r = header(COHORT_FIELD(WindowHeader, active_head)); r != 0;
         r = link(r, COHORT_FIELD(RecordLine, active_next))) {
      ASSERT_TRUE(active.insert(r).second) << where << ": the active list is a ring";
      EXPECT_EQ(link(r, COHORT_FIELD(RecordLine, active_previous)), previous) << where;
      previous = r;
    }
    for (const ObjectId id : all) {
      const ProcessState now = state(id);
      EXPECT_EQ(queued.contains(id.address.bits()), now == ProcessState::queued) << where;
      EXPECT_EQ(active.contains(id.address.bits()),
                now == ProcessState::queued || now == ProcessState::running)
          << where;
      // A handle's count, and the queue's: never too few. (One too many, where it died beside a count.)
      const Word least = active.contains(id.address.bits()) ? 2 : 1;
      EXPECT_GE(count_of(window_.heaps[1], id.address), least) << where;
      EXPECT_LE(count_of(window_.heaps[1], id.address), least + 1) << where;
    }
  }

  std::vector<ObjectId> all;

 private:
  ScheduledWindow& window_;
};

// `before` records are started first; `change` dies.
void die_in_queue(const char* name, int before,
                  const std::function<void(const Scheduler<A>&, const std::vector<ObjectId>&)>& change) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    const std::string where =
        std::string(name) + ", " + std::to_string(before) + " before, step " + std::to_string(step);
    ScheduledWindow window(1, 3);
    window.schedule.allow_spurious(false);
    const Scheduler<A> dying(window.heaps[0]);
    const Scheduler<A> other(window.heaps[1]);
    Records records(window);
    for (int i = 0; i < before; ++i) other.start(records.make());
    records.make();
    // One sleeps until the last record ends, one until something is to be done.
    const ObjectId last = records.all.back();
    const Address state = record_field(last.address, COHORT_FIELD(RecordLine, state));
    window.schedule.add([&] { change(dying, records.all); });
    window.schedule.die_at(0, step);
    bool woken = false;
    window.schedule.add([&] {
      for (Word seen = window.access.load(state); state_of(seen) != ProcessState::ended;
           seen = window.access.load(state)) {
        wait_while(window.heaps[2], state, seen, {WaitKind::process, last.address});
      }
      woken = true;
    });
    try {
      window.schedule.run();
    } catch (const Stuck&) {  // the sleeper, if the dead one has not told it
    }
    died = window.schedule.died(0);
    recover(window.access, window.heaps[0].actor());
    records.check(where);

    // The others bring everything to its end.
    for (const ObjectId id : records.all) {
      const bool created = records.state(id) == ProcessState::created;
      EXPECT_EQ(other.start(id), created) << where;
    }
    for (const ObjectId id : records.all) {
      if (records.state(id) == ProcessState::running) other.finish(id.address, 1);
    }
    while (const Address record = other.take()) other.finish(record, 0);
    records.check(where);
    EXPECT_FALSE(other.any_active()) << where;
    try {
      window.schedule.run();
    } catch (const Stuck& stuck) {
      ADD_FAILURE() << where << ": " << stuck.what();
    }
    EXPECT_TRUE(woken) << where;
    // A live epoch: with nothing active, the arrival of all ranks ends it.
    const Word epoch = other.arrive();
    EXPECT_TRUE(other.epoch_over(epoch)) << where;
    EXPECT_EQ(audit_heap(window.heaps[1]).text(), "") << where;
  }
}

TEST(QueueDeath, Start) {
  for (const int before : {0, 1, 3}) {
    die_in_queue("start", before, [](const Scheduler<A>& queue, const std::vector<ObjectId>& records) {
      queue.start(records.back());
    });
  }
}
TEST(QueueDeath, TakeFirst) {
  for (const int before : {1, 3}) {
    die_in_queue("take", before,
                 [](const Scheduler<A>& queue, const std::vector<ObjectId>&) { queue.take(); });
  }
}
TEST(QueueDeath, TakeFromTheMiddle) {
  die_in_queue("take one", 3, [](const Scheduler<A>& queue, const std::vector<ObjectId>& records) {
    queue.take(records[1].address);
  });
}
TEST(QueueDeath, Finish) {
  for (const int before : {0, 1, 2}) {
    die_in_queue("finish", before, [](const Scheduler<A>& queue, const std::vector<ObjectId>& records) {
      queue.start(records.back());
      queue.take(records.back().address);
      queue.finish(records.back().address, 0);
    });
  }
}

}  // namespace
}  // namespace cohort::test
