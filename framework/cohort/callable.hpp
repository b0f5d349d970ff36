// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cohort/codec.hpp"
#include "cohort/handle.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

namespace detail {

/// What a callable is stored as: functions as pointers, objects as copies.
template <class F>
using StoredCallable = std::decay_t<F>;

/// What an argument is stored as: a string literal as a std::string.
template <class Arg>
using StoredArgument = std::conditional_t<
    std::is_array_v<std::remove_reference_t<Arg>> &&
        std::is_same_v<std::remove_cv_t<std::remove_all_extents_t<std::remove_reference_t<Arg>>>, char>,
    std::string, std::decay_t<Arg>>;

template <class F>
inline constexpr bool is_function_pointer =
    std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;

// A lambda without captures, or an empty functor: making a new one is as good as copying it.
template <class F>
inline constexpr bool is_stateless = std::is_empty_v<F> && std::is_default_constructible_v<F>;

template <class F>
constexpr void require_callable_travels() {
  static_assert(
      !std::is_member_pointer_v<F>,
      "cohort: a member function cannot travel by itself; wrap it in a lambda that captures nothing");
  static_assert(
      !std::is_class_v<F> || std::is_default_constructible_v<F> || SelfEncoding<F>,
      "cohort: this lambda captures something and cannot travel to another rank; pass what it captures as an "
      "argument instead");
  static_assert(
      std::is_member_pointer_v<F> || is_function_pointer<F> || !std::is_default_constructible_v<F> ||
          is_stateless<F> || Travels<F>,
      "cohort: this functor cannot travel to another rank; make it trivially copyable, or give it a "
      "serialize() member as Boost.Serialization wants it");
}

template <class F>
void encode_callable(Encoder& encoder, const F& callable) {
  if constexpr (is_function_pointer<F>) {
    encoder.number(Modules::function_token(callable));
  } else if constexpr (!is_stateless<F>) {
    encode(encoder, callable);
  }
}

template <class F>
F decode_callable(Decoder& decoder) {
  if constexpr (is_function_pointer<F>) {
    return reinterpret_cast<F>(const_cast<void*>(Modules::place(decoder.number())));
  } else if constexpr (is_stateless<F>) {
    return F{};
  } else {
    return decode<F>(decoder);
  }
}

/// Handles are passed as lvalues, so that a parameter may be `List<int>&`; all else as rvalues.
template <class T>
using PassedArgument = std::conditional_t<std::is_base_of_v<Handle, T>, T&, T&&>;

template <class F, class... Stored>
constexpr void require_call() {
  static_assert(std::is_invocable_v<F&, PassedArgument<Stored>...>,
                "cohort: the target cannot be called with these arguments; check their number and types (a "
                "parameter by "
                "plain & is for handles only, and default arguments do not travel)");
}

template <class F, class... Stored>
decltype(auto) call_with(F& callable, std::tuple<Stored...>& arguments) {
  return std::apply(
      [&callable](Stored&... stored) -> decltype(auto) {
        return std::invoke(callable, static_cast<PassedArgument<Stored>>(stored)...);
      },
      arguments);
}

/// A bound argument for one call: a handle is lent as a copy, for a parameter `List<int>&` too.
template <class T>
struct Lent {
  const T& get() { return bound; }
  const T& bound;
};
template <class T>
  requires std::is_base_of_v<Handle, T>
struct Lent<T> {
  T& get() { return copy; }
  T copy;
};

}  // namespace detail

/// A callable with its first arguments bound, which travels: what std::bind_front cannot do.
/// Python: functools.partial.
template <class F, class... Bound>
class Partial {
 public:
  Partial(F callable, std::tuple<Bound...> bound)
      : callable_(std::move(callable)), bound_(std::move(bound)) {}

  template <class... Rest>
    requires std::invocable<const F&, decltype(std::declval<detail::Lent<Bound>>().get())..., Rest...>
  decltype(auto) operator()(Rest&&... rest) const {
    return std::apply(
        [&](const Bound&... bound) -> decltype(auto) {
          return std::invoke(callable_, detail::Lent<Bound>{bound}.get()..., std::forward<Rest>(rest)...);
        },
        bound_);
  }

  void encode_to(Encoder& encoder) const {
    detail::encode_callable(encoder, callable_);
    encode(encoder, bound_);
  }
  static Partial decode_from(Decoder& decoder) {
    F callable = detail::decode_callable<F>(decoder);
    return Partial(std::move(callable), decode<std::tuple<Bound...>>(decoder));
  }

 private:
  F callable_;
  std::tuple<Bound...> bound_;
};

/// Binds arguments to a function, a functor or a lambda that captures nothing. What cannot travel does
/// not compile.
template <class F, class... Args>
auto partial(F&& callable, Args&&... args) {
  using Callable = detail::StoredCallable<F>;
  detail::require_callable_travels<Callable>();
  (require_travels<detail::StoredArgument<Args>>(), ...);
  return Partial<Callable, detail::StoredArgument<Args>...>(
      std::forward<F>(callable), std::tuple<detail::StoredArgument<Args>...>(std::forward<Args>(args)...));
}

}  // namespace cohort
