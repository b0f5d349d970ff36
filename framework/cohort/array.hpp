// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>

#include "cohort/containers/array_core.hpp"
#include "cohort/list.hpp"

namespace cohort {

/// An array that all ranks share: a fixed number of elements, one after the other in memory.
/// Python: `Array`, with the lock built in: every single operation is atomic.
///
/// A handle, as List is. T: trivially copyable. Index i may be negative, from the end; where there is no
/// such element: std::out_of_range. Empty handle: UsageError.
template <class T>
class Array : public Handle {
  static_assert(
      is_inline<T>,
      "cohort: an Array holds trivially copyable values without pointers; use cohort::List for others");

 public:
  using value_type = T;
  using Index = std::ptrdiff_t;
  using iterator = SnapshotIterator<T>;
  static constexpr Word kKind = make_kind(ObjectKind::array, static_cast<std::uint32_t>(sizeof(T)), 0);
  using const_iterator = iterator;

  Array() = default;
  explicit Array(Reference reference) : Handle(std::move(reference)) {}

  std::size_t size() const {
    return with([](const auto& core) { return core.size(); });
  }
  bool empty() const { return size() == 0; }

  /// Over shared memory a read takes no latch unless the array keeps changing under the reader.
  T get(AnyIndex index) const {
    return with([at = index.value](const auto& core) { return core.get(at); });
  }
  void set(AnyIndex index, const T& value) const {
    with([at = index.value, &value](const auto& core) { core.set(at, value); });
  }
  /// The place of an element: read it, assign to it, `+=` it. See Element.
  Element<Array, T> operator[](AnyIndex index) const { return {*this, index.value}; }
  /// The same, and throws at once where there is no such element.
  Element<Array, T> at(AnyIndex index) const {
    get(index);
    return {*this, index.value};
  }

  /// Changes one element, atomically: `change(T&)` runs once, on a copy, while the array is closed to
  /// other writers; using the array in it throws UsageError. Where it throws, nothing was changed.
  /// Returns the new value.
  template <class Change>
  T update(AnyIndex index, Change&& change) const {
    return with([&](const auto& core) { return core.update(index.value, change); });
  }
  /// Exchanges two elements, at once.
  void swap(AnyIndex i, AnyIndex j) const {
    with([&](const auto& core) { core.swap(i.value, j.value); });
  }

  /// Elements [offset, offset + to.size()) at one moment. Python: a[i:j].
  /// Throws std::out_of_range where the array has fewer.
  void read(std::size_t offset, std::span<T> to) const {
    with([&](const auto& core) { core.read(offset, to); });
  }
  /// All of `from` at once, or nothing, whatever happens to the writer: the values are copied to the heap
  /// first, and from there to their place. Python: a[i:j] = from.
  /// Throws std::out_of_range where the array has fewer elements, OutOfSharedMemory.
  void write(std::size_t offset, std::span<const T> from) const {
    with([&](const auto& core) { core.write(offset, from); });
  }
  void write(std::size_t offset, std::initializer_list<T> from) const {
    write(offset, std::span<const T>(from));
  }
  /// All elements at one moment. Python: a[:].
  std::vector<T> copy() const {
    if constexpr (std::is_same_v<T, bool>) {
      const auto all = std::make_unique<bool[]>(size());
      read(0, {all.get(), size()});
      return std::vector<bool>(all.get(), all.get() + size());
    } else {
      std::vector<T> all(size());
      read(0, all);
      return all;
    }
  }

  /// The elements themselves, without a copy: for work between barriers, where no two ranks touch the same
  /// elements at one time. What is written here is ordered with other ranks by what orders everything
  /// (Process::join, Session::join, Barrier, Lock), and by nothing else; it needs no other call. Valid as
  /// long as a handle is. Throws UsageError with COHORT_WINDOW=rma, where other ranks have no such memory.
  std::span<T> local() const {
    const Address at = object("Array");
    return with_heap([at]<class A>(const Heap<A>& heap) -> std::span<T> {
      const ArrayCore<T, A> core(heap, at);
      if constexpr (requires { heap.access().pointer(at); }) {
        return {reinterpret_cast<T*>(heap.access().pointer(core.data())), core.size()};
      } else {
        throw UsageError(
            "Array::local() needs shared memory, and this job's window is COHORT_WINDOW=rma; use read() and "
            "write()");
      }
    });
  }

  /// Iterates over one consistent copy, made here.
  iterator begin() const { return iterator(copy()); }
  iterator end() const { return iterator(); }

  template <std::ranges::input_range R>
    requires std::equality_comparable_with<T, std::ranges::range_value_t<R>>
  friend bool operator==(const Array& array, const R& other) {
    const auto mine = array.copy();
    return std::equal(mine.begin(), mine.end(), std::ranges::begin(other), std::ranges::end(other));
  }
  friend bool operator==(const Array& a, const Array& b)
    requires std::equality_comparable<T>
  {
    return a.is_same(b) || a.copy() == b.copy();
  }
  friend std::ostream& operator<<(std::ostream& out, const Array& array) {
    detail::print_value(out, array.copy());
    return out;
  }

 private:
  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("Array");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(ArrayCore<T, A>(heap, at));
        });
  }
};

namespace detail {

/// A new array of `count` elements that repeat `pattern`.
template <class T>
Array<T> make_array(std::size_t count, std::span<const T> pattern, Word creator) {
  const Word type = Modules::token(typeid(Array<T>).name());
  return Array<T>(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, Array<T>::kKind, type, creator);
    lay_out_array(operation, heap, id.address, count, sizeof(T), std::as_bytes(pattern));
    operation.keep();
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
