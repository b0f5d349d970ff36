// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "cohort/dict.hpp"
#include "cohort/list.hpp"
#include "cohort/namespace.hpp"
#include "cohort/set.hpp"
#include "cohort/value.hpp"

namespace cohort {

namespace detail {
/// The object of that name, or else `made` under that name. Throws UsageError where the name belongs to
/// an object of another type.
Reference open_name(const std::string& name, Word type, const Reference* made);
Word this_creator();
}  // namespace detail

/// Makes shared objects. They lie on rank 0; any rank may make them, at any time. Python: `Manager()`, but
/// no process of its own: every rank reaches the objects' memory directly.
///
/// Every function throws OutOfSharedMemory where rank 0's heap is full.
class Manager {
 public:
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  template <class T>
  [[nodiscard]] List<T> list() {
    return detail::make_list<T>(detail::this_creator());
  }
  /// n times the value. Python: list([value] * n).
  template <class T>
  [[nodiscard]] List<T> list(std::size_t n, const T& value) {
    auto made = list<T>();
    made.extend(std::vector<T>(n, value));
    return made;
  }
  template <class T>
  [[nodiscard]] List<T> list(std::initializer_list<T> values) {
    auto made = list<T>();
    made.extend(values);
    return made;
  }
  /// Of any range; T may be named, or is the range's.
  template <class T = void, std::ranges::input_range R,
            class Element = std::conditional_t<std::is_void_v<T>, std::ranges::range_value_t<R>, T>>
    requires RangeOf<R, Element>
  [[nodiscard]] List<Element> list(R&& values) {
    auto made = list<Element>();
    made.extend(std::forward<R>(values));
    return made;
  }

  template <class K, class V>
  [[nodiscard]] Dict<K, V> dict() {
    return detail::make_dict<K, V>(detail::this_creator());
  }
  template <class K, class V>
  [[nodiscard]] Dict<K, V> dict(std::initializer_list<std::pair<K, V>> items) {
    auto made = dict<K, V>();
    made.update(items);
    return made;
  }
  /// Of any range of pairs; K and V may be named, or are those of the range.
  template <
      class K = void, class V = void, std::ranges::input_range R, class Item = std::ranges::range_value_t<R>,
      class Key = std::conditional_t<std::is_void_v<K>, std::remove_const_t<typename Item::first_type>, K>,
      class Mapped = std::conditional_t<std::is_void_v<V>, typename Item::second_type, V>>
    requires ItemsOf<R, Key, Mapped>
  [[nodiscard]] Dict<Key, Mapped> dict(R&& items) {
    auto made = dict<Key, Mapped>();
    made.update(std::forward<R>(items));
    return made;
  }

  template <class T>
  [[nodiscard]] Set<T> set() {
    return detail::make_set<T>(detail::this_creator());
  }
  template <class T>
  [[nodiscard]] Set<T> set(std::initializer_list<T> elements) {
    auto made = set<T>();
    made.update(elements);
    return made;
  }
  /// Of any range; T may be named, or is the range's.
  template <class T = void, std::ranges::input_range R,
            class Element = std::conditional_t<std::is_void_v<T>, std::ranges::range_value_t<R>, T>>
    requires RangeOf<R, Element>
  [[nodiscard]] Set<Element> set(R&& elements) {
    auto made = set<Element>();
    made.update(std::forward<R>(elements));
    return made;
  }

  template <class T>
  [[nodiscard]] Value<T> value(T initial = T{}) {
    return detail::make_value<T>(initial, detail::this_creator());
  }

  [[nodiscard]] Namespace name_space() { return detail::make_namespace(detail::this_creator()); }

  /// The object of that name, made from `args` where there is none: manager.open<List<int>>("squares").
  /// The first caller of any rank makes it; nobody waits. It lives until the session ends.
  /// Throws UsageError where the name belongs to an object of another type.
  template <class Object, class... Args>
  Object open(const std::string& name, Args&&... args) {
    static_assert(std::is_base_of_v<Handle, Object>,
                  "cohort: open<Object> takes a shared type, as in open<cohort::List<int>>");
    const Word type = Modules::token(typeid(Object).name());
    if (Reference found = detail::open_name(name, type, nullptr)) return Object(std::move(found));
    Object made = make(std::type_identity<Object>{}, std::forward<Args>(args)...);
    return Object(detail::open_name(name, type, &made.reference()));
  }

 private:
  friend Manager& manager();
  Manager() = default;

  template <class T, class... Args>
  List<T> make(std::type_identity<List<T>>, Args&&... args) {
    return list<T>(std::forward<Args>(args)...);
  }
  template <class K, class V, class... Args>
  Dict<K, V> make(std::type_identity<Dict<K, V>>, Args&&... args) {
    return dict<K, V>(std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  Set<T> make(std::type_identity<Set<T>>, Args&&... args) {
    return set<T>(std::forward<Args>(args)...);
  }
  Namespace make(std::type_identity<Namespace>) { return name_space(); }
  template <class T, class... Args>
  Value<T> make(std::type_identity<Value<T>>, Args&&... args) {
    return value<T>(std::forward<Args>(args)...);
  }
};

}  // namespace cohort
