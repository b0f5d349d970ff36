// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <ostream>
#include <ranges>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// Writes a value as Python's repr() would: 'text', True, (1, 2), [1, 2], None.
template <class T>
void print_value(std::ostream& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out << (value ? "True" : "False");
  } else if constexpr (std::is_same_v<T, char>) {
    print_value(out, std::string_view(&value, 1));
  } else if constexpr (std::is_integral_v<T>) {
    out << +value;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text = value;
    const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
    out << quote;
    for (const char c : text) {
      if (c == '\n') {
        out << "\\n";
      } else if (c == '\t') {
        out << "\\t";
      } else if (c == '\r') {
        out << "\\r";
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        constexpr char kDigits[] = "0123456789abcdef";
        out << "\\x" << kDigits[c >> 4] << kDigits[c & 15];
      } else if (c == quote || c == '\\') {
        out << '\\' << c;
      } else {
        out << c;
      }
    }
    out << quote;
  } else if constexpr (requires { std::tuple_size<T>::value; } && !std::ranges::range<T>) {
    out << '(';
    std::apply(
        [&out](const auto&... members) {
          std::size_t i = 0;
          ((out << (i++ == 0 ? "" : ", "), print_value(out, members)), ...);
          if (i == 1) out << ',';
        },
        value);
    out << ')';
  } else if constexpr (requires {
                         *value;
                         value.has_value();
                       }) {
    if (value) {
      print_value(out, *value);
    } else {
      out << "None";
    }
  } else if constexpr (std::ranges::range<const T>) {
    out << '[';
    bool first = true;
    for (const auto& element : value) {
      if (!std::exchange(first, false)) out << ", ";
      print_value(out, static_cast<const std::ranges::range_value_t<const T>&>(element));
    }
    out << ']';
  } else {
    static_assert(
        requires { out << value; }, "cohort: to print this list, give its element type an operator<<");
    out << value;
  }
}

}  // namespace cohort::detail
