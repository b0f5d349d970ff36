// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cohort/callable.hpp"
#include "cohort/dict.hpp"

namespace cohort {

namespace detail {

[[noreturn]] void throw_other_type(const std::string& wanted, const std::string& found);

/// A value with the name of its type in front, which means the same in another program.
template <class T>
struct Tagged {
  T value;

  static std::string type() { return typeid(T).name(); }
  void encode_to(Encoder& encoder) const {
    encode(encoder, type());
    encode(encoder, value);
  }
  static Tagged decode_from(Decoder& decoder) {
    if (const auto found = decode<std::string>(decoder); found != type()) throw_other_type(type(), found);
    return {decode<T>(decoder)};
  }
};

}  // namespace detail

/// Names with values of any types, which all ranks share. Python: `Manager().Namespace()`; `ns.x = 3` is
/// ns.set("x", 3), and `ns.x` is ns.get<int>("x").
///
/// A handle, as Dict is, and as there every single operation is linearizable.
class Namespace : public Handle {
  // First, since its result is deduced.
  // The table is the same whatever T is: keys are strings, and values blobs.
  template <class T, class Work>
  decltype(auto) with(Work&& work) const {
    const Address at = object("Namespace");
    return with_heap([&]<class A>(const Heap<A>& heap) -> decltype(auto) {
      return work(DictCore<std::string, detail::Tagged<T>, A>(heap, at));
    });
  }

 public:
  static constexpr Word kKind = table_kind<std::string, detail::Tagged<int>>;
  Namespace() = default;
  explicit Namespace(Reference reference) : Handle(std::move(reference)) {}

  /// A string literal is kept as a std::string. The new value may be of another type than the one before.
  template <class Value>
  void set(const std::string& name, Value&& value) const {
    using T = detail::StoredArgument<Value>;
    require_travels<T>();
    with<T>([&](const auto& core) { core.set(name, detail::Tagged<T>{std::forward<Value>(value)}); });
  }

  /// Throws std::out_of_range where there is no such name, UsageError where its value is of another type.
  template <class T>
  T get(const std::string& name) const {
    auto found = with<T>([&](const auto& core) { return core.get(name); });
    if (!found) throw_missing(name);
    return std::move(found->value);
  }
  /// `fallback` where there is no such name.
  template <class T>
  T get(const std::string& name, const T& fallback) const {
    auto found = with<T>([&](const auto& core) { return core.get(name); });
    return found ? std::move(found->value) : fallback;
  }
  bool contains(const std::string& name) const {
    return with<int>([&](const auto& core) { return core.contains(name); });
  }
  /// Python: del ns.name. Throws std::out_of_range where there is no such name.
  void erase(const std::string& name) const {
    if (!with<int>([&](const auto& core) { return core.erase(name); })) throw_missing(name);
  }
  /// In the order in which they came.
  std::vector<std::string> names() const {
    return with<int>([](const auto& core) { return core.keys(); });
  }

 private:
  [[noreturn]] static void throw_missing(const std::string& name);
};

namespace detail {
/// A new empty namespace.
Namespace make_namespace(Word creator);
}  // namespace detail
}  // namespace cohort
