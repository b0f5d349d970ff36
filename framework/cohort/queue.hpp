// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cohort/containers/queue_core.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// A queue that all ranks share: first in, first out. Python: `Manager().JoinableQueue()`, with the methods of
/// queue.Queue; `Full` and `Empty` are return values here.
///
/// A Queue is a handle, as List is: copies refer to the same queue, and passing one to a Process passes the
/// queue itself. Usable from any thread of any rank. Every single operation is linearizable, and each value is
/// got once. About two uncontended atomics for a put and for a get, plus the bytes; putting and getting hold
/// each other up only where the queue is nearly empty or nearly full.
///
/// What waits here lets its rank run another Process meanwhile. After close(), no put or get waits any more: see
/// there. Empty handle: UsageError. No room on rank 0: OutOfSharedMemory, and nothing was changed.
///
/// T: as in List. Where making a value of its bytes throws, get() throws it and the value is gone.
template <class T>
class Queue : public Handle {
 public:
  static constexpr Word kKind =
      make_kind(ObjectKind::queue, static_cast<std::uint32_t>(slot_bytes<T>), is_inline<T> ? 0 : kBlobFlag);
  using value_type = T;

  Queue() = default;
  explicit Queue(Reference reference) : Handle(std::move(reference)) {}

  /// Adds a value. Blocks while the queue is full. Throws Closed.
  void put(const T& value, CallSite where = CallSite::current()) const {
    put(value, Patience::forever(where), "put()");
  }
  /// The same; false: it was full until the time was over. Python: put(value, True, timeout) raises Full.
  template <class Rep, class Period>
  bool put(const T& value, std::chrono::duration<Rep, Period> timeout,
           CallSite where = CallSite::current()) const {
    return put(value, Patience::until(deadline_in(timeout), where), "put()");
  }
  /// The same without waiting. Python: put_nowait.
  bool try_put(const T& value) const { return put(value, Patience::none(), "try_put()"); }

  /// Takes the value that has been there longest. Blocks while the queue is empty. Throws Closed where it is
  /// empty and closed.
  T get(CallSite where = CallSite::current()) const {
    return std::move(*take(Patience::forever(where), "get()"));
  }
  /// The same; nothing: it was empty until the time was over. Python: get(True, timeout) raises Empty.
  template <class Rep, class Period>
  std::optional<T> get(std::chrono::duration<Rep, Period> timeout,
                       CallSite where = CallSite::current()) const {
    return take(Patience::until(deadline_in(timeout), where), "get()");
  }
  /// The same without waiting. Python: get_nowait.
  std::optional<T> try_get() const { return take(Patience::none(), "try_get()"); }

  /// How many values were there at one moment. Python: qsize().
  std::size_t size() const {
    return with([](const auto& core) { return core.fifo().size(); });
  }
  bool empty() const { return size() == 0; }
  /// As many values are there as may be; never so without a maxsize.
  bool full() const {
    return with([](const auto& core) {
      const Word limit = core.fifo().limit();
      return limit != fifo::kUnlimited && core.fifo().size() >= limit;
    });
  }

  /// From now on every put throws Closed, and every get where nothing is left. Whoever waits in one is woken.
  /// A second time changes nothing. Python: nothing like it; a sentinel for each consumer.
  void close() const {
    with([](const auto& core) { core.fifo().close(); });
  }

  /// Says that a value that was got has been dealt with. Throws std::invalid_argument where that was said
  /// for all that were put.
  void task_done() const {
    with([](const auto& core) {
      if (!core.fifo().task_done()) detail::throw_all_done(core.fifo().puts());
    });
  }
  /// Blocks until task_done() has come for every value that was put. close() does not end it.
  void join(CallSite where = CallSite::current()) const { join(Deadline(), where); }
  /// False: it has not when the time was over.
  template <class Rep, class Period>
  bool join(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return join(deadline_in(timeout), where);
  }

 private:
  [[gnu::always_inline]] bool put(const T& value, Patience patience, const char* call) const {
    const Moved moved =
        with([&](const auto& core) __attribute__((always_inline)) { return core.put(value, patience); });
    if (moved == Moved::closed) [[unlikely]]
      detail::throw_closed(typeid(Queue), detail::Closedness::closed, call);
    return moved == Moved::yes;
  }
  [[gnu::always_inline]] std::optional<T> take(Patience patience, const char* call) const {
    std::optional<T> value;
    const Moved moved =
        with([&](const auto& core) __attribute__((always_inline)) { return core.take(value, patience); });
    if (moved == Moved::closed) [[unlikely]]
      detail::throw_closed(typeid(Queue), detail::Closedness::closed_and_empty, call);
    return value;
  }
  bool join(Deadline deadline, CallSite where) const {
    const WaitSite site(where);
    return with([&](const auto& core) { return core.fifo().join(deadline); });
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("Queue");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(QueueCore<T, A>(heap, at));
        });
  }
};

namespace detail {

/// A new empty queue; maxsize 0 or less: of any size.
template <class T>
Queue<T> make_queue(std::ptrdiff_t maxsize, Word creator) {
  require_travels<T>();
  static_assert(!std::is_reference_v<T> && !std::is_const_v<T>,
                "cohort: a queue holds plain values; drop const and &");
  const Word type = Modules::token(typeid(Queue<T>).name());
  return Queue<T>(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_fifo(operation, heap, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag,
                                  maxsize > 0 ? static_cast<Word>(maxsize) : 0, type, creator);
    operation.keep();
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
