// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unordered_set>

#include "cohort/dict.hpp"
#include "cohort/list.hpp"

namespace cohort {

template <class T>
class Set;

namespace detail {
Word this_creator();
template <class T>
Set<T> make_set(Word creator);

/// Elements of one moment, to ask which are among them.
template <class T>
class Elements {
 public:
  explicit Elements(const std::vector<T>& elements) {
    for (const T& element : elements) keys_.insert(key_string(element));
  }
  bool contains(const T& element) const { return keys_.contains(key_string(element)); }
  std::size_t size() const { return keys_.size(); }

 private:
  std::unordered_set<std::string> keys_;
};
}  // namespace detail

/// A set that all ranks share. Python's `set`, which its managers do not offer.
///
/// A handle, as Dict is, and as there every single operation is linearizable. Operators of two sets look at
/// each of them at one moment, at the one after the other, and give a new shared set. Its elements have an
/// order, that in which they came. T: as the K of a Dict.
template <class T>
class Set : public Handle {
 public:
  using key_type = T;
  using value_type = T;
  static constexpr Word kKind = table_kind<T, NoValue>;
  using iterator = SnapshotIterator<T>;
  using const_iterator = iterator;

  Set() = default;
  explicit Set(Reference reference) : Handle(std::move(reference)) {}

  /// True: it is new. False: it was there.
  bool add(const T& element) const {
    return with([&](const auto& core) { return core.add(element); });
  }
  /// False: it was not there.
  bool discard(const T& element) const {
    return with([&](const auto& core) { return core.erase(element); });
  }
  /// Throws std::out_of_range where it is not there.
  void remove(const T& element) const {
    if (!discard(element))
      throw std::out_of_range("remove(element): " + key_name(element) +
                              " is not in the set; discard(element) does not mind");
  }
  bool contains(const T& element) const {
    return with([&](const auto& core) { return core.contains(element); });
  }
  /// Takes one out, whichever. Throws std::out_of_range where the set is empty.
  T pop() const {
    auto taken = with([](const auto& core) { return core.popitem(); });
    if (!taken) throw std::out_of_range("pop from an empty set");
    return std::move(taken->first);
  }
  /// Adds all of them at once, or none. Costs a new table as long as the set, but for a single element.
  template <class R>
    requires RangeOf<R, T>
  void update(R&& elements) const {
    std::vector<std::pair<T, NoValue>> all;
    for (auto&& element : elements) all.emplace_back(std::forward<decltype(element)>(element), NoValue{});
    if (all.size() == 1) {
      add(all[0].first);
    } else {
      with([&](const auto& core) { core.update(all); });
    }
  }
  void update(std::initializer_list<T> elements) const { update(std::vector<T>(elements)); }

  void clear() const {
    with([](const auto& core) { core.clear(); });
  }
  /// All elements at one moment, in the order in which they came.
  std::vector<T> copy() const {
    return with([](const auto& core) { return core.keys(); });
  }
  std::size_t size() const {
    return with([](const auto& core) { return core.size(); });
  }
  bool empty() const { return size() == 0; }

  /// Iterates over the elements of one moment.
  iterator begin() const { return iterator(copy()); }
  iterator end() const { return iterator(); }

  bool isdisjoint(const Set& other) const {
    const detail::Elements<T> theirs(other.copy());
    const auto mine = copy();
    return std::none_of(mine.begin(), mine.end(), [&](const T& e) { return theirs.contains(e); });
  }

  friend Set operator|(const Set& a, const Set& b) {
    auto all = a.copy();
    const auto more = b.copy();
    all.insert(all.end(), more.begin(), more.end());
    return of(all);
  }
  friend Set operator&(const Set& a, const Set& b) {
    const auto mine = a.copy();
    const detail::Elements<T> theirs(b.copy());
    return of(chosen(mine, [&](const T& e) { return theirs.contains(e); }));
  }
  friend Set operator-(const Set& a, const Set& b) {
    const auto mine = a.copy();
    const detail::Elements<T> theirs(b.copy());
    return of(chosen(mine, [&](const T& e) { return !theirs.contains(e); }));
  }
  friend Set operator^(const Set& a, const Set& b) {
    const auto mine = a.copy();
    const auto more = b.copy();
    const detail::Elements<T> ours(mine);
    const detail::Elements<T> theirs(more);
    auto all = chosen(mine, [&](const T& e) { return !theirs.contains(e); });
    const auto rest = chosen(more, [&](const T& e) { return !ours.contains(e); });
    all.insert(all.end(), rest.begin(), rest.end());
    return of(all);
  }

  /// Each element of a is in b.
  friend bool operator<=(const Set& a, const Set& b) { return within(a.copy(), b.copy(), false); }
  /// And b has more.
  friend bool operator<(const Set& a, const Set& b) { return within(a.copy(), b.copy(), true); }
  friend bool operator>=(const Set& a, const Set& b) { return b <= a; }
  friend bool operator>(const Set& a, const Set& b) { return b < a; }
  friend bool operator==(const Set& a, const Set& b) { return a.is_same(b) || equal(a.copy(), b.copy()); }
  template <class R>
    requires RangeOf<const R&, T>
  friend bool operator==(const Set& set, const R& other) {
    std::vector<T> elements;
    for (const auto& element : other) elements.push_back(static_cast<T>(element));
    return equal(set.copy(), elements);
  }
  /// As Python prints it: {1, 2}, or set().
  friend std::ostream& operator<<(std::ostream& out, const Set& set) {
    detail::print_value(out, set);
    return out;
  }

 private:
  static Set of(const std::vector<T>& elements) {
    auto made = detail::make_set<T>(detail::this_creator());
    made.update(elements);
    return made;
  }
  template <class Chosen>
  static std::vector<T> chosen(const std::vector<T>& elements, Chosen is_chosen) {
    std::vector<T> all;
    std::copy_if(elements.begin(), elements.end(), std::back_inserter(all), is_chosen);
    return all;
  }
  static bool within(const std::vector<T>& a, const std::vector<T>& b, bool strictly) {
    const detail::Elements<T> theirs(b);
    return (strictly ? a.size() < theirs.size() : a.size() <= theirs.size()) &&
           std::all_of(a.begin(), a.end(), [&](const T& e) { return theirs.contains(e); });
  }
  // `a` has each element once.
  static bool equal(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == detail::Elements<T>(b).size() && within(a, b, false);
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("Set");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(DictCore<T, NoValue, A>(heap, at));
        });
  }
};

namespace detail {

/// A new empty set.
template <class T>
Set<T> make_set(Word creator) {
  require_key<T>();
  return Set<T>(make_table(Set<T>::kKind, Modules::token(typeid(Set<T>).name()), creator));
}

}  // namespace detail
}  // namespace cohort
