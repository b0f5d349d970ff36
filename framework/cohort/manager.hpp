// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "cohort/array.hpp"
#include "cohort/barrier.hpp"
#include "cohort/condition.hpp"
#include "cohort/connection.hpp"
#include "cohort/dict.hpp"
#include "cohort/event.hpp"
#include "cohort/list.hpp"
#include "cohort/lock.hpp"
#include "cohort/namespace.hpp"
#include "cohort/queue.hpp"
#include "cohort/semaphore.hpp"
#include "cohort/set.hpp"
#include "cohort/value.hpp"

namespace cohort {

namespace detail {
/// The object of that name, or else `made` under that name. Throws UsageError where the name belongs to
/// an object of another type.
Reference open_name(const std::string& name, Word type, Word kind, const Reference* made);
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

  /// Of any T that a List may hold; a string literal makes a Value<std::string>.
  template <class T>
  [[nodiscard]] Value<T> value(const T& initial = T{}) {
    return detail::make_value<T>(initial, detail::this_creator());
  }
  [[nodiscard]] Value<std::string> value(const char* initial) { return value<std::string>(initial); }

  /// n elements, each T{}. Python: Array(type, n).
  template <class T>
  [[nodiscard]] Array<T> array(std::size_t n) {
    const std::vector<T> zeros(std::clamp<std::size_t>(65536 / sizeof(T), 1, std::max<std::size_t>(n, 1)));
    const Values<T> plain(zeros);
    return detail::make_array<T>(n, plain.span(), detail::this_creator());
  }
  template <class T>
  [[nodiscard]] Array<T> array(std::initializer_list<T> values) {
    return detail::make_array<T>(values.size(), std::span<const T>(values), detail::this_creator());
  }
  /// Of any range; T may be named, or is the range's.
  template <class T = void, std::ranges::input_range R,
            class Element = std::conditional_t<std::is_void_v<T>, std::ranges::range_value_t<R>, T>>
    requires RangeOf<R, Element>
  [[nodiscard]] Array<Element> array(R&& values) {
    std::vector<Element> all;
    for (auto&& value : values) all.push_back(static_cast<Element>(value));
    const Values<Element> plain(all);
    return detail::make_array<Element>(all.size(), plain.span(), detail::this_creator());
  }

  [[nodiscard]] Lock lock() { return detail::make_lock(detail::this_creator()); }
  [[nodiscard]] RLock rlock() { return detail::make_rlock(detail::this_creator()); }
  /// Throws std::invalid_argument where n is negative or above 2^31 - 1; so does bounded_semaphore.
  [[nodiscard]] Semaphore semaphore(std::ptrdiff_t n = 1) {
    return detail::make_semaphore(n, detail::this_creator());
  }
  [[nodiscard]] BoundedSemaphore bounded_semaphore(std::ptrdiff_t n = 1) {
    return detail::make_bounded_semaphore(n, detail::this_creator());
  }
  /// Of an RLock of its own.
  [[nodiscard]] Condition condition() { return condition(rlock()); }
  [[nodiscard]] Condition condition(const Lock& lock) {
    return detail::make_condition(lock, detail::this_creator());
  }
  [[nodiscard]] Condition condition(const RLock& lock) {
    return detail::make_condition(lock, detail::this_creator());
  }
  [[nodiscard]] Event event() { return detail::make_event(detail::this_creator()); }
  /// Throws std::invalid_argument where there are no parties, or more than 16383.
  [[nodiscard]] Barrier barrier(std::ptrdiff_t parties) {
    return detail::make_barrier(parties, 0, {}, detail::this_creator());
  }
  /// `action()` is run by the last party that comes, wherever that is: a function, a functor that can
  /// travel, or a lambda that captures nothing.
  template <class F>
  [[nodiscard]] Barrier barrier(std::ptrdiff_t parties, const F& action) {
    return detail::make_barrier(parties, action, detail::this_creator());
  }

  [[nodiscard]] Namespace name_space() { return detail::make_namespace(detail::this_creator()); }

  /// The object of that name, made from `args` where there is none: manager.open<List<int>>("squares").
  /// The first caller of any rank makes it; nobody waits. It lives until the session ends.
  /// Throws UsageError where the name belongs to an object of another type.
  template <class Object, class... Args>
  Object open(const std::string& name, Args&&... args) {
    static_assert(std::is_base_of_v<Handle, Object>,
                  "cohort: open<Object> takes a shared type, as in open<cohort::List<int>>");
    static_assert(
        kind_of(Object::kKind) != ObjectKind::connection,
        "cohort: a Connection has no name; pipe() makes two, to be passed on or put into a shared object");
    const Word type = Modules::token(typeid(Object).name());
    if (Reference found = detail::open_name(name, type, Object::kKind, nullptr))
      return Object(std::move(found));
    Object made = make(std::type_identity<Object>{}, std::forward<Args>(args)...);
    return Object(detail::open_name(name, type, Object::kKind, &made.reference()));
  }

  /// Writes the objects of these names (none: of all) to a file, with all that they refer to. Any rank; it
  /// is the calling rank's file. Each object is written as it is at one moment; save when nobody changes them
  /// to have all as they are at one moment. The file is replaced whole or not at all.
  /// Locks are saved as free, Conditions and Barriers as nobody waits at them. Throws UsageError where there is no
  /// such name, and, naming it, where it leads to a Connection, a Future or a Barrier with an action; Error where the file
  /// cannot be written. Python: pickle, which a manager's objects do not have.
  void save(const std::string& path, const std::vector<std::string>& names = {});
  /// Makes the objects of a file that save() wrote, with their names, which open() then finds, and returns
  /// the names. All or nothing: throws DataError where the file is damaged or foreign, UsageError where
  /// a name is taken, OutOfSharedMemory, Error where the file cannot be read.
  std::vector<std::string> load(const std::string& path);

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
  Queue<T> make(std::type_identity<Queue<T>>, Args&&... args) {
    return queue<T>(std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  Value<T> make(std::type_identity<Value<T>>, Args&&... args) {
    return value<T>(std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  Array<T> make(std::type_identity<Array<T>>, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) {
      return array<T>(std::size_t{0});  // who only wants to find one need not say how long it is
    } else {
      return array<T>(std::forward<Args>(args)...);
    }
  }
  Lock make(std::type_identity<Lock>) { return lock(); }
  RLock make(std::type_identity<RLock>) { return rlock(); }
  Semaphore make(std::type_identity<Semaphore>, std::ptrdiff_t n = 1) { return semaphore(n); }
  BoundedSemaphore make(std::type_identity<BoundedSemaphore>, std::ptrdiff_t n = 1) {
    return bounded_semaphore(n);
  }
  template <class... Args>
  Condition make(std::type_identity<Condition>, const Args&... lock) {
    return condition(lock...);
  }
  Event make(std::type_identity<Event>) { return event(); }
  template <class... Args>
  Barrier make(std::type_identity<Barrier>, std::ptrdiff_t parties, const Args&... action) {
    return barrier(parties, action...);
  }
};

}  // namespace cohort
