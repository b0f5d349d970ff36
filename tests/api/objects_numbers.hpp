// SPDX-License-Identifier: BSL-1.0
// The numbers of a history's calls as an object's elements: themselves, or texts of several lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace cohort::test {

template <class T>
struct Numbers {
  static T to(std::int64_t x) {
    if constexpr (std::is_same_v<T, std::string>) {
      return std::to_string(x) + std::string(static_cast<std::size_t>(x & 31), '.');
    } else {
      return x;
    }
  }
  static std::int64_t from(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      return std::stoll(value);
    } else {
      return value;
    }
  }
};

}  // namespace cohort::test
