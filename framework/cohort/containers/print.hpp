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

/// A range of keys with values, or of keys alone: a dict or a set, ours or the standard library's.
template <class T>
concept DictLike = std::ranges::range<const T> && requires { typename T::mapped_type; };
template <class T>
concept SetLike = std::ranges::range<const T> && !DictLike<T> && requires { typename T::key_type; };

/// The shortest decimal that reads back as this value, as Python's repr() writes it: 1.0, 0.1, 1e+20, nan.
void print_float(std::ostream& out, double value);
void print_float(std::ostream& out, float value);

/// print_value compiles for it.
template <class T>
constexpr bool is_printable() {
  if constexpr (std::is_arithmetic_v<T> || std::is_convertible_v<const T&, std::string_view>) {
    return true;
  } else if constexpr (requires { std::tuple_size<T>::value; } && !std::ranges::range<T>) {
    return
        []<class... Members, template <class...> class Template>(std::type_identity<Template<Members...>>) {
          return (is_printable<std::remove_const_t<Members>>() && ...);
        }(std::type_identity<T>{});
  } else if constexpr (requires(const T& value) {
                         *value;
                         value.has_value();
                       }) {
    return is_printable<typename T::value_type>();
  } else if constexpr (std::ranges::range<const T>) {
    return is_printable<std::ranges::range_value_t<const T>>();
  } else {
    return requires(std::ostream& out, const T& value) { out << value; };
  }
}

/// Writes a value as Python's repr() would: 'text', True, (1, 2), [1, 2], {1: 2}, {1, 2}, None.
template <class T>
void print_value(std::ostream& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out << (value ? "True" : "False");
  } else if constexpr (std::is_same_v<T, char>) {
    print_value(out, std::string_view(&value, 1));
  } else if constexpr (std::is_integral_v<T>) {
    out << +value;
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    print_float(out, value);
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
  } else if constexpr (DictLike<T>) {
    out << '{';
    bool first = true;
    for (const auto& [key, mapped] : value) {
      if (!std::exchange(first, false)) out << ", ";
      print_value(out, key);
      out << ": ";
      print_value(out, mapped);
    }
    out << '}';
  } else if constexpr (std::ranges::range<const T>) {
    bool first = true;
    for (const auto& element : value) {
      out << (!std::exchange(first, false) ? ", " : SetLike<T> ? "{" : "[");
      print_value(out, static_cast<const std::ranges::range_value_t<const T>&>(element));
    }
    if (first) {
      out << (SetLike<T> ? "set()" : "[]");
    } else {
      out << (SetLike<T> ? '}' : ']');
    }
  } else {
    static_assert(
        requires { out << value; }, "cohort: to print this object, give its element type an operator<<");
    out << value;
  }
}

}  // namespace cohort::detail
