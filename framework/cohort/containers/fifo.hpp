// SPDX-License-Identifier: BSL-1.0
#pragma once

// Fifo: the queue without its type. Slots of a fixed size, as a Sequence has them: the values themselves where
// they are trivially copyable, else a word each, the Address of a blob.
//
// Layout      The object's own line, which nobody writes: [0] the body, on a line of its own inside of
//             [1], its block. FifoBody: a side for putting, a side for taking, and between them what is done.
//             control is {owner:16 | count:47 | closed:1}: the values ever put, the values ever taken. (closed
//             is the lowest bit, since a sleeper compares the low half of the word.) A segment is {next,
//             slots ...}; value i lies in segment i / slots of the chain.
// Writers     Everything of a side under its latch, but for waiters: +1 and -1 by each waiter. done: by
//             compare-exchange, anyone. A segment's slots and next: under the latch for putting, until they are
//             published; its end: under the latch for taking.
// Invariants  1. taken <= put, done <= put, and each of them only grows.
//             2. Slots [taken, put) are complete: the put's control is stored after them.
//             3. Each side has the segment of the value that it has moved last, the first one before there
//                was any, and goes on to the next with the next value. So the side that puts has left a
//                segment before the side that takes can free it.
//             4. `seen` is a count that the other side has had: at most what it has now. A side that it does
//                not satisfy looks at the other's control and keeps what it saw. So the two share no line
//                but for the values, while neither catches up with the other.
//             5. put.control is closed before take.control is; neither opens again.
// Linearized  put, take: the store of the side's control. full: the load of take.control under the latch for
//             putting. empty, and closed for who takes: the load of put.control under the latch for taking.
//             close: the store of put.control. task_done: the compare-exchange on done.
// No lost     Whoever takes waits on put.control, whoever puts on take.control, whoever joins on done. The
// wake-up     changes are settled before the look at waiters (see wake_published).
//             Each value and each free place wakes one; one that was woken and cannot use it wakes another.
// Progress    Latches of bounded waiting; nobody waits under one.
// A death     under a latch leaves the side as it was, or its redo record (see Operation). Behind the store
//             that publishes it leaves sleepers asleep, inside of close() the other side open: mend() is for
//             who finds it. A blob that was taken has its handles in no place any more: they stay held.

#include <climits>

#include "cohort/containers/fifo_body.hpp"
#include "cohort/heap/blob.hpp"
#include "cohort/heap/object.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

/// What became of a value.
enum class Moved { yes, not_now, closed };

template <class A>
class Fifo {
 public:
  Fifo(const Heap<A>& heap, Address object, std::size_t slot_bytes)
      : heap_(heap), body_(heap.load(own_field(object, 0))), object_(object), slot_bytes_(slot_bytes) {}

  // (The rare paths work on a copy, so that this object need not lie in memory for the frequent ones.)
  template <std::size_t bytes>
  [[gnu::always_inline]] Moved put(const void* slot) const {
    const Word payload = acquire_latch(heap_, put_field(kControl));
    const Word index = fifo::count_of(payload);
    if (fifo::is_closed(payload) || index % fifo::slots_of(bytes) == 0 ||
        index - heap_.load(put_field(kSeen)) >= heap_.load(put_field(kLimit))) [[unlikely]] {
      return Fifo(*this).put_latched(payload, slot);
    }
    const Address place = fifo::slot_of(Address(heap_.load(put_field(kSegment))), index, bytes);
    if constexpr (requires { heap_.access().template write_as<bytes>(place, slot); }) {
      heap_.access().template write_as<bytes>(place, slot);
    } else {
      heap_.access().write(place, slot, bytes);
    }
    heap_.publish(put_field(kControl), payload + fifo::kOne);
    wake_published(heap_, put_field(kControl), put_field(kWaiters), 1);
    return Moved::yes;
  }

  /// The same where `operation` holds what the slot names, and commits it. Throws OutOfSharedMemory.
  Moved put(Operation<A>& operation, const void* slot) const {
    {
      Latch<A> latch(heap_, put_field(kControl));
      if (const Moved admitted = admit(latch.payload()); admitted != Moved::yes) return admitted;
      put_and_commit(operation, latch, slot);
    }
    wake_getters(1);
    return Moved::yes;
  }

  template <std::size_t bytes>
  [[gnu::always_inline]] Moved take(void* slot) const {
    const Word payload = acquire_latch(heap_, take_field(kControl));
    const Word index = fifo::count_of(payload);
    if (index % fifo::slots_of(bytes) == 0 || index == heap_.load(take_field(kSeen))) [[unlikely]]
      return Fifo(*this).take_latched(payload, slot);
    const Address place = fifo::slot_of(Address(heap_.load(take_field(kSegment))), index, bytes);
    if constexpr (requires { heap_.access().template read_as<bytes>(place, slot); }) {
      heap_.access().template read_as<bytes>(place, slot);
    } else {
      heap_.access().read(place, slot, bytes);
    }
    heap_.publish(take_field(kControl), payload + fifo::kOne);
    wake_published(heap_, take_field(kControl), take_field(kWaiters), 1);
    return Moved::yes;
  }

  /// `visit(operation, slot)` under the latch, inside of the operation that takes it. Where it throws, nothing
  /// was taken.
  template <class Visit>
  Moved take_by(Visit&& visit) const {
    {
      Latch<A> latch(heap_, take_field(kControl));
      const Word index = fifo::count_of(latch.payload());
      if (const Moved found = find(index); found != Moved::yes) return found;
      take_and_commit(latch, index, visit);
    }
    wake_putters(1);
    return Moved::yes;
  }

  /// Leaves the other side's line alone for a moment, so that it gets a burst of work done there: who looks at
  /// each single value as it comes makes both wait for the line to travel.
  void stand_back() const {
    if (detail::spin != detail::Spin::long_enough) return;
    for (int i = 0; i < kPauses; ++i) heap_.access().pause();
  }

  /// Waits until a value is there or it is closed. False: neither was so when the deadline passed.
  bool wait_to_take(Deadline deadline) const {
    for (;;) {
      const Word put = heap_.load(put_field(kControl));
      const Word taken = fifo::count_of(heap_.load(take_field(kControl)));
      if (fifo::is_closed(put) || fifo::count_of(put) > taken) return true;
      if (!wait_while(heap_, put_field(kControl), put_field(kWaiters), put, {WaitKind::queue_get, object_},
                      deadline)) {
        return false;
      }
    }
  }
  /// Waits until there is room or it is closed. False: neither was so when the deadline passed.
  bool wait_to_put(Deadline deadline) const {
    for (;;) {
      const Word take = heap_.load(take_field(kControl));
      if (!looks_full(take)) return true;
      if (!wait_while(heap_, take_field(kControl), take_field(kWaiters), take, {WaitKind::queue_put, object_},
                      deadline)) {
        return false;
      }
    }
  }
  /// There was a moment without room in which it was not closed.
  bool was_full() const {
    for (;;) {
      const Word take = heap_.load(take_field(kControl));
      if (!looks_full(take)) return false;
      if (fifo::count_of(heap_.load(take_field(kControl))) == fifo::count_of(take)) return true;
    }
  }

  /// After a change that somebody may wait for, or on behalf of one that was woken and could not go on.
  void wake_getters(int count) const {
    wake_published(heap_, put_field(kControl), put_field(kWaiters), count);
  }
  void wake_putters(int count) const {
    wake_published(heap_, take_field(kControl), take_field(kWaiters), count);
  }

  Word size() const {
    for (int tries = 0; tries < 3; ++tries) {
      const Word put = heap_.load(put_field(kControl));
      const Word taken = fifo::count_of(heap_.load(take_field(kControl)));
      if (fifo::count_of(heap_.load(put_field(kControl))) == fifo::count_of(put))
        return fifo::count_of(put) - taken;
    }
    const Latch<A> latch(heap_, put_field(kControl));  // nobody puts meanwhile
    return fifo::count_of(latch.payload()) - fifo::count_of(heap_.load(take_field(kControl)));
  }
  /// How many values may be there; fifo::kUnlimited: any number.
  Word limit() const { return heap_.load(put_field(kLimit)); }
  bool closed() const { return fifo::is_closed(heap_.load(put_field(kControl))); }
  Word puts() const { return fifo::count_of(heap_.load(put_field(kControl))); }

  /// Calls visit(slot) for the values that are there, in order, while none is taken. Returns: it is closed.
  template <class Visit>
  bool each(Visit visit) const {
    const Latch<A> latch(heap_, take_field(kControl));
    const Word put = heap_.load(put_field(kControl));
    Address segment(heap_.load(take_field(kSegment)));
    for (Word index = fifo::count_of(latch.payload()); index != fifo::count_of(put); ++index) {
      if (fifo::begins(index, slot_bytes_)) segment = Address(heap_.load(segment));
      visit(fifo::slot_of(segment, index, slot_bytes_));
    }
    return fifo::is_closed(put);
  }

  void close() const {
    close_side(put_field(kControl));
    mend();
  }

  /// For whoever finds the queue after the death of an actor that used it: completes a close(), wakes all.
  void mend() const {
    if (fifo::is_closed(heap_.load(put_field(kControl))) &&
        !fifo::is_closed(heap_.load(take_field(kControl))))
      close_side(take_field(kControl));
    wake_getters(INT_MAX);
    wake_putters(INT_MAX);
    wake(heap_, done());
  }

  /// False: as many are done as were put.
  bool task_done() const {
    Word before = heap_.load(done());
    do {
      if (before == puts()) return false;
    } while (!heap_.access().compare_exchange(done(), before, before + 1));
    // Whoever joins and sees fewer done than put sleeps until the last one.
    if (before + 1 == puts()) wake_published(heap_, done(), done() + COHORT_FIELD(WaitWord, waiters));
    return true;
  }
  /// Waits until as many are done as were put. False: it was not so when the deadline passed.
  bool join(Deadline deadline) const {
    for (;;) {
      // done <= put: where they are equal in this order, they were so when done was looked at.
      const Word seen = heap_.load(done());
      if (seen == puts()) return true;
      if (!wait_while(heap_, done(), seen, {WaitKind::queue_join, object_}, deadline)) return false;
    }
  }

 private:
  static constexpr int kPauses = 32;  // some 25 values can be put or taken in that time
  enum Field : std::size_t {
    kControl = offsetof(FifoSide, latch),
    kWaiters = offsetof(FifoSide, waiters),
    kSegment = offsetof(FifoSide, segment),
    kSeen = offsetof(FifoSide, seen),
    kLimit = offsetof(FifoSide, limit),
  };
  Address put_field(Field field) const { return body_ + (offsetof(FifoBody, put) + field); }
  Address take_field(Field field) const { return body_ + (offsetof(FifoBody, take) + field); }
  Address done() const { return body_ + offsetof(FifoBody, done); }

  // With what was in take.control: true is certain where its count has not changed since.
  bool looks_full(Word take) const {
    const Word put = heap_.load(put_field(kControl));
    return !fifo::is_closed(put) && fifo::count_of(put) - fifo::count_of(take) >= limit();
  }

  // With the latch for putting: whether there is room.
  Moved admit(Word payload) const {
    if (fifo::is_closed(payload)) return Moved::closed;
    const Word index = fifo::count_of(payload);
    const Word limit = heap_.load(put_field(kLimit));
    if (index - heap_.load(put_field(kSeen)) < limit) return Moved::yes;
    const Word taken = fifo::count_of(heap_.load(take_field(kControl)));
    heap_.store(put_field(kSeen), taken);
    return index - taken < limit ? Moved::yes : Moved::not_now;
  }

  [[gnu::noinline]] Moved put_latched(Word payload, const void* slot) const {
    {
      Latch<A> latch(heap_, put_field(kControl), payload);
      if (const Moved admitted = admit(payload); admitted != Moved::yes) return admitted;
      const Word index = fifo::count_of(payload);
      if (fifo::begins(index, slot_bytes_)) {
        Operation<A> operation(heap_);
        put_and_commit(operation, latch, slot);
      } else {
        write_slot(Address(heap_.load(put_field(kSegment))), index, slot);
        latch.release(payload + fifo::kOne);
      }
    }
    wake_getters(1);
    return Moved::yes;
  }

  void put_and_commit(Operation<A>& operation, Latch<A>& latch, const void* slot) const {
    const Word index = fifo::count_of(latch.payload());
    Address segment(heap_.load(put_field(kSegment)));
    if (fifo::begins(index, slot_bytes_)) {
      const Address fresh = operation.allocate(fifo::segment_bytes(slot_bytes_));
      heap_.store(fresh, 0);
      operation.set(segment, fresh.bits());
      operation.set(put_field(kSegment), fresh.bits());
      segment = fresh;
    }
    write_slot(segment, index, slot);
    operation.commit(latch, latch.payload() + fifo::kOne);
  }

  void write_slot(Address segment, Word index, const void* slot) const {
    heap_.access().write(fifo::slot_of(segment, index, slot_bytes_), slot, slot_bytes_);
  }

  // With the latch for taking: whether value `index` is there.
  Moved find(Word index) const {
    if (index != heap_.load(take_field(kSeen))) return Moved::yes;
    const Word put = heap_.load(put_field(kControl));
    heap_.store(take_field(kSeen), fifo::count_of(put));
    if (index != fifo::count_of(put)) return Moved::yes;
    return fifo::is_closed(put) ? Moved::closed : Moved::not_now;
  }

  [[gnu::noinline]] Moved take_latched(Word payload, void* slot) const {
    {
      Latch<A> latch(heap_, take_field(kControl), payload);
      const Word index = fifo::count_of(payload);
      if (const Moved found = find(index); found != Moved::yes) return found;
      if (fifo::begins(index, slot_bytes_)) {
        take_and_commit(latch, index, [this, slot](Operation<A>&, Address place) {
          heap_.access().read(place, slot, slot_bytes_);
        });
      } else {
        const Address segment(heap_.load(take_field(kSegment)));
        heap_.access().read(fifo::slot_of(segment, index, slot_bytes_), slot, slot_bytes_);
        latch.release(payload + fifo::kOne);
      }
    }
    wake_putters(1);
    return Moved::yes;
  }

  template <class Visit>
  void take_and_commit(Latch<A>& latch, Word index, Visit&& visit) const {
    Operation<A> operation(heap_);
    Address segment(heap_.load(take_field(kSegment)));
    if (fifo::begins(index, slot_bytes_)) {
      const Address next(heap_.load(segment));
      operation.discard(segment);
      operation.set(take_field(kSegment), next.bits());
      segment = next;
    }
    visit(operation, fifo::slot_of(segment, index, slot_bytes_));
    operation.commit(latch, latch.payload() + fifo::kOne);
  }

  void close_side(Address control) const {
    Latch<A> latch(heap_, control);
    latch.release(latch.payload() | fifo::kClosed);
  }

  Heap<A> heap_;
  Address body_;
  Address object_;
  std::size_t slot_bytes_;
};

/// Gives a new object what an empty queue has. limit 0: any number of values may be there.
template <class A>
void lay_out_fifo(Operation<A>& operation, const Heap<A>& heap, Address object, std::size_t slot_bytes,
                  Word limit) {
  const Address block = operation.allocate(sizeof(FifoBody) + 2 * kLineBytes);
  const Address body((block.bits() + 2 * kLineBytes - 1) / (2 * kLineBytes) * (2 * kLineBytes));
  const Address segment = operation.allocate(fifo::segment_bytes(slot_bytes));
  heap.store(segment, 0);
  for (std::size_t at = 0; at < sizeof(FifoBody); at += sizeof(Word)) heap.store(body + at, 0);
  const Address put = body + offsetof(FifoBody, put);
  heap.store(put + offsetof(FifoSide, limit), limit == 0 ? fifo::kUnlimited : limit);
  heap.store(put + offsetof(FifoSide, segment), segment.bits());
  heap.store(body + (offsetof(FifoBody, take) + offsetof(FifoSide, segment)), segment.bits());
  heap.store(own_field(object, 1), block.bits());
  heap.store(own_field(object, 0), body.bits());
}

/// A new queue, inside of `operation`.
template <class A>
ObjectId make_fifo(Operation<A>& operation, const Heap<A>& heap, std::size_t slot_bytes, std::uint32_t flags,
                   Word limit, Word type, Word creator) {
  const ObjectId id =
      make_object(operation, heap,
                  make_kind(ObjectKind::queue, static_cast<std::uint32_t>(slot_bytes), flags), type, creator);
  lay_out_fifo(operation, heap, id.address, slot_bytes, limit);
  return id;
}

/// Discards all that a queue owns. Nobody else can reach it any more.
template <class A>
void destroy_fifo(Operation<A>& operation, const Heap<A>& heap, Address object, std::vector<Address>& held) {
  const Word kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
  const std::size_t slot_bytes = element_bytes_of(kind);
  const Address body(heap.load(own_field(object, 0)));
  if (!body) return;  // a load that failed half-way
  const Address put = body + offsetof(FifoBody, put);
  const Address take = body + offsetof(FifoBody, take);
  const Word end = fifo::count_of(heap.load(put));
  Address segment(heap.load(take + offsetof(FifoSide, segment)));
  for (Word index = fifo::count_of(heap.load(take)); index != end; ++index) {
    if (fifo::begins(index, slot_bytes)) {
      operation.discard(segment);
      segment = Address(heap.load(segment));
    }
    if ((flags_of(kind) & kBlobFlag) == 0) continue;
    const Address blob(heap.load(fifo::slot_of(segment, index, slot_bytes)));
    collect_handles(heap, blob, held);
    operation.discard(blob);
  }
  operation.discard(segment);  // the one that both sides have by now
  operation.discard(Address(heap.load(own_field(object, 1))));
}

}  // namespace cohort
