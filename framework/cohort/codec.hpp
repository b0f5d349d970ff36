// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values as bytes, and back: arguments of a Process, elements that are not trivially copyable.
//
// Trivially copyable types go as they are, the standard library's containers member by member, handles
// as the identity of their object, and every other class through its serialize() and Boost's binary
// archive. Both ends run the same program, so the bytes carry no types. Which types travel, and is_serializable, which
// a program may specialize: typed/travels.hpp.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "cohort/error.hpp"
#include "cohort/heap/decoder.hpp"
#include "cohort/heap/encoder.hpp"
#include "cohort/typed/archive.hpp"
#include "cohort/typed/travels.hpp"

namespace cohort {

template <class T>
void encode(Encoder& encoder, const T& value) {
  if constexpr (is_inline<T>) {
    encoder.bytes(&value, sizeof value);
  } else if constexpr (detail::SelfEncoding<T>) {
    value.encode_to(encoder);
  } else if constexpr (std::is_base_of_v<Handle, T>) {
    encoder.handle(value.reference());
  } else if constexpr (detail::is_specialization<T, std::basic_string>) {
    encoder.number(value.size());
    encoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
  } else if constexpr (detail::is_specialization<T, std::pair> || detail::is_specialization<T, std::tuple>) {
    std::apply([&encoder](const auto&... members) { (encode(encoder, members), ...); }, value);
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    encode(encoder, value.has_value());
    if (value) encode(encoder, *value);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    encoder.number(value.index());
    std::visit([&encoder](const auto& alternative) { encode(encoder, alternative); }, value);
  } else if constexpr (detail::is_std_array<T>) {
    for (const auto& element : value) encode(encoder, element);
  } else if constexpr (is_serializable<T>) {
    detail::encode_archive(encoder, value);
  } else {
    encoder.number(value.size());
    if constexpr (requires { value.data(); } && is_inline<typename T::value_type>) {
      encoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
    } else {
      for (const typename T::value_type& element : value) encode(encoder, element);
    }
  }
}

template <class T>
T decode(Decoder& decoder);

namespace detail {

template <std::size_t... index, class... Alternatives>
std::variant<Alternatives...> decode_variant(Decoder& decoder, std::index_sequence<index...>,
                                             std::type_identity<std::variant<Alternatives...>>) {
  const std::uint64_t which = decoder.number();
  std::optional<std::variant<Alternatives...>> value;
  ((which == index ? void(value.emplace(std::in_place_index<index>, decode<Alternatives>(decoder))) : void()),
   ...);
  if (!value) throw DataError("a value's bytes are damaged");
  return std::move(*value);
}

template <class T>
T decode_container(Decoder& decoder) {
  using Element = typename T::value_type;
  T value;
  if constexpr (requires { value.data(); } && is_inline<Element> &&
                std::is_default_constructible_v<Element>) {
    value.resize(decoder.count(sizeof(Element)));
    decoder.bytes(value.data(), value.size() * sizeof(Element));
  } else {
    for (std::size_t left = decoder.count(1); left != 0; --left) {
      if constexpr (is_specialization<Element, std::pair>) {
        using Pair =
            std::pair<std::remove_const_t<typename Element::first_type>, typename Element::second_type>;
        value.insert(value.end(), decode<Pair>(decoder));
      } else {
        value.insert(value.end(), decode<Element>(decoder));
      }
    }
  }
  return value;
}

}  // namespace detail

template <class T>
T decode(Decoder& decoder) {
  if constexpr (is_inline<T>) {
    std::array<std::byte, sizeof(T)> raw;
    decoder.bytes(raw.data(), raw.size());
    if constexpr (std::is_same_v<T, bool>) {
      if (raw[0] > std::byte{1}) throw DataError("a value's bytes are damaged");
    }
    return std::bit_cast<T>(raw);
  } else if constexpr (detail::SelfEncoding<T>) {
    return T::decode_from(decoder);
  } else if constexpr (std::is_base_of_v<Handle, T>) {
    if constexpr (requires { T::kKind; }) {
      return T(decoder.handle(T::kKind));
    } else {
      return T(decoder.handle());
    }
  } else if constexpr (detail::is_specialization<T, std::basic_string>) {
    T value(decoder.count(sizeof(typename T::value_type)), typename T::value_type());
    decoder.bytes(value.data(), value.size() * sizeof(typename T::value_type));
    return value;
  } else if constexpr (detail::is_specialization<T, std::pair>) {
    auto first = decode<std::remove_const_t<typename T::first_type>>(decoder);
    auto second = decode<std::remove_const_t<typename T::second_type>>(decoder);
    return T(std::move(first), std::move(second));
  } else if constexpr (detail::is_specialization<T, std::tuple>) {
    return [&decoder]<class... M>(std::type_identity<std::tuple<M...>>) {
      return std::tuple<M...>{decode<std::remove_const_t<M>>(decoder)...};  // braces: in order
    }(std::type_identity<T>{});
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    if (!decode<bool>(decoder)) return std::nullopt;
    return decode<typename T::value_type>(decoder);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    return detail::decode_variant(decoder, std::make_index_sequence<std::variant_size_v<T>>{},
                                  std::type_identity<T>{});
  } else if constexpr (detail::is_std_array<T>) {
    return [&decoder]<std::size_t... i>(std::index_sequence<i...>) {
      return T{(static_cast<void>(i), decode<typename T::value_type>(decoder))...};
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (is_serializable<T>) {
    return detail::decode_checked<T>(decoder);
  } else {
    return detail::decode_container<T>(decoder);
  }
}

}  // namespace cohort
