// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include "cohort/containers/pipe.hpp"
#include "cohort/containers/queue_core.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// One end of a pipe: what it sends the other end receives, in order, and the other way round. Python:
/// multiprocessing.connection.Connection, as Pipe() gives two of.
///
/// A handle, as Queue is; its ends may be on any ranks. Several threads or Processes may use one end at once.
/// There is no limit to what is on its way, so send() does not wait.
///
/// A pipe is closed by close() at either end, and when the last handle to an end goes. Empty handle:
/// UsageError. No room on rank 0: OutOfSharedMemory, and nothing was sent.
template <class T>
class Connection : public Handle {
 public:
  static constexpr Word kKind = make_kind(ObjectKind::connection, static_cast<std::uint32_t>(slot_bytes<T>),
                                          is_inline<T> ? 0 : kBlobFlag);
  using value_type = T;

  Connection() = default;
  explicit Connection(Reference reference) : Handle(std::move(reference)) {}

  /// Sends a value to the other end. Throws Closed. Python: send; BrokenPipeError and OSError are Closed.
  [[gnu::always_inline]] void send(const T& value) const {
    const Moved moved = with(
        kOutgoing, [&](const auto& core)
                       __attribute__((always_inline)) { return core.put(value, Patience::forever({})); });
    if (moved == Moved::closed) [[unlikely]]
      refuse(detail::Closedness::closed, "send()");
  }

  /// The next value from the other end. Blocks until there is one. Throws Closed where the pipe is closed and
  /// nothing is left. Python: recv; EOFError is Closed.
  [[gnu::always_inline]] T recv(CallSite where = CallSite::current()) const {
    std::optional<T> value;
    const Moved moved = with(
        kIncoming, [&](const auto& core)
                       __attribute__((always_inline)) { return core.take(value, Patience::forever(where)); });
    if (moved == Moved::closed) [[unlikely]]
      refuse(detail::Closedness::closed_and_empty, "recv()");
    return std::move(*value);
  }

  /// recv() would not wait: there is a value, or the pipe is closed.
  bool poll() const { return poll_until(deadline_in(std::chrono::seconds(0)), {}); }
  /// The same, and blocks until it is so. False: it was not when the time was over.
  template <class Rep, class Period>
  bool poll(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return poll_until(deadline_in(timeout), where);
  }

  /// Closes the pipe, both ways and for both ends: what was sent can still be received, then Closed is thrown.
  /// A second time changes nothing. Python: the other end's values sent after that are lost, or raise.
  void close() const {
    with_heap([at = object("Connection")](const auto& heap) { close_end(heap, at); });
  }

 private:
  // One direction is closed after the other: who has seen one of them closed sees to it that both are.
  [[noreturn, gnu::noinline]] void refuse(detail::Closedness state, const char* call) const {
    close();
    detail::throw_closed(typeid(Connection), state, call);
  }
  bool poll_until(Deadline deadline, CallSite where) const {
    const WaitSite site(where);
    const bool ready = with(kIncoming, [&](const auto& core) { return core.wait_for_value(deadline); });
    if (ready) with_heap([at = object("Connection")](const auto& heap) { finish_closing(heap, at); });
    return ready;
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(std::size_t which, Work&& work) const {
    const Address at = object("Connection");
    return with_heap(
        [ work, at, which ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(QueueCore<T, A>(heap, Address(heap.load(own_field(at, which)))));
        });
  }
};

namespace detail {

/// A new pipe's two ends.
template <class T>
std::pair<Connection<T>, Connection<T>> make_pipe(Word creator) {
  require_travels<T>();
  static_assert(!std::is_reference_v<T> && !std::is_const_v<T>,
                "cohort: a pipe carries plain values; drop const and &");
  const Word type = Modules::token(typeid(Connection<T>).name());
  const auto ends = with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const auto made = make_ends(operation, heap, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag, type, creator);
    operation.keep();
    return made;
  });
  Reference first;
  try {
    first = Reference::of_new(ends[0]);
  } catch (...) {
    with_heap([&](const auto& heap) { lower_object(heap, ends[1].address); });
    throw;
  }
  return {Connection<T>(std::move(first)), Connection<T>(Reference::of_new(ends[1]))};
}

}  // namespace detail
}  // namespace cohort
