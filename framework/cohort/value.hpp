// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <ostream>
#include <type_traits>

#include "cohort/containers/cell.hpp"
#include "cohort/containers/list_core.hpp"
#include "cohort/containers/print.hpp"
#include "cohort/containers/wrapping.hpp"
#include "cohort/handle.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// One value that all ranks share. Python: `Value`, with the lock built in: every operation is atomic.
/// A handle, as List is. T: what a List may hold. (Numbers have more, see below.)
///
/// Empty handle: UsageError. No room on rank 0: OutOfSharedMemory, and nothing was changed.
template <class T>
class Value : public Handle {
 public:
  using value_type = T;
  static constexpr Word kKind =
      make_kind(ObjectKind::box, static_cast<std::uint32_t>(slot_bytes<T>), is_inline<T> ? 0 : kBlobFlag);

  Value() = default;
  explicit Value(Reference reference) : Handle(std::move(reference)) {}

  T get() const {
    return with([](const auto& core) { return core.get(0); });
  }
  void set(const T& value) const {
    with([&](const auto& core) { core.set(0, value); });
  }
  /// The value before.
  T exchange(const T& value) const {
    std::optional<T> before;
    update([&](T& current) {
      before = std::move(current);
      current = value;
    });
    return std::move(*before);
  }
  /// Changes it, atomically: `change(T&)` runs once, on a copy, while the value is closed to others; using
  /// the value in it throws UsageError. Where it throws, nothing was changed. Returns the new value.
  template <class Change>
  T update(Change&& change) const {
    return with([&](const auto& core) { return core.update(0, change); });
  }

  friend std::ostream& operator<<(std::ostream& out, const Value& value) {
    detail::print_value(out, value.get());
    return out;
  }

 private:
  template <class Work>
  decltype(auto) with(Work&& work) const {
    const Address at = object("Value");
    return with_heap(
        [&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(ListCore<T, A>(heap, at)); });
  }
};

/// What lies in one word that every rank can change without a latch.
template <class T>
concept Number = std::is_arithmetic_v<T> && sizeof(T) <= sizeof(Word);

template <class T>
concept Bits = std::integral<T> && !std::same_as<T, bool>;

/// One number of at most 8 bytes (a long double is as any other type) that all ranks share, with the operations of
/// std::atomic; but what converts to T or is assigned from one
/// there is get() and set() here, as in Python, since handles are assigned.
template <Number T>
class Value<T> : public Handle {
 public:
  using value_type = T;
  static constexpr Word kKind = make_kind(ObjectKind::value, sizeof(T), 0);

  Value() = default;
  explicit Value(Reference reference) : Handle(std::move(reference)) {}

  T get() const {
    return unpack(with([](const auto& cell) { return cell.load(); }));
  }
  void set(T value) const { exchange(value); }
  T load() const { return get(); }
  void store(T value) const { set(value); }
  T exchange(T value) const {
    return unpack(with([&](const auto& cell) { return cell.exchange(pack(value)); }));
  }
  /// True: it was `expected` and is now `desired`. False: `expected` is what it was.
  bool compare_exchange(T& expected, T desired) const {
    // By bits, as std::atomic compares: a NaN equals itself, 0.0 and -0.0 differ.
    const Word wanted = pack(expected);
    const T seen = before([&](T value) { return pack(value) == wanted ? desired : value; });
    const bool same = pack(seen) == wanted;
    expected = seen;
    return same;
  }

  // Each gives the value before.
  T fetch_add(T other) const {
    return before([other](T value) { return detail::sum(value, other); });
  }
  T fetch_sub(T other) const {
    return before([other](T value) { return detail::difference(value, other); });
  }
  T fetch_max(T other) const {
    return before([other](T value) { return value < other ? other : value; });
  }
  T fetch_min(T other) const {
    return before([other](T value) { return other < value ? other : value; });
  }
  T fetch_and(T other) const
    requires Bits<T>
  {
    return before([other](T value) { return static_cast<T>(value & other); });
  }
  T fetch_or(T other) const
    requires Bits<T>
  {
    return before([other](T value) { return static_cast<T>(value | other); });
  }
  T fetch_xor(T other) const
    requires Bits<T>
  {
    return before([other](T value) { return static_cast<T>(value ^ other); });
  }
  // Each gives the new value.
  T operator&=(T other) const
    requires Bits<T>
  {
    return static_cast<T>(fetch_and(other) & other);
  }
  T operator|=(T other) const
    requires Bits<T>
  {
    return static_cast<T>(fetch_or(other) | other);
  }
  T operator^=(T other) const
    requires Bits<T>
  {
    return static_cast<T>(fetch_xor(other) ^ other);
  }
  T operator+=(T other) const { return detail::sum(fetch_add(other), other); }
  T operator-=(T other) const { return detail::difference(fetch_sub(other), other); }
  T operator++() const { return *this += T{1}; }
  T operator--() const { return *this -= T{1}; }
  T operator++(int) const { return fetch_add(T{1}); }
  T operator--(int) const { return fetch_sub(T{1}); }

  /// Blocks while the value is `old`; meanwhile the rank may run another Process. Every change wakes:
  /// there is no notify to forget.
  void wait(T old, CallSite where = CallSite::current()) const { wait_until(old, std::nullopt, where); }
  /// False: it still was `old` when the time was over.
  template <class Rep, class Period>
  bool wait(T old, std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return wait_until(old, deadline_in(timeout), where);
  }

  friend std::ostream& operator<<(std::ostream& out, const Value& value) { return out << value.get(); }

 private:
  static Word pack(T value) {
    Word word = 0;
    std::memcpy(&word, &value, sizeof value);
    return word;
  }
  static T unpack(Word word) {
    T value;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
  template <class Change>
  T before(Change change) const {
    return unpack(with([&](const auto& cell) {
      return cell.update([&](Word word) { return pack(change(unpack(word))); });
    }));
  }
  bool wait_until(T old, Deadline deadline, CallSite where) const {
    const WaitSite site(where);
    return with([&](const auto& cell) {
      return cell.wait([old](Word word) { return word == pack(old); }, deadline);
    });
  }

  template <class Work>
  decltype(auto) with(Work&& work) const {
    const Address at = object("Value");
    return with_heap([&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(Cell<A>(heap, at)); });
  }
};

namespace detail {

template <Number T>
Value<T> make_value(const T& initial, Word creator) {
  const Word type = Modules::token(typeid(Value<T>).name());
  Value<T> value(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, Value<T>::kKind, type, creator);
    operation.keep();
    return id;
  })));
  value.set(initial);
  return value;
}

/// A list of one element.
template <class T>
Value<T> make_value(const T& initial, Word creator) {
  require_travels<T>();
  const Word type = Modules::token(typeid(Value<T>).name());
  return Value<T>(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    const ObjectId id = [&] {
      Operation<A> operation(heap);
      const ObjectId made = make_object(operation, heap, Value<T>::kKind, type, creator);
      operation.keep();
      return made;
    }();
    try {
      ListCore<T, A>(heap, id.address).append(initial);
    } catch (...) {
      lower_object(heap, id.address);
      throw;
    }
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
