// SPDX-License-Identifier: BSL-1.0
#pragma once

// A pool: jobs that have tasks to claim, and how many actors may be at them.
//
// Layout      An object of kind pool. Its own line: [0], [1] a LatchWord; [2], [3] the first and the last open job;
//             [4], [5] seats, a WaitWord {flags, taken}; [6] {tasks that a child does at most:32 | how many seats
//             there are:32}; [7] the initializer, a blob {Token, callable}, or 0. The flag kInChildren of the object's
//             kind: tasks run in children of those who have the seats.
// Writers     [0] to [3] and the links of jobs: under the latch. seats: by single atomics, anyone.
// Invariants  1. A job is in the list from its submission until all its tasks are claimed or dropped, and some
//                actor has found that. The list holds it as long.
//             2. Whoever does a task has a seat, or its rank has one for it, or it is a task of this pool that waits for
//                another. There is one seat more for each task in a child that waits for another.
//             3. Where a job is in the list, a seat is taken, or a waiter will do its tasks itself, or see to it that
//                somebody does.
// No lost     Who submits a job adds it to the list, then takes a seat for each worker that it starts. Who gives
// task        up a seat looks into the list afterwards, and takes one again where a job is in it. One of the
//             two sees the other.
// A death     is of a child: none has a seat, or claims tasks. What it had added, and nobody begun, goes with the pool, which
//             was its own, and which its rank closes (see close_pools_of).

#include "cohort/process/job.hpp"

namespace cohort {

namespace seats {
inline constexpr Word kClosed = Word{1} << 30;
inline constexpr Word kTerminated = Word{1} << 31;
constexpr Word taken(Word word) { return word & (kClosed - 1); }
}  // namespace seats

inline constexpr std::uint32_t kInChildren = 1;

template <class A>
class PoolCore {
 public:
  PoolCore(const Heap<A>& heap, Address pool) : heap_(heap), pool_(pool) {}

  Word limit() const { return heap_.load(own_field(pool_, 6)) & 0xffff'ffff; }
  bool in_children() const {
    return (flags_of(heap_.load(object_field(pool_, COHORT_FIELD(ObjectHeader, kind)))) & kInChildren) != 0;
  }
  /// 0: any number.
  Word tasks_per_child() const { return heap_.load(own_field(pool_, 6)) >> 32; }
  Word seats() const { return heap_.load(kSeatsOf(pool_)); }
  Address initializer() const { return Address(heap_.load(own_field(pool_, 7))); }

  bool try_sit() const {
    heap_.settle();  // what add() has published: see "No lost task"
    Word seen = seats();
    const Word most = limit();
    while (seats::taken(seen) < most) {
      if (!heap_.access().compare_exchange(kSeatsOf(pool_), seen, seen + 1)) continue;
      // Not for what they wait for, but their records say what they have seen.
      wake_published(heap_, kSeatsOf(pool_), kSeatsOf(pool_) + COHORT_FIELD(WaitWord, waiters));
      return true;
    }
    return false;
  }
  bool has_seat() const {
    heap_.settle();  // as in try_sit()
    return seats::taken(seats()) < limit();
  }
  /// Above the limit: see Invariants.
  void sit() const { heap_.access().fetch_add(kSeatsOf(pool_), 1); }
  void stand_up() const {
    heap_.access().fetch_add(kSeatsOf(pool_), ~Word{0});
    wake_published(heap_, kSeatsOf(pool_), kSeatsOf(pool_) + COHORT_FIELD(WaitWord, waiters));
  }
  /// Stands up, and takes the seat again where there is something to do: true.
  bool leave() const {
    stand_up();
    return any() && try_sit();
  }
  void set_flag(Word flag) const {
    Word seen = seats();
    while ((seen & flag) == 0 && !heap_.access().compare_exchange(kSeatsOf(pool_), seen, seen | flag)) {
    }
  }
  /// Waits until the seats differ from `seen`.
  void wait_for_seats(Word seen) const { wait_while(heap_, kSeatsOf(pool_), seen, {WaitKind::pool, pool_}); }

  /// Adds a job that has tasks.
  void add(ObjectId job) const {
    Operation<A> operation(heap_);
    Latch<A> latch(heap_, own_field(pool_, 0));
    const Word last = heap_.load(own_field(pool_, kLast));
    heap_.store(own_field(job.address, kNext), 0);
    heap_.store(own_field(job.address, kPrevious), last);
    operation.raise(job);
    operation.set(last != 0 ? own_field(Address(last), kNext) : own_field(pool_, kFirst), job.address.bits());
    operation.set(own_field(pool_, kLast), job.address.bits());
    operation.set(own_field(job.address, kListed), 1);
    operation.commit(latch, 0);
  }

  /// The job that has waited longest, or null. It may be gone as soon as this returns.
  ObjectId first() const {
    if (heap_.load(own_field(pool_, kFirst)) == 0) return {};
    const Latch<A> latch(heap_, own_field(pool_, 0));
    const Address job(heap_.load(own_field(pool_, kFirst)));
    if (!job) return {};
    return {job, static_cast<std::uint32_t>(
                     heap_.load(object_field(job, COHORT_FIELD(ObjectHeader, reference))) >> 32)};
  }
  bool any() const { return heap_.load(own_field(pool_, kFirst)) != 0; }

  /// Takes a job off the list, if nobody has: nothing is left to claim.
  void remove(Address job) const {
    if (heap_.load(own_field(job, kListed)) == 0) return;
    {
      Operation<A> operation(heap_);
      Latch<A> latch(heap_, own_field(pool_, 0));
      if (heap_.load(own_field(job, kListed)) == 0) return;
      const Word next = heap_.load(own_field(job, kNext));
      const Word previous = heap_.load(own_field(job, kPrevious));
      operation.set(previous != 0 ? own_field(Address(previous), kNext) : own_field(pool_, kFirst), next);
      operation.set(next != 0 ? own_field(Address(next), kPrevious) : own_field(pool_, kLast), previous);
      operation.set(own_field(job, kListed), 0);
      operation.commit(latch, 0);
    }
    lower_object(heap_, job);
  }

 private:
  enum Field : std::size_t { kFirst = 2, kLast = 3 };                     // of the pool
  enum JobField : std::size_t { kNext = 3, kPrevious = 4, kListed = 5 };  // of a job
  static Address kSeatsOf(Address pool) { return own_field(pool, 4); }

  Heap<A> heap_;
  Address pool_;
};

/// A pool with a count of 1. `limit`: as in [6]. `initializer` may be empty.
template <class A>
ObjectId make_pool(const Heap<A>& heap, Word limit, const Encoded& initializer, Word type, Word creator,
                   std::uint32_t flags = 0) {
  Operation<A> operation(heap);
  const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::pool, 0, flags), type, creator);
  heap.store(own_field(id.address, 6), limit);
  if (!initializer.bytes.empty())
    heap.store(own_field(id.address, 7), make_blob(operation, heap, initializer).bits());
  operation.keep();
  return id;
}

template <class A>
void destroy_pool(Operation<A>& operation, const Heap<A>& heap, Address pool, std::vector<Address>& held) {
  const Address initializer(heap.load(own_field(pool, 7)));
  if (!initializer) return;
  collect_handles(heap, initializer, held);
  operation.discard(initializer);
}

}  // namespace cohort
