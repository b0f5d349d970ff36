// SPDX-License-Identifier: BSL-1.0
#pragma once

// Sums and differences as std::atomic has them: signed numbers wrap around, which the plain operators may not.

#include <concepts>
#include <type_traits>

#include "cohort/heap/layout.hpp"

namespace cohort::detail {

template <class T>
concept WrapsAround = std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= sizeof(Word);

template <class T, class U>
constexpr T sum(const T& a, const U& b) {
  if constexpr (WrapsAround<T> && std::integral<U> && sizeof(U) <= sizeof(Word)) {
    return static_cast<T>(static_cast<Word>(a) + static_cast<Word>(b));
  } else {
    return static_cast<T>(a + b);
  }
}

template <class T, class U>
constexpr T difference(const T& a, const U& b) {
  if constexpr (WrapsAround<T> && std::integral<U> && sizeof(U) <= sizeof(Word)) {
    return static_cast<T>(static_cast<Word>(a) - static_cast<Word>(b));
  } else {
    return static_cast<T>(a - b);
  }
}

template <class T>
constexpr void increment(T& value) {
  if constexpr (WrapsAround<T>) {
    value = sum(value, T{1});
  } else {
    ++value;
  }
}

template <class T>
constexpr void decrement(T& value) {
  if constexpr (WrapsAround<T>) {
    value = difference(value, T{1});
  } else {
    --value;
  }
}

}  // namespace cohort::detail
