// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, in each operation on the run queue. Recovery leaves the queue
// and the active list whole, and the others bring everything to its end.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cohort/process/recovery.hpp"
#include "cohort/process/scheduler.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

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
