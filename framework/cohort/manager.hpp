// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "cohort/connection.hpp"
#include "cohort/list.hpp"
#include "cohort/queue.hpp"
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

  /// A queue; of at most `maxsize` values where that is positive.
  template <class T>
  [[nodiscard]] Queue<T> queue(std::ptrdiff_t maxsize = 0) {
    return detail::make_queue<T>(maxsize, detail::this_creator());
  }
  /// The two ends of a pipe: what one sends the other receives, both ways.
  template <class T>
  [[nodiscard]] std::pair<Connection<T>, Connection<T>> pipe() {
    return detail::make_pipe<T>(detail::this_creator());
  }

  template <class T>
  [[nodiscard]] Value<T> value(T initial = T{}) {
    return detail::make_value<T>(initial, detail::this_creator());
  }

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
  template <class T, class... Args>
  Queue<T> make(std::type_identity<Queue<T>>, Args&&... args) {
    return queue<T>(std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  Value<T> make(std::type_identity<Value<T>>, Args&&... args) {
    return value<T>(std::forward<Args>(args)...);
  }
};

}  // namespace cohort
