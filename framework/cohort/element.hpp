// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <concepts>
#include <optional>
#include <ostream>
#include <type_traits>
#include <utility>

#include "cohort/containers/print.hpp"
#include "cohort/containers/wrapping.hpp"
#include "cohort/handle.hpp"

namespace cohort {

/// What `list[i]` and `dict[key]` are: the place of one element in a shared object. It converts to the element's value,
/// and what is assigned to it goes there. It is meant to be used at once: `auto x = list[i]` keeps a
/// place, not a value, and does not convert any more; write `int x = list[i]`, or `auto x = list.get(i)`.
///
/// Every function throws std::out_of_range where the container has no such element. The compound assignments, the
/// increments and the fetch_ functions are atomic: nobody's change in between is lost.
/// Python: a manager list's `l[i] += 1` is a read and a write, and loses updates.
template <class Container, class T, class Index = std::ptrdiff_t>
class Element {
 public:
  Element(const Container& container, Index index) : container_(container), index_(std::move(index)) {}
  Element(const Element&) = default;

  T get() const {
    if constexpr (std::is_same_v<decltype(container_.get(index_)), T>) {
      return container_.get(index_);
    } else {
      return container_.value_of(index_);  // a dict's get() may find nothing
    }
  }
  operator T() && { return get(); }
  /// The shared object that the element is: `dict["red"]->append(1)`.
  auto operator->() &&
        requires std::derived_from<T, Handle>
  {
    struct Held {
      T object;
      const T* operator->() const { return &object; }
    };
    return Held{get()};
  }

  const Element& operator=(const T& value) && {
    container_.set(index_, value);
    return *this;
  }
  /// Assigns the other element's value.
  const Element& operator=(const Element& other) && {
    container_.set(index_, other.get());
    return *this;
  }

  // Each gives the new value.
  template <class U>
    requires requires(T& a, const U& b) { a += b; }
  T operator+=(const U& other) && {
    return change([&other](T& value) { value = detail::sum(value, other); },
                  [&other](T& value) { value += other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a -= b; }
  T operator-=(const U& other) && {
    return change([&other](T& value) { value = detail::difference(value, other); },
                  [&other](T& value) { value -= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a *= b; }
  T operator*=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value * other); },
                  [&other](T& value) { value *= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a /= b; }
  T operator/=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value / other); },
                  [&other](T& value) { value /= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a %= b; }
  T operator%=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value % other); },
                  [&other](T& value) { value %= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a &= b; }
  T operator&=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value & other); },
                  [&other](T& value) { value &= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a |= b; }
  T operator|=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value | other); },
                  [&other](T& value) { value |= other; });
  }
  template <class U>
    requires requires(T& a, const U& b) { a ^= b; }
  T operator^=(const U& other) && {
    return change([&other](T& value) { value = static_cast<T>(value ^ other); },
                  [&other](T& value) { value ^= other; });
  }
  T operator++() &&
        requires requires(T& a) { ++a; }
  {
    return container_.update(index_, [](T& value) { detail::increment(value); });
  }
  T operator--() &&
        requires requires(T& a) { --a; }
  {
    return container_.update(index_, [](T& value) { detail::decrement(value); });
  }
  /// The value before.
  T operator++(int) &&
        requires requires(T& a) { a++; }
  {
    return before([](T& value) { detail::increment(value); });
  }
  T operator--(int) &&
        requires requires(T& a) { a--; }
  {
    return before([](T& value) { detail::decrement(value); });
  }

  // As std::atomic has them; each gives the value before.
  T fetch_add(T other) const
    requires std::is_arithmetic_v<T>
  {
    return before([other](T& value) { value = detail::sum(value, other); });
  }
  T fetch_sub(T other) const
    requires std::is_arithmetic_v<T>
  {
    return before([other](T& value) { value = detail::difference(value, other); });
  }
  T fetch_max(T other) const
    requires std::is_arithmetic_v<T>
  {
    return before([other](T& value) { value = value < other ? other : value; });
  }
  T fetch_min(T other) const
    requires std::is_arithmetic_v<T>
  {
    return before([other](T& value) { value = other < value ? other : value; });
  }
  T exchange(const T& other) const {
    return before([&other](T& value) { value = other; });
  }
  /// True: it was `expected` and is now `desired`. False: `expected` is what it was.
  bool compare_exchange(T& expected, const T& desired) const
    requires std::equality_comparable<T>
  {
    bool same = false;
    T seen = before([&](T& value) {
      same = value == expected;
      if (same) value = desired;
    });
    if (!same) expected = std::move(seen);
    return same;
  }

  template <class U>
    requires(!std::is_same_v<U, Element> && requires(const T& a, const U& b) { a == b; })
  friend bool operator==(const Element& a, const U& b) {
    return a.get() == b;
  }
  friend bool operator==(const Element& a, const Element& b)
    requires std::equality_comparable<T>
  {
    return a.get() == b.get();
  }
  template <class U>
    requires(!std::is_same_v<U, Element> && requires(const T& a, const U& b) { a <=> b; })
  friend auto operator<=>(const Element& a, const U& b) {
    return a.get() <=> b;
  }
  friend auto operator<=>(const Element& a, const Element& b)
    requires std::three_way_comparable<T>
  {
    return a.get() <=> b.get();
  }
  template <class U>
    requires(!std::is_same_v<U, Element> && requires(const T& a, const U& b) { a + b; })
  friend auto operator+(const Element& a, const U& b) {
    return a.get() + b;
  }
  template <class U>
    requires(!std::is_same_v<U, Element> && requires(const T& a, const U& b) { b + a; })
  friend auto operator+(const U& b, const Element& a) {
    return b + a.get();
  }
  friend auto operator+(const Element& a, const Element& b)
    requires requires(const T& x) { x + x; }
  {
    return a.get() + b.get();
  }
  friend std::ostream& operator<<(std::ostream& out, const Element& element)
    requires requires { out << std::declval<const T&>(); }
  {
    return out << element.get();
  }

  /// At once where both are in one container; else one after the other.
  friend void swap(Element a, Element b) {
    if (a.container_.is_same(b.container_)) {
      a.container_.swap(a.index_, b.index_);
    } else {
      T value = a.get();
      a.container_.set(a.index_, b.get());
      b.container_.set(b.index_, value);
    }
  }

 private:
  // Small integers: the sum is an int, and the conversion back is meant.
  template <class Narrow, class Plain>
  T change(Narrow narrow, Plain plain) const {
    if constexpr (std::is_arithmetic_v<T>) {
      static_cast<void>(plain);
      return container_.update(index_, narrow);
    } else {
      static_cast<void>(narrow);
      return container_.update(index_, plain);
    }
  }
  template <class Change>
  T before(Change step) const {
    std::optional<T> seen;
    container_.update(index_, [&](T& value) {
      seen = value;
      step(value);
    });
    return std::move(*seen);
  }

  const Container& container_;
  Index index_;
};

}  // namespace cohort
