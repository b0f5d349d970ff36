// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <limits>
#include <ranges>

#include "cohort/containers/list_core.hpp"
#include "cohort/containers/snapshot.hpp"
#include "cohort/element.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// A range that a list can be made of; a string literal is not meant to be a list of characters.
template <class R, class T>
concept RangeOf = std::ranges::input_range<R> && !std::is_array_v<std::remove_reference_t<R>> &&
                  std::convertible_to<std::ranges::range_reference_t<R>, T>;

/// An index of any integer type; an unsigned one that is too large stays too large.
struct AnyIndex {
  template <std::integral I>
  constexpr AnyIndex(I index) : value(static_cast<std::ptrdiff_t>(index)) {
    if constexpr (std::is_unsigned_v<I>) {
      if (value < 0) value = std::numeric_limits<std::ptrdiff_t>::max();
    }
  }
  std::ptrdiff_t value;
};

/// A list that all ranks share. Python: `Manager().list()`, with the same methods and the same edges.
///
/// A List is a handle: copies refer to the same list, passing one to a Process or into another List
/// passes the list itself. const-ness is shallow. Usable from any thread of any rank.
///
/// Every single operation is linearizable: it happens at one moment between its call and its return.
/// Index i may be negative, from the end. Where there is no such element: std::out_of_range with index
/// and size. Empty handle: UsageError. No room on rank 0: OutOfSharedMemory, and nothing was changed.
/// Nothing here waits for other Processes longer than their own operations on this list take.
///
/// T: trivially copyable (kept in place), or std::string, a container, a handle, or a class with
/// serialize() (kept as bytes, made anew at each read).
template <class T>
class List : public Handle {
 public:
  using value_type = T;
  using Index = std::ptrdiff_t;
  using iterator = SnapshotIterator<T>;
  static constexpr Word kKind =
      make_kind(ObjectKind::list, static_cast<std::uint32_t>(slot_bytes<T>), is_inline<T> ? 0 : kBlobFlag);
  using const_iterator = iterator;

  List() = default;
  explicit List(Reference reference) : Handle(std::move(reference)) {}

  /// Adds a value at the end. About the cost of two uncontended atomics, plus the bytes.
  void append(const T& value) const {
    const Address at = object("List");
    with_unsettled_heap([ at, &value ]<class A>(const Heap<A>& heap)
                            __attribute__((always_inline)) { ListCore<T, A>(heap, at).append(value); });
  }
  void push_back(const T& value) const { append(value); }  ///< append, for std::back_inserter

  /// Appends all values in one piece, or none. Reads `values` first; a list can extend itself.
  template <class R>
    requires RangeOf<R, T>
  void extend(R&& values) const {
    if constexpr (std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                  std::same_as<std::ranges::range_value_t<R>, T>) {
      const std::span<const T> span(std::ranges::data(values), std::ranges::size(values));
      with([&](const auto& core) { core.extend(span); });
    } else {
      const std::vector<T> copied = to_vector(std::forward<R>(values));
      const Values<T> plain(copied);
      with([&](const auto& core) { core.extend(plain.span()); });
    }
  }
  void extend(std::initializer_list<T> values) const { extend(std::span<const T>(values)); }

  /// Before element `index`; beyond the ends it clamps, as in Python. Costs the elements behind it.
  void insert(AnyIndex index, const T& value) const {
    with([&](const auto& core) { core.insert(index.value, value); });
  }

  /// Takes an element out. Cheap at the end; elsewhere it costs the elements behind it.
  T pop(AnyIndex index = -1) const {
    return with([&](const auto& core) { return core.pop(index.value); });
  }

  /// Removes the first element that equals `value`. Throws std::invalid_argument where there is none.
  void remove(const T& value) const
    requires std::equality_comparable<T>
  {
    const bool found =
        with([&](const auto& core) { return core.erase_first([&](const T& e) { return e == value; }); });
    if (!found) throw std::invalid_argument("remove(value): the value is not in the list");
  }

  /// Where the first element is that equals `value`. Throws std::invalid_argument where there is none.
  Index index(const T& value) const
    requires std::equality_comparable<T>
  {
    const auto all = copy();
    const auto found = std::find(all.begin(), all.end(), value);
    if (found == all.end()) throw std::invalid_argument("index(value): the value is not in the list");
    return found - all.begin();
  }
  std::size_t count(const T& value) const
    requires std::equality_comparable<T>
  {
    const auto all = copy();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), value));
  }
  bool contains(const T& value) const
    requires std::equality_comparable<T>
  {
    return count(value) != 0;
  }

  void reverse() const {
    with([](const auto& core) { core.reverse(); });
  }

  /// Sorts, stably, by `compare(a, b)`: a goes before b. Runs it while the list is closed to others:
  /// using the list in it throws UsageError. Where it throws, nothing was changed.
  template <class Compare = std::less<>>
  void sort(Compare compare = {}) const {
    with([&](const auto& core) { core.sort(compare); });
  }

  void clear() const {
    with([](const auto& core) { core.clear(); });
  }

  /// All elements at one moment.
  std::vector<T> copy() const {
    return with([](const auto& core) { return core.copy(); });
  }
  std::size_t size() const {
    return with([](const auto& core) { return core.size(); });
  }
  bool empty() const { return size() == 0; }

  /// The element's value. Over shared memory, reading a trivially copyable T takes no latch unless the
  /// list keeps changing under the reader.
  T get(AnyIndex index) const {
    return with([at = index.value](const auto& core) __attribute__((always_inline)) { return core.get(at); });
  }
  void set(AnyIndex index, const T& value) const {
    with([&](const auto& core) { core.set(index.value, value); });
  }

  /// The place of an element: read it, assign to it, `+=` it. See Element.
  Element<List, T> operator[](AnyIndex index) const { return {*this, index.value}; }
  /// The same, and throws at once where there is no such element.
  Element<List, T> at(AnyIndex index) const {
    const auto length = static_cast<Index>(size());
    if (index.value < -length || index.value >= length)
      throw_list_index(index.value, static_cast<Word>(length));
    return {*this, index.value};
  }
  Element<List, T> front() const { return at(0); }
  Element<List, T> back() const { return at(-1); }

  /// Changes one element, atomically: `change(T&)` runs once, on a copy, while the list is closed to
  /// others; using the list in it throws UsageError. Where it throws, nothing was changed.
  /// Returns the new value. Python: nothing like it; `with lock:` around a read and a write.
  template <class Change>
  T update(AnyIndex index, Change&& change) const {
    return with([&](const auto& core) { return core.update(index.value, change); });
  }

  /// Changes the whole list, atomically: as update, with all elements as a std::vector<T>&.
  /// Returns what `work` returns. Costs a copy of the list.
  template <class Work>
  decltype(auto) transact(Work&& work) const {
    return with([&](const auto& core) -> decltype(auto) { return core.transact(work); });
  }

  /// Python's l[start:stop:step], at one moment: slice({}, {}, -1) is l[::-1].
  /// Throws std::invalid_argument where step is 0.
  std::vector<T> slice(std::optional<Index> start = {}, std::optional<Index> stop = {},
                       Index step = 1) const {
    const auto all = copy();
    const Slice part = Slice::resolve(start, stop, step, all.size());
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(part.count));
    for (Index i = 0; i < part.count; ++i) values.push_back(all[static_cast<std::size_t>(part.at(i))]);
    return values;
  }
  /// Python's l[start:stop:step] = values. Throws std::invalid_argument where a step other than 1
  /// meets another number of values.
  template <class R>
    requires RangeOf<R, T>
  void set_slice(std::optional<Index> start, std::optional<Index> stop, R&& values, Index step = 1) const {
    const std::vector<T> copied = to_vector(std::forward<R>(values));
    const Values<T> plain(copied);
    with([&](const auto& core) { core.set_slice(start, stop, step, plain.span()); });
  }
  void set_slice(std::optional<Index> start, std::optional<Index> stop, std::initializer_list<T> values,
                 Index step = 1) const {
    set_slice(start, stop, std::vector<T>(values), step);
  }
  /// Python's del l[index].
  void erase(AnyIndex index) const {
    with([&](const auto& core) { core.erase(index.value); });
  }
  /// Python's del l[start:stop:step].
  void erase_slice(std::optional<Index> start = {}, std::optional<Index> stop = {}, Index step = 1) const {
    with([&](const auto& core) { core.erase_slice(start, stop, step); });
  }
  /// Python's l *= times: the list, so many times; empty where that is not positive.
  /// Throws OutOfSharedMemory where the heap could never hold it.
  void repeat(Index times) const {
    transact([times](std::vector<T>& all) {
      if (times <= 0 || all.empty()) return all.clear();
      const std::vector<T> once = all;
      detail::require_room(once.size(), static_cast<std::size_t>(times), slot_bytes<T>);
      all.reserve(once.size() * static_cast<std::size_t>(times));
      for (Index i = 1; i < times; ++i) all.insert(all.end(), once.begin(), once.end());
    });
  }
  /// Exchanges two elements, at once.
  void swap(AnyIndex i, AnyIndex j) const {
    with([&](const auto& core) { core.swap(i.value, j.value); });
  }

  /// Iterates over one consistent copy, made here. Python: a loop over a manager's list asks for each
  /// element anew, and may meet the list in many states.
  iterator begin() const { return iterator(copy()); }
  iterator end() const { return iterator(); }

  /// Element by element, each side at one moment.
  template <std::ranges::input_range R>
    requires std::equality_comparable_with<T, std::ranges::range_value_t<R>>
  friend bool operator==(const List& list, const R& other) {
    const auto mine = list.copy();
    return std::equal(mine.begin(), mine.end(), std::ranges::begin(other), std::ranges::end(other));
  }
  friend bool operator==(const List& a, const List& b)
    requires std::equality_comparable<T>
  {
    return a.is_same(b) || a.copy() == b.copy();
  }
  /// As Python prints it: [1, 2, 3].
  friend std::ostream& operator<<(std::ostream& out, const List& list) {
    detail::print_value(out, list.copy());
    return out;
  }

 private:
  template <class R>
  static std::vector<T> to_vector(R&& values) {
    std::vector<T> all;
    if constexpr (std::ranges::sized_range<R>)
      all.reserve(static_cast<std::size_t>(std::ranges::size(values)));
    for (auto&& value : values) all.push_back(static_cast<T>(std::forward<decltype(value)>(value)));
    return all;
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("List");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(ListCore<T, A>(heap, at));
        });
  }
};

namespace detail {

/// A new empty list.
template <class T>
List<T> make_list(Word creator) {
  require_travels<T>();
  static_assert(!std::is_reference_v<T> && !std::is_const_v<T>,
                "cohort: a list holds plain values; drop const and &");
  const Word type = Modules::token(typeid(List<T>).name());
  return List<T>(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, List<T>::kKind, type, creator);
    operation.keep();
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
