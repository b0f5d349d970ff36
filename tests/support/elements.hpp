// SPDX-License-Identifier: BSL-1.0
#pragma once

// Elements of several types that show whether they are whole.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace cohort::test {

/// What a container of T has for the number `x`, and back; kTorn where the bytes belong to no number.
inline constexpr std::int64_t kTorn = -999'999;
struct Pair {
  std::int64_t x;
  std::int64_t y;
  friend bool operator==(const Pair&, const Pair&) = default;
};
template <class T>
T to_element(std::int64_t x) {
  if constexpr (std::is_same_v<T, Pair>) {
    return {x, ~x};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(static_cast<std::size_t>(1 + x % 30), static_cast<char>('a' + x % 26)) +
           std::to_string(x);
  } else {
    return static_cast<T>(x);
  }
}
template <class T>
std::int64_t to_number(const T& element) {
  if constexpr (std::is_same_v<T, Pair>) {
    return element.y == ~element.x ? element.x : kTorn;
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto digits = element.find_first_of("0123456789");
    if (digits == std::string::npos) return kTorn;
    const std::int64_t x = std::strtoll(element.c_str() + digits, nullptr, 10);
    return element == to_element<std::string>(x) ? x : kTorn;
  } else {
    return static_cast<std::int64_t>(element);
  }
}

}  // namespace cohort::test
