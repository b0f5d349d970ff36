// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <ranges>
#include <unordered_map>

#include "cohort/containers/dict_core.hpp"
#include "cohort/containers/snapshot.hpp"
#include "cohort/element.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

/// A range of pairs that a dict can be made of: a std::map, a vector of pairs, another dict.
template <class R, class K, class V>
concept ItemsOf = std::ranges::input_range<R> &&
                  std::constructible_from<std::pair<K, V>, std::ranges::range_reference_t<R>>;

namespace detail {
template <class K>
[[noreturn]] void throw_missing(const K& key) {
  throw std::out_of_range(
      key_name(key) + " is not in the dict; ask contains(key) first, or use get(key, default) or setdefault");
}
}  // namespace detail

/// A dict that all ranks share. Python: `Manager().dict()`, with the same methods and the same order: that in
/// which keys came, which overwriting a value does not change.
///
/// A Dict is a handle: copies refer to the same dict, passing one to a Process or into another object
/// passes the dict itself. const-ness is shallow. Usable from any thread of any rank.
///
/// Every single operation is linearizable: it happens at one moment between its call and its return.
/// Where a key must be there and is not: std::out_of_range, which names it. Empty handle: UsageError. No room
/// on rank 0: OutOfSharedMemory, and nothing was changed. Nothing here waits for other Processes longer than
/// their own operations on this dict take.
///
/// K: integers, floating point (0.0 is -0.0, and a NaN equals itself), enumerations, strings, pairs, tuples,
/// arrays, optionals, variants and vectors of these, classes without padding, or with a serialize() that writes
/// equal bytes for equal values. V: as the T of a List.
template <class K, class V>
class Dict : public Handle {
 public:
  using key_type = K;
  using mapped_type = V;
  using value_type = std::pair<K, V>;
  static constexpr Word kKind = table_kind<K, V>;
  using iterator = SnapshotIterator<value_type>;
  using const_iterator = iterator;

  Dict() = default;
  explicit Dict(Reference reference) : Handle(std::move(reference)) {}

  /// The key's value; none: the key is not there. Over shared memory, reading a trivially copyable V takes no
  /// latch unless the dict keeps changing under the reader.
  [[gnu::always_inline]] std::optional<V> get(const K& key) const {
    return with([&key](const auto& core) __attribute__((always_inline)) { return core.get(key); });
  }
  V get(const K& key, const V& fallback) const {
    auto found = get(key);
    return found ? std::move(*found) : fallback;
  }
  /// Throws std::out_of_range where the key is not there. Python: d[key].
  V value_of(const K& key) const {
    auto found = get(key);
    if (!found) detail::throw_missing(key);
    return std::move(*found);
  }
  bool contains(const K& key) const {
    return with([&](const auto& core) { return core.contains(key); });
  }

  /// Inserts, or replaces the value and keeps the key's place in the order.
  void set(const K& key, const V& value) const {
    with_unsettled([&key, &value ](const auto& core)
                       __attribute__((always_inline)) { core.set(key, value); });
  }

  /// The place of a key's value: read it, assign to it, `+=` it. See Element. Assigning inserts; all else
  /// throws std::out_of_range where the key is not there.
  Element<Dict, V, K> operator[](const K& key) const { return {*this, key}; }
  /// The same, and throws at once where the key is not there.
  Element<Dict, V, K> at(const K& key) const {
    if (!contains(key)) detail::throw_missing(key);
    return {*this, key};
  }

  /// Python: del d[key].
  void erase(const K& key) const {
    if (!with([&](const auto& core) { return core.erase(key); })) detail::throw_missing(key);
  }
  /// Takes the key out and gives its value.
  V pop(const K& key) const {
    auto taken = with([&](const auto& core) { return core.pop(key); });
    if (!taken) detail::throw_missing(key);
    return std::move(*taken);
  }
  V pop(const K& key, const V& fallback) const {
    auto taken = with([&](const auto& core) { return core.pop(key); });
    return taken ? std::move(*taken) : fallback;
  }
  /// Takes out the key that came last. Throws std::out_of_range where there is none.
  value_type popitem() const {
    auto taken = with([](const auto& core) { return core.popitem(); });
    if (!taken) throw std::out_of_range("popitem from an empty dict");
    return std::move(*taken);
  }

  /// The key's value, after `value` was put there if there was none.
  V setdefault(const K& key, const V& value) const {
    return with([&](const auto& core) { return core.setdefault(key, value); });
  }

  /// Sets all of them at once, or none; of equal keys the last one counts. Reads `items` first; a dict can
  /// update itself. Costs a new table as long as the dict, but for a single item.
  template <class R>
    requires ItemsOf<R, K, V>
  void update(R&& items) const {
    std::vector<value_type> all;
    for (auto&& item : items) all.emplace_back(std::forward<decltype(item)>(item));
    update_all(all);
  }
  void update(std::initializer_list<value_type> items) const { update_all(items); }

  /// Changes one value, atomically: `change(V&)` runs once, on a copy, or on a copy of `initial` where the
  /// key is not there, while the dict is closed to others; using the dict in it throws UsageError. Where it throws,
  /// nothing was changed. Returns the new value. Python: nothing like it; `with lock:` around a read and a write.
  template <class Change>
    requires std::invocable<Change&, V&>
  V update(const K& key, const V& initial, Change&& change) const {
    return *with([&](const auto& core) { return core.update(key, &initial, change); });
  }
  /// The same, and throws std::out_of_range where the key is not there.
  template <class Change>
    requires std::invocable<Change&, V&>
  V update(const K& key, Change&& change) const {
    auto changed = with([&](const auto& core) { return core.update(key, nullptr, change); });
    if (!changed) detail::throw_missing(key);
    return std::move(*changed);
  }
  /// Adds to the key's value, which is 0 where there is none, atomically. Returns the new value.
  /// Python: collections.Counter's d[key] += by, which loses updates in a manager's dict.
  V increment(const K& key, V by = V{1}) const
    requires(std::is_arithmetic_v<V> && !std::is_same_v<V, bool> && sizeof(V) <= sizeof(Word))
  {
    return with_unsettled([&key, by ](const auto& core)
                              __attribute__((always_inline)) { return core.increment(key, by); });
  }
  /// Exchanges the values of two keys, at once.
  void swap(const K& a, const K& b) const {
    const K* missing = nullptr;
    if (!with([&](const auto& core) { return core.swap(a, b, missing); })) detail::throw_missing(*missing);
  }

  void clear() const {
    with([](const auto& core) { core.clear(); });
  }

  // Vectors of what was there at one moment, in the order of insertion.
  std::vector<K> keys() const {
    return with([](const auto& core) { return core.keys(); });
  }
  std::vector<V> values() const {
    return with([](const auto& core) { return core.values(); });
  }
  std::vector<value_type> items() const {
    return with([](const auto& core) { return core.items(); });
  }
  std::vector<value_type> copy() const { return items(); }

  std::size_t size() const {
    return with([](const auto& core) { return core.size(); });
  }
  bool empty() const { return size() == 0; }

  /// Iterates over the items of one moment: for (const auto& [key, value] : dict).
  iterator begin() const { return iterator(items()); }
  iterator end() const { return iterator(); }

  /// The same keys with equal values, in whatever order; each side at one moment.
  template <class R>
    requires(ItemsOf<const R&, K, V> && std::equality_comparable<V>)
  friend bool operator==(const Dict& dict, const R& other) {
    return equal(dict.items(), other);
  }
  friend bool operator==(const Dict& a, const Dict& b)
    requires std::equality_comparable<V>
  {
    return a.is_same(b) || equal(a.items(), b.items());
  }
  /// As Python prints it: {'a': 1, 'b': 2}.
  friend std::ostream& operator<<(std::ostream& out, const Dict& dict) {
    detail::print_value(out, dict);
    return out;
  }

 private:
  void update_all(std::span<const value_type> items) const {
    if (items.size() == 1) return set(items[0].first, items[0].second);
    with([&](const auto& core) { core.update(items); });
  }

  template <class R>
  static bool equal(const std::vector<value_type>& mine, const R& others) {
    std::unordered_map<std::string, const V*> values;
    for (const auto& [key, value] : mine) values.emplace(key_string(key), &value);
    std::unordered_map<std::string, V> theirs;
    for (const auto& [key, value] : others)
      theirs.insert_or_assign(key_string<K>(key), static_cast<V>(value));
    if (values.size() != theirs.size()) return false;
    return std::all_of(theirs.begin(), theirs.end(), [&](const auto& item) {
      const auto found = values.find(item.first);
      return found != values.end() && *found->second == item.second;
    });
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("Dict");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(DictCore<K, V, A>(heap, at));
        });
  }
  // For what ends in a read-modify-write, or in a store that whoever takes keys away waits for.
  template <class Work>
  [[gnu::always_inline]] decltype(auto) with_unsettled(Work work) const {
    const Address at = object("Dict");
    return with_unsettled_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(DictCore<K, V, A>(heap, at));
        });
  }
};

namespace detail {

/// A new empty table; `type` is that of its handle.
inline Reference make_table(Word kind, Word type, Word creator) {
  return Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, kind, type, creator);
    operation.keep();
    return id;
  }));
}

/// A new empty dict.
template <class K, class V>
Dict<K, V> make_dict(Word creator) {
  require_key<K>();
  require_travels<V>();
  static_assert(
      !std::is_reference_v<V> && !std::is_const_v<V> && !std::is_reference_v<K> && !std::is_const_v<K>,
      "cohort: a dict holds plain keys and values; drop const and &");
  return Dict<K, V>(make_table(Dict<K, V>::kKind, Modules::token(typeid(Dict<K, V>).name()), creator));
}

}  // namespace detail
}  // namespace cohort
