// SPDX-License-Identifier: BSL-1.0
#pragma once

// Which types can travel from rank to rank.

#include <array>
#include <boost/archive/binary_oarchive.hpp>
#include <concepts>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "cohort/heap/decoder.hpp"
#include "cohort/heap/encoder.hpp"

namespace cohort {

class Handle;

namespace detail {

template <class T, template <class...> class Template>
inline constexpr bool is_specialization = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_specialization<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t n>
inline constexpr bool is_std_array<std::array<T, n>> = true;
template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t n>
inline constexpr bool is_span<std::span<T, n>> = true;

// What only points at something that another rank does not have.
template <class T>
inline constexpr bool only_points =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
    std::is_reference_v<T> || is_span<T> || is_specialization<T, std::basic_string_view> ||
    is_specialization<T, std::reference_wrapper>;

// The same for what is kept as it is: such a member of an optional or an array is no better.
template <class T>
inline constexpr bool holds_pointer = only_points<T>;
template <class T>
inline constexpr bool holds_pointer<std::optional<T>> = holds_pointer<T>;
template <class T, std::size_t n>
inline constexpr bool holds_pointer<std::array<T, n>> = holds_pointer<T>;
template <class T, std::size_t n>
inline constexpr bool holds_pointer<T[n]> = holds_pointer<T>;
template <class... T>
inline constexpr bool holds_pointer<std::variant<T...>> = (holds_pointer<T> || ...);
template <class... T>
inline constexpr bool holds_pointer<std::tuple<T...>> = (holds_pointer<T> || ...);
template <class T, class U>
inline constexpr bool holds_pointer<std::pair<T, U>> = holds_pointer<T> || holds_pointer<U>;

// A member named serialize, private or not: the name is then ambiguous in a class derived from both.
struct NamesSerialize {
  void serialize() {}
};
template <class T>
struct AlsoNamesSerialize : T, NamesSerialize {};
template <class T>
concept NoSerializeName = requires { &AlsoNamesSerialize<T>::serialize; };
template <class T>
constexpr bool member_serialize() {
  if constexpr (std::is_class_v<T> && !std::is_final_v<T>) {
    return !NoSerializeName<T>;
  } else if constexpr (std::is_class_v<T>) {
    return requires(T& value, boost::archive::binary_oarchive& archive) { value.serialize(archive, 0U); };
  } else {
    return false;
  }
}
template <class T>
concept FreeSerialize =
    requires(T& value, boost::archive::binary_oarchive& archive) { serialize(archive, value, 0U); };

// A class of Cohort's own that knows how it travels.
template <class T>
concept SelfEncoding = requires(const T& value, Encoder& encoder, Decoder& decoder) {
  value.encode_to(encoder);
  { T::decode_from(decoder) } -> std::same_as<T>;
};

template <class T>
concept Container = requires(T& c, const T& k) {
  typename T::value_type;
  k.size();
  k.begin();
  k.end();
  c.clear();
  c.insert(c.end(), std::declval<typename T::value_type>());
};

}  // namespace detail

/// A class with a serialize() that Boost.Serialization finds: a member, or a function in its own
/// namespace. Specialize to true for one whose serialize() stands in namespace boost::serialization.
template <class T>
inline constexpr bool is_serializable = detail::member_serialize<T>() || detail::FreeSerialize<T>;

/// Elements that lie in a container as they are.
template <class T>
inline constexpr bool is_inline =
    std::is_trivially_copyable_v<T> && !detail::holds_pointer<T> && !detail::SelfEncoding<T>;

namespace detail {

template <class T>
constexpr bool travels();

template <class... Members>
constexpr bool all_travel(std::type_identity<std::tuple<Members...>>) {
  return (travels<std::remove_const_t<Members>>() && ...);
}
template <class... Members>
constexpr bool all_travel(std::type_identity<std::pair<Members...>>) {
  return (travels<std::remove_const_t<Members>>() && ...);
}
template <class... Members>
constexpr bool all_travel(std::type_identity<std::variant<Members...>>) {
  return (travels<Members>() && ...);
}

template <class T>
constexpr bool travels() {
  if constexpr (holds_pointer<T>) {
    return false;
  } else if constexpr (is_inline<T> || SelfEncoding<T> || std::is_base_of_v<Handle, T> ||
                       is_specialization<T, std::basic_string>) {
    return true;
  } else if constexpr (is_specialization<T, std::pair> || is_specialization<T, std::tuple> ||
                       is_specialization<T, std::variant>) {
    return all_travel(std::type_identity<T>{});
  } else if constexpr (is_specialization<T, std::optional> || is_std_array<T>) {
    return travels<typename T::value_type>();
  } else if constexpr (is_serializable<T>) {
    return true;
  } else if constexpr (Container<T>) {
    return travels<std::remove_const_t<typename T::value_type>>();
  } else {
    return false;
  }
}

}  // namespace detail

/// What can be an argument of a Process or an element of a shared container.
template <class T>
concept Travels = detail::travels<T>();

/// Stops the compilation with one sentence where T cannot travel.
template <class T>
constexpr void require_travels() {
  static_assert(!detail::holds_pointer<T>,
                "cohort: a pointer, reference, string_view or span cannot travel to another rank; pass the "
                "value itself "
                "(std::string, std::vector), or a handle such as cohort::List");
  static_assert(
      detail::holds_pointer<T> || Travels<T>,
      "cohort: this type cannot travel to another rank; make it trivially copyable, or give it a serialize() "
      "member as Boost.Serialization wants it");
}

}  // namespace cohort
