// SPDX-License-Identifier: BSL-1.0
#pragma once

// The queue's operations on values of T, over one access. User code runs outside of every latch and Operation:
// a value is encoded before it is put, and decoded after it was taken.

#include <typeinfo>

#include "cohort/containers/fifo.hpp"
#include "cohort/containers/slots.hpp"

namespace cohort {

/// How long an operation may wait, and on behalf of which call.
struct Patience {
  static Patience none() { return {false, {}, {}}; }
  static Patience forever(CallSite where) { return {true, {}, where}; }
  static Patience until(Deadline deadline, CallSite where) { return {true, deadline, where}; }
  bool waits;
  Deadline deadline;
  CallSite where;
};

namespace detail {
enum class Closedness { closed, closed_and_empty };
/// Throws Closed: an object of this type is so, before `call` or since it began to wait.
[[noreturn]] void throw_closed(const std::type_info& type, Closedness state, const char* call);
/// Throws std::invalid_argument: task_done() came once too often.
[[noreturn]] void throw_all_done(Word puts);
}  // namespace detail

template <class T, class A>
class QueueCore {
 public:
  QueueCore(const Heap<A>& heap, Address object) : heap_(heap), fifo_(heap, object, slot_bytes<T>) {}

  [[gnu::always_inline]] Moved put(const T& value, Patience patience) const {
    if constexpr (is_inline<T>) {
      const Moved moved = fifo_.template put<sizeof(T)>(&value);
      if (moved != Moved::not_now || !patience.waits) [[likely]]
        return moved;
    }
    return QueueCore(*this).put_carefully(value, patience);
  }

  /// `value` is set where the result is Moved::yes.
  [[gnu::always_inline]] Moved take(std::optional<T>& value, Patience patience) const {
    if constexpr (is_inline<T>) {
      Raw<T> raw;
      const Moved moved = fifo_.template take<sizeof(T)>(raw.data());
      if (moved == Moved::yes) [[likely]] {
        value.emplace(std::bit_cast<T>(raw));
        return moved;
      }
      if (moved == Moved::closed || !patience.waits) return moved;
    }
    return QueueCore(*this).take_carefully(value, patience);
  }

  /// Waits until a value is there or it is closed, and takes nothing. False: neither was so when the deadline
  /// passed.
  bool wait_for_value(Deadline deadline) const {
    const bool ready = fifo_.wait_to_take(deadline);
    if (ready) fifo_.wake_getters(1);  // the wake-up that came here was for one that takes
    return ready;
  }

  const Fifo<A>& fifo() const { return fifo_; }

 private:
  [[gnu::noinline]] Moved put_carefully(const T& value, Patience patience) const {
    Prepared<T> prepared(std::span<const T>(&value, 1));
    bool woken = is_inline<T> && wait_to_put(patience);  // those have been tried once
    if (is_inline<T> && !woken) return Moved::not_now;
    for (;;) {
      Moved moved = Moved::not_now;
      try {
        moved = try_put(prepared);
      } catch (...) {
        if (woken) fifo_.wake_putters(1);  // the place is for another one
        throw;
      }
      if (moved != Moved::not_now || !patience.waits) return moved;
      woken = wait_to_put(patience);
      if (!woken) return Moved::not_now;
    }
  }
  bool wait_to_put(Patience patience) const {
    fifo_.stand_back();
    const WaitSite site(patience.where);
    return fifo_.wait_to_put(patience.deadline);
  }
  Moved try_put(Prepared<T>& prepared) const {
    if constexpr (is_inline<T>) {
      return fifo_.template put<sizeof(T)>(prepared.slots());
    } else {
      if (fifo_.was_full()) return Moved::not_now;  // before any memory is asked for
      Operation<A> operation(heap_);
      prepared.make(operation, heap_);
      return fifo_.put(operation, prepared.slots());
    }
  }

  [[gnu::noinline]] Moved take_carefully(std::optional<T>& value, Patience patience) const {
    bool woken = is_inline<T> && wait_to_take(patience);  // those have been tried once
    if (is_inline<T> && !woken) return Moved::not_now;
    for (;;) {
      Moved moved = Moved::not_now;
      try {
        moved = try_take(value);
      } catch (...) {
        if (woken) fifo_.wake_getters(1);  // the value, if it still is there, is for another one
        throw;
      }
      if (moved != Moved::not_now || !patience.waits) return moved;
      woken = wait_to_take(patience);
      if (!woken) return Moved::not_now;
    }
  }
  bool wait_to_take(Patience patience) const {
    fifo_.stand_back();
    const WaitSite site(patience.where);
    return fifo_.wait_to_take(patience.deadline);
  }
  Moved try_take(std::optional<T>& value) const {
    if constexpr (is_inline<T>) {
      Raw<T> raw;
      const Moved moved = fifo_.template take<sizeof(T)>(raw.data());
      if (moved == Moved::yes) value.emplace(std::bit_cast<T>(raw));
      return moved;
    } else {
      Taken taken(heap_);
      const Moved moved = fifo_.take_by(taken);
      if (moved == Moved::yes) value.emplace(taken.value());
      return moved;
    }
  }

  // A blob that leaves the queue: its bytes, and the objects that it held. They are lowered when the value,
  // if it can be made, has handles of its own.
  class Taken {
   public:
    explicit Taken(const Heap<A>& heap) : heap_(heap) {}
    ~Taken() {
      if (!gone_) return;
      for (const Address object : held_) lower_object(heap_, object);
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    void operator()(Operation<A>& operation, Address slot) {
      const Address blob(heap_.load(slot));
      const Word head = heap_.load(blob);
      bytes_.resize(blob_bytes(head));
      heap_.access().read(blob_data(blob, head), bytes_.data(), bytes_.size());
      collect_handles(heap_, blob, held_);
      operation.discard(blob);
    }
    T value() {
      gone_ = true;
      if constexpr (std::is_same_v<T, std::string>) {
        return std::move(bytes_);
      } else {
        return value_of<T>(bytes_);
      }
    }

   private:
    const Heap<A>& heap_;
    std::conditional_t<std::is_same_v<T, std::string>, std::string, std::vector<std::byte>> bytes_;
    std::vector<Address> held_;
    bool gone_ = false;
  };

  Heap<A> heap_;
  Fifo<A> fifo_;
};

}  // namespace cohort
