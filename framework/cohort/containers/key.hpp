// SPDX-License-Identifier: BSL-1.0
#pragma once

// Keys as canonical bytes: two keys are equal exactly where their bytes are.
//
// Integers, enumerations and classes without padding go as they are; floating point with one zero and one
// NaN; the standard library's types member by member, what has a length with its length before it; other
// classes as their serialize() writes them. A key that is one string is its characters alone.

#include <cmath>
#include <limits>
#include <sstream>

#include "cohort/codec.hpp"
#include "cohort/containers/print.hpp"
#include "cohort/handle.hpp"

namespace cohort {

namespace detail {

template <class T>
inline constexpr bool is_text = is_specialization<T, std::basic_string>;

// Equal values have equal bytes.
template <class T>
inline constexpr bool is_plain_key =
    (std::is_integral_v<T> || std::is_enum_v<T> ||
     (is_inline<T> && std::is_class_v<T> && std::has_unique_object_representations_v<T>)) &&
    !is_std_array<T>;

template <class T>
constexpr bool holds_handle() {
  if constexpr (is_specialization<T, std::pair> || is_specialization<T, std::tuple> ||
                is_specialization<T, std::variant>) {
    return
        []<template <class...> class Template, class... Members>(std::type_identity<Template<Members...>>) {
          return (holds_handle<std::remove_const_t<Members>>() || ...);
        }(std::type_identity<T>{});
  } else if constexpr (is_specialization<T, std::optional> || is_specialization<T, std::vector> ||
                       is_std_array<T>) {
    return holds_handle<typename T::value_type>();
  } else {
    return std::is_base_of_v<Handle, T>;
  }
}

template <class T>
constexpr bool is_key() {
  if constexpr (holds_pointer<T> || std::is_same_v<T, long double>) {
    return false;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::monostate> || is_text<T>) {
    return true;
  } else if constexpr (is_specialization<T, std::pair> || is_specialization<T, std::tuple> ||
                       is_specialization<T, std::variant>) {
    return
        []<template <class...> class Template, class... Members>(std::type_identity<Template<Members...>>) {
          return (is_key<std::remove_const_t<Members>>() && ...);
        }(std::type_identity<T>{});
  } else if constexpr (is_specialization<T, std::optional> || is_specialization<T, std::vector> ||
                       is_std_array<T>) {
    return is_key<typename T::value_type>();
  } else {
    return is_plain_key<T> || is_serializable<T>;
  }
}

template <class K>
constexpr void require_key() {
  static_assert(!holds_handle<K>(),
                "cohort: a shared object's handle cannot be a key or in one; use a name or a number for it");
  static_assert(
      holds_handle<K>() || is_key<K>(),
      "cohort: this type cannot be a key, since its equal values may differ in their bytes; use integers, "
      "strings, or a pair, tuple, array, optional, variant or vector of them, or give it a serialize() "
      "member");
}

inline constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();

// The length of the canonical bytes where it is the same for all values of T.
template <class T>
constexpr std::size_t key_length() {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return 0;
  } else if constexpr (is_plain_key<T> || std::is_floating_point_v<T>) {
    return sizeof(T);
  } else if constexpr (is_specialization<T, std::pair> || is_specialization<T, std::tuple>) {
    return
        []<template <class...> class Template, class... Members>(std::type_identity<Template<Members...>>) {
          const bool any = ((key_length<std::remove_const_t<Members>>() == kAnyLength) || ...);
          return any ? kAnyLength : (std::size_t{0} + ... + key_length<std::remove_const_t<Members>>());
        }(std::type_identity<T>{});
  } else if constexpr (is_std_array<T>) {
    constexpr std::size_t each = key_length<typename T::value_type>();
    return each == kAnyLength ? kAnyLength : each * std::tuple_size_v<T>;
  } else {
    return kAnyLength;
  }
}

}  // namespace detail

/// Keys that are a word or less.
template <class K>
inline constexpr bool is_word_key = detail::key_length<K>() <= sizeof(std::uint64_t);

/// Bytes being put together, without memory of their own until there are many.
class KeyBytes {
 public:
  void bytes(const void* from, std::size_t count) {
    const auto* first = static_cast<const std::byte*>(from);
    if (more_.empty() && size_ + count <= few_.size()) {
      if (count != 0) std::memcpy(few_.data() + size_, first, count);
    } else {
      if (more_.empty()) more_.assign(few_.data(), few_.data() + size_);
      more_.insert(more_.end(), first, first + count);
    }
    size_ += count;
  }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  std::span<const std::byte> view() const {
    return more_.empty() ? std::span<const std::byte>(few_).first(size_) : std::span<const std::byte>(more_);
  }

 private:
  std::array<std::byte, 64> few_;
  std::size_t size_ = 0;
  std::vector<std::byte> more_;
};

template <class T>
void encode_key(KeyBytes& key, const T& value) {
  if constexpr (std::is_same_v<T, std::monostate>) {
  } else if constexpr (std::is_floating_point_v<T>) {
    const T normal = std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value == 0 ? T{0} : value;
    key.bytes(&normal, sizeof normal);
  } else if constexpr (detail::is_plain_key<T>) {
    key.bytes(&value, sizeof value);
  } else if constexpr (detail::is_text<T>) {
    key.number(value.size());
    key.bytes(value.data(), value.size() * sizeof(typename T::value_type));
  } else if constexpr (detail::is_specialization<T, std::pair> || detail::is_specialization<T, std::tuple>) {
    std::apply([&key](const auto&... members) { (encode_key(key, members), ...); }, value);
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    encode_key(key, value.has_value());
    if (value) encode_key(key, *value);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    key.number(value.index());
    std::visit([&key](const auto& alternative) { encode_key(key, alternative); }, value);
  } else if constexpr (detail::is_std_array<T>) {
    for (const auto& element : value) encode_key(key, element);
  } else if constexpr (detail::is_specialization<T, std::vector>) {
    key.number(value.size());
    for (const typename T::value_type& element : value) encode_key(key, element);
  } else {
    Encoder encoder;
    detail::encode_archive(encoder, value);
    const Encoded all = encoder.encoded();
    if (!all.handles.empty())
      throw UsageError("a shared object's handle cannot be in a key; use a name or a number for it");
    key.bytes(all.bytes.data(), all.bytes.size());
  }
}

template <class T>
T decode_key(Decoder& decoder) {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return {};
  } else if constexpr (std::is_floating_point_v<T> || detail::is_plain_key<T>) {
    return decode<T>(decoder);
  } else if constexpr (detail::is_text<T>) {
    return decode<T>(decoder);
  } else if constexpr (detail::is_specialization<T, std::pair>) {
    auto first = decode_key<std::remove_const_t<typename T::first_type>>(decoder);
    auto second = decode_key<std::remove_const_t<typename T::second_type>>(decoder);
    return T(std::move(first), std::move(second));
  } else if constexpr (detail::is_specialization<T, std::tuple>) {
    return [&decoder]<class... M>(std::type_identity<std::tuple<M...>>) {
      return std::tuple<M...>{decode_key<std::remove_const_t<M>>(decoder)...};  // braces: in order
    }(std::type_identity<T>{});
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    if (!decode_key<bool>(decoder)) return std::nullopt;
    return decode_key<typename T::value_type>(decoder);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    return [&decoder]<class... M, std::size_t... i>(std::type_identity<std::variant<M...>>,
                                                    std::index_sequence<i...>) {
      const std::uint64_t which = decoder.number();
      std::optional<T> value;
      ((which == i ? void(value.emplace(std::in_place_index<i>, decode_key<M>(decoder))) : void()), ...);
      if (!value) throw DataError("a key's bytes are damaged");
      return std::move(*value);
    }(std::type_identity<T>{}, std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (detail::is_std_array<T>) {
    return [&decoder]<std::size_t... i>(std::index_sequence<i...>) {
      return T{(static_cast<void>(i), decode_key<typename T::value_type>(decoder))...};
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (detail::is_specialization<T, std::vector>) {
    T value;
    for (std::uint64_t left = decoder.number(); left != 0; --left)
      value.push_back(decode_key<typename T::value_type>(decoder));
    return value;
  } else {
    return detail::decode_checked<T>(decoder);
  }
}

/// The whole key as bytes; `key` is used as long as they are, and `buffer` may hold them.
template <class K>
std::span<const std::byte> key_bytes(const K& key, KeyBytes& buffer) {
  if constexpr (detail::is_text<K>) {
    return std::as_bytes(std::span(key.data(), key.size()));
  } else {
    encode_key(buffer, key);
    return buffer.view();
  }
}
template <class K>
K key_of(std::span<const std::byte> bytes) {
  if constexpr (detail::is_text<K>) {
    K text(bytes.size() / sizeof(typename K::value_type), typename K::value_type());
    if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
    return text;
  } else {
    Decoder decoder(bytes);
    return decode_key<K>(decoder);
  }
}
/// The key as bytes that can be kept, compared and hashed.
template <class K>
std::string key_string(const K& key) {
  KeyBytes buffer;
  const auto bytes = key_bytes(key, buffer);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The key as an error's text shows it, or "the key" where it cannot be printed.
template <class K>
std::string key_name(const K& key) {
  if constexpr (detail::is_printable<K>()) {
    constexpr std::size_t kLongest = 100;
    std::ostringstream out;
    out << "key ";
    detail::print_value(out, key);
    std::string text = std::move(out).str();
    if (text.size() > kLongest) text.replace(kLongest, std::string::npos, "...");
    return text;
  } else {
    return "the key";
  }
}

}  // namespace cohort
