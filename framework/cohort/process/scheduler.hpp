// SPDX-License-Identifier: BSL-1.0
#pragma once

// The run queue, and the barrier in join.
//
// Layout      In the window's header: a latch whose payload is the number of queued records; the queue,
//             doubly linked, so that a joiner can take its own target out of the middle; the active list, of all
//             records started and not ended but daemons, and one of these; how many ranks have arrived, and how
//             many epochs are over; and the bell, a WaitWord.
// Writers     All but the bell under the latch, each change by one Operation. The bell: +1 by anyone.
// Invariants  1. A record is queued exactly when it is in the queue, and queued or running exactly when
//                it is in the active list, or that of daemons. While it is there it has a count of its own.
//             2. An epoch ends in the change that makes "all ranks arrived and no record active" true, and from
//                expect_daemons() on "nor a daemon", whichever change that is. Records are the truth: there is
//                no counter of them.
// No lost     A start rings the bell and wakes one rank that sleeps on it. Whoever is woken and cannot
// work        take work passes it on (see Server). A rank that is about to sleep has read the bell before
//             it looked into the queue.
// Visibility  finish() stores the state with release after everything the Process did; who sees `ended`
//             has acquired it. Likewise for the end of an epoch, through the latch.
// A death     at any point: see Operation; the change happened, or did not.

#include "cohort/process/record.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

template <class A>
class Scheduler {
 public:
  explicit Scheduler(const Heap<A>& heap) : heap_(heap) {}

  /// False: it has been started before.
  bool start(ObjectId record) const {
    {
      Operation<A> operation(heap_);
      Latch<A> latch(heap_, kLatch);
      const Address r = record.address;
      if (state_of(heap_.load(state(r))) != ProcessState::created) return false;
      const Word tail = heap_.load(kTail);
      const Address list = list_of(r);
      const Word active = heap_.load(list);
      heap_.store(link(r, kNext), 0);  // nobody else sees the record's own links yet
      heap_.store(link(r, kPrevious), tail);
      heap_.store(link(r, kActiveNext), active);
      heap_.store(link(r, kActivePrevious), 0);
      operation.raise(record);
      operation.set(tail != 0 ? link(Address(tail), kNext) : kHead, r.bits());
      operation.set(kTail, r.bits());
      if (active != 0) operation.set(link(Address(active), kActivePrevious), r.bits());
      operation.set(list, r.bits());
      if (list == kDaemons) operation.set(header_field(COHORT_FIELD(WindowHeader, daemons_known)), 1);
      operation.set(state(r), make_state(ProcessState::queued));
      operation.commit(latch, latch.payload() + 1);
    }
    ring(1);
    return true;
  }

  /// The record that has waited longest, now running and the caller's to finish(); or null. Null, too,
  /// where an epoch is given that is over.
  Address take(std::optional<Word> epoch = {}) const {
    if (latch_payload(heap_.load(kLatch)) == 0) return Address();
    Operation<A> operation(heap_);
    Latch<A> latch(heap_, kLatch);
    if (epoch && epoch_over(*epoch)) return Address();
    const Address record(heap_.load(kHead));
    if (record) dequeue(operation, latch, record);
    return record;
  }

  /// The same for one record. False: it is not queued.
  bool take(Address record) const {
    if (state_of(heap_.load(state(record))) != ProcessState::queued) return false;
    Operation<A> operation(heap_);
    Latch<A> latch(heap_, kLatch);
    if (state_of(heap_.load(state(record))) != ProcessState::queued) return false;
    dequeue(operation, latch, record);
    return true;
  }

  /// The record has ended: its joiners see that, and all that it did. Drops the queue's count of it.
  void finish(Address record, int exitcode) const {
    bool epoch_over = false;
    {
      Operation<A> operation(heap_);
      Latch<A> latch(heap_, kLatch);
      const Word next = heap_.load(link(record, kActiveNext));
      const Word previous = heap_.load(link(record, kActivePrevious));
      const Address list = list_of(record);
      const bool last = next == 0 && previous == 0;
      operation.set(previous != 0 ? link(Address(previous), kActiveNext) : list, next);
      if (next != 0) operation.set(link(Address(next), kActivePrevious), previous);
      operation.set(state(record), make_state(ProcessState::ended, exitcode));
      epoch_over = all_ended(last ? list : Address()) && end_epoch(operation, heap_.load(kArrived));
      operation.commit(latch, latch.payload());
    }
    wake(heap_, state(record));
    if (epoch_over) ring(INT_MAX);
    lower_object(heap_, record);
  }

  /// One more rank is in join. Returns the epoch whose end it waits for.
  Word arrive() const {
    bool epoch_over = false;
    Word epoch = 0;
    {
      Operation<A> operation(heap_);
      Latch<A> latch(heap_, kLatch);
      epoch = heap_.load(kEpoch);
      const Word arrived = heap_.load(kArrived) + 1;
      epoch_over = all_ended() && end_epoch(operation, arrived);
      if (!epoch_over) operation.set(kArrived, arrived);
      operation.commit(latch, latch.payload());
    }
    if (epoch_over) ring(INT_MAX);
    return epoch;
  }
  bool epoch_over(Word epoch) const { return heap_.load(kEpoch) != epoch; }

  /// The record of a thread that has nothing to do, for a scope. A rank's main is also there for the end of its epoch.
  WaitRecord<A> idle(std::optional<Word> epoch) const {
    return WaitRecord<A>(heap_, {WaitKind::work, kBell}, epoch ? kEpoch : Address(), epoch.value_or(0),
                         std::nullopt);
  }

  Word bell() const { return heap_.load(kBell); }
  /// Sleeps until the bell differs from `seen`.
  void listen(Word seen) const { wait_while(heap_, kBell, seen, {WaitKind::work, kBell}); }
  /// Wakes up to `count` listeners.
  void ring(int count) const {
    heap_.access().fetch_add(kBell, 1);
    wake(heap_, kBell, count);
  }
  Word queued() const { return latch_payload(heap_.load(kLatch)); }
  /// There are some that are no daemons.
  bool any_active() const { return heap_.load(kActive) != 0; }
  bool is_daemon(Address record) const { return list_of(record) == kDaemons; }
  /// Epochs wait for daemons, too. Before the caller's rank arrives in the first of these.
  void expect_daemons() const { heap_.store(kEnding, 1); }
  bool expects_daemons() const { return heap_.load(kEnding) != 0; }

  /// Calls visit(record) for every record that has not ended, newest first, daemons last, under the latch.
  template <class Visit>
  void each_active(Visit visit) const {
    const Latch<A> latch(heap_, kLatch);
    for (const Address list : {kActive, kDaemons}) {
      for (Address r(heap_.load(list)); r; r = Address(heap_.load(link(r, kActiveNext)))) visit(r);
    }
  }

 private:
  static constexpr Address kLatch = header_field(COHORT_FIELD(WindowHeader, scheduler));
  static constexpr Address kHead = header_field(COHORT_FIELD(WindowHeader, queue_head));
  static constexpr Address kTail = header_field(COHORT_FIELD(WindowHeader, queue_tail));
  static constexpr Address kActive = header_field(COHORT_FIELD(WindowHeader, active_head));
  static constexpr Address kDaemons = header_field(COHORT_FIELD(WindowHeader, daemons_head));
  static constexpr Address kEnding = header_field(COHORT_FIELD(WindowHeader, ending));
  static constexpr Address kArrived = header_field(COHORT_FIELD(WindowHeader, arrived));
  static constexpr Address kEpoch = header_field(COHORT_FIELD(WindowHeader, epoch));
  static constexpr Address kBell = header_field(COHORT_FIELD(WindowHeader, bell));
  static constexpr Address kRanks = header_field(COHORT_FIELD(WindowHeader, ranks));
  static constexpr std::size_t kNext = COHORT_FIELD(RecordLine, next);
  static constexpr std::size_t kPrevious = COHORT_FIELD(RecordLine, previous);
  static constexpr std::size_t kActiveNext = COHORT_FIELD(RecordLine, active_next);
  static constexpr std::size_t kActivePrevious = COHORT_FIELD(RecordLine, active_previous);

  static constexpr Address link(Address record, std::size_t field) { return record_field(record, field); }
  static constexpr Address state(Address record) {
    return record_field(record, COHORT_FIELD(RecordLine, state));
  }

  void dequeue(Operation<A>& operation, Latch<A>& latch, Address record) const {
    const Word next = heap_.load(link(record, kNext));
    const Word previous = heap_.load(link(record, kPrevious));
    operation.set(previous != 0 ? link(Address(previous), kNext) : kHead, next);
    operation.set(next != 0 ? link(Address(next), kPrevious) : kTail, previous);
    operation.set(state(record), make_state(ProcessState::running));
    operation.commit(latch, latch.payload() - 1);
  }

  // Which of the two it is in while it is active.
  Address list_of(Address record) const {
    return heap_.load(body_field(heap_, record, COHORT_FIELD(RecordBody, daemon))) != 0 ? kDaemons : kActive;
  }
  // Of all that an epoch waits for; `emptied` is about to be.
  bool all_ended(Address emptied = {}) const {
    const auto empty = [&](Address list) { return list == emptied || heap_.load(list) == 0; };
    return empty(kActive) && (heap_.load(kEnding) == 0 || empty(kDaemons));
  }

  // With all ended: true, and the epoch goes up, where all ranks have arrived.
  bool end_epoch(Operation<A>& operation, Word arrived) const {
    if (arrived != heap_.load(kRanks)) return false;
    operation.set(kEpoch, heap_.load(kEpoch) + 1);
    operation.set(kArrived, 0);
    return true;
  }

  const Heap<A>& heap_;
};

}  // namespace cohort
