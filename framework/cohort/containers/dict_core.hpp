// SPDX-License-Identifier: BSL-1.0
#pragma once

// The operations of dict and set on keys of K and values of V, over one access. Every one takes user values
// apart (encoding, comparing, callbacks) outside of an Operation, and changes the table by one commit.

#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cohort/containers/dict_batch.hpp"
#include "cohort/containers/dict_records.hpp"
#include "cohort/containers/dropped.hpp"
#include "cohort/containers/key.hpp"
#include "cohort/containers/slots.hpp"
#include "cohort/containers/table_editor.hpp"
#include "cohort/containers/wrapping.hpp"

namespace cohort {

/// The kind of a table with keys of K and values of V.
template <class K, class V>
inline constexpr Word table_kind =
    make_kind(ObjectKind::dict, static_cast<std::uint32_t>(value_bytes<V>),
              (is_inline<V> ? 0 : kBlobFlag) | (is_word_key<K> ? 0 : kByteKeyFlag));

template <class K, class V, class A>
class DictCore {
 public:
  using Key = typename TableKey<K>::Key;
  using Item = std::pair<K, V>;

  DictCore(const Heap<A>& heap, Address object) : heap_(heap), table_(heap, object) {}

  Word size() const { return table_.size(); }

  [[gnu::always_inline]] bool contains(const K& key) const {
    const TableKey<K> wanted(key);
    if constexpr (A::kOptimisticReads) {
      const auto sight = table_.peek(wanted.get(), [](Address, const auto&) { return true; });
      if (sight != Table::Sight::unsure) [[likely]]
        return sight == Table::Sight::present;
    }
    return DictCore(*this).contains_carefully(wanted.get());
  }

  [[gnu::always_inline]] std::optional<V> get(const K& key) const {
    const TableKey<K> wanted(key);
    if constexpr (A::kOptimisticReads && is_word_value<V>) {
      Word word = 0;
      const auto sight = table_.peek(wanted.get(), [&](Address value, const auto&) {
        if (!Key::kIsWord && !heap_.readable(value, sizeof(Word))) return false;
        word = heap_.load(value);
        return true;
      });
      if (sight == Table::Sight::present) [[likely]]
        return unpack(word);
      if (sight == Table::Sight::absent) return std::nullopt;
    }
    return DictCore(*this).get_carefully(wanted.get());
  }

  [[gnu::always_inline]] void set(const K& key, const V& value) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    if constexpr (is_word_value<V>) {
      if (table_.change_word(hint, Put{pack(value)})) [[likely]]
        return;
    }
    DictCore(*this).set_carefully(wanted.get(), hint, value);
  }

  /// The value there, after the default was put there if there was none.
  V setdefault(const K& key, const V& value) const {
    const TableKey<K> wanted(key);
    if constexpr (A::kOptimisticReads && is_inline<V>) {
      if (auto there = get_carefully(wanted.get())) return std::move(*there);
    }
    const Ready ready(value);
    Dropped dropped(heap_);
    Editor editor(table_, Beside{});
    const auto place = editor.find(wanted.get());
    if (place.entry) return value_at(editor.value_of(place));
    store(editor, wanted.get(), place, ready, dropped);
    return value;
  }

  /// For a set. False: it was there.
  bool add(const K& key) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    if (hint.sure && hint.place.entry) return false;
    if (insert_inline(wanted.get(), hint, V{})) return true;
    const Ready ready(V{});
    Dropped dropped(heap_);
    Editor editor(table_, Beside{});
    const auto place = editor.find(wanted.get(), hint);
    if (place.entry) return false;
    store(editor, wanted.get(), place, ready, dropped);
    return true;
  }

  /// `change` sees a copy of the value, or of `*initial` where there is none; the dict has its result at once, or
  /// nothing where it throws. None: no such key, and no initial.
  template <class Change>
  std::optional<V> update(const K& key, const V* initial, Change&& change) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    Dropped dropped(heap_);
    Editor editor(table_);
    const auto place = editor.find(wanted.get(), hint);
    if (!place.entry && initial == nullptr) return std::nullopt;
    V value = place.entry ? value_at(editor.value_of(place)) : *initial;
    change(value);
    const Ready ready(value);
    store(editor, wanted.get(), place, ready, dropped);
    return value;
  }

  [[gnu::always_inline]] V increment(const K& key, V by) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    if (const auto next = table_.change_word(hint, Add{by})) [[likely]]
      return unpack(*next);
    return DictCore(*this).increment_carefully(wanted.get(), hint, by);
  }

  std::optional<V> pop(const K& key) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    if (hint.sure && !hint.place.entry) return std::nullopt;
    Dropped dropped(heap_);
    Editor editor(table_);
    const auto place = editor.find(wanted.get(), hint);
    if (!place.entry) return std::nullopt;
    V value = value_at(editor.value_of(place));
    erase(editor, place, false, dropped);
    return value;
  }

  /// False: it was not there.
  bool erase(const K& key) const {
    const TableKey<K> wanted(key);
    const auto hint = table_.look_up(wanted.get());
    if (hint.sure && !hint.place.entry) return false;
    Dropped dropped(heap_);
    Editor editor(table_);
    const auto place = editor.find(wanted.get(), hint);
    if (!place.entry) return false;
    erase(editor, place, false, dropped);
    return true;
  }

  /// The entry that came last; none: it is empty.
  std::optional<Item> popitem() const {
    Dropped dropped(heap_);
    Editor editor(table_);
    if (editor.size() == 0) return std::nullopt;
    const auto place = editor.last();
    Item item(key_at(place.entry), value_at(editor.value_of(place)));
    erase(editor, place, true, dropped);
    return item;
  }

  void clear() const {
    Dropped dropped(heap_);
    Editor editor(table_);
    Operation<A> operation(heap_);
    editor.each([&](Address entry) { drop(operation, entry, dropped); });
    editor.rebuild(operation, {});
    dropped.confirm();
  }

  /// All of it at once, or nothing. Of equal keys the last value counts. Costs a new table.
  void update(std::span<const Item> items) const {
    if (items.empty()) return;
    DictBatch<K, V> batch(items);
    Dropped dropped(heap_);
    Editor editor(table_);
    std::vector<typename Table::Place> places;
    for (const auto& key : batch.keys) places.push_back(editor.find(key->get()));
    std::vector<Word> order = editor.order();
    Operation<A> operation(heap_);
    for (std::size_t i = 0; i < batch.keys.size(); ++i) {
      const Word entry = make_entry(operation, batch.keys[i]->get(), batch.values[i]).bits();
      if (places[i].entry) {
        drop(operation, places[i].entry, dropped);
        order[places[i].position] = entry;
      } else {
        order.push_back(entry);
      }
    }
    editor.rebuild(operation, std::move(order));
    dropped.confirm();
  }

  /// Exchanges two values, at once. False: one of them is not there, `missing` says which.
  bool swap(const K& a, const K& b, const K*& missing) const {
    const TableKey<K> first(a);
    const TableKey<K> second(b);
    Dropped dropped(heap_);
    Editor editor(table_);
    const auto here = editor.find(first.get());
    const auto there = editor.find(second.get());
    missing = !here.entry ? &a : &b;
    if (!here.entry || !there.entry) return false;
    if (here.entry == there.entry) return true;
    const Ready to_second(value_at(editor.value_of(here)));
    const Ready to_first(value_at(editor.value_of(there)));
    Operation<A> operation(heap_);
    const typename Editor::Replacement both[] = {{here, make_entry(operation, first.get(), to_first)},
                                                 {there, make_entry(operation, second.get(), to_second)}};
    collect(here.entry, dropped);
    collect(there.entry, dropped);
    editor.replace(operation, both);
    dropped.confirm();
    return true;
  }

  std::vector<Item> items() const {
    return all<Item>(true, [](K&& key, V&& value) { return Item(std::move(key), std::move(value)); });
  }
  std::vector<V> values() const {
    return all<V>(true, [](K&&, V&& value) { return std::move(value); });
  }
  std::vector<K> keys() const {
    std::vector<K> keys;
    Records records(heap_, false);
    table_.read_all(records);
    keys.reserve(records.size);
    records.each([&keys](K&& key, const std::byte*) { keys.push_back(std::move(key)); });
    return keys;
  }

 private:
  using Table = cohort::Table<A, Key>;
  using Editor = typename Table::Editor;
  using Hint = typename Table::Hint;
  using Dropped = cohort::Dropped<A>;
  using Ready = ReadyValue<V>;
  using Records = DictRecords<K, V, A>;

  // Changes of a word's value, each one atomic. They return the new one.
  struct Put {
    Word word;
    Word operator()(const Heap<A>& heap, Address at) const {
      heap.publish(at, word);
      return word;
    }
  };
  struct Add {
    V by;
    Word operator()(const Heap<A>& heap, Address at) const {
      if constexpr (std::is_integral_v<V> && sizeof(V) == sizeof(Word)) {
        return heap.access().fetch_add(at, pack(by)) + pack(by);
      } else {
        Word word = heap.load(at);
        const auto next = [&] { return pack(detail::sum(unpack(word), by)); };
        while (!heap.access().compare_exchange(at, word, next())) {
        }
        return next();
      }
    }
  };

  // All entries, each made one by `make`. Blobs may be freed as soon as the latch is: they are read under it.
  template <class Result, class Make>
  std::vector<Result> all(bool with_values, Make make) const {
    std::vector<Result> results;
    if constexpr (is_inline<V>) {
      Records records(heap_, with_values);
      table_.read_all(records);
      results.reserve(records.size);
      records.each([&](K&& key, const std::byte* value) {
        results.push_back(make(std::move(key), value_of_bytes<V>(value)));
      });
    } else {
      Editor editor(table_);
      results.reserve(editor.size());
      editor.each([&](Address entry) {
        results.push_back(make(key_at(entry), value_at(Key::end_of(heap_, entry))));
      });
    }
    return results;
  }

  // Under the latch.
  K key_at(Address entry) const {
    if constexpr (is_word_key<K>) {
      const Word word = heap_.load(entry + WordKey::kHead);
      return key_of_bytes<K>(std::as_bytes(std::span(&word, 1)));
    } else {
      std::vector<std::byte> bytes(ByteKey::length_of(heap_, entry));
      heap_.access().read(entry + ByteKey::kHead, bytes.data(), bytes.size());
      return key_of_bytes<K>(bytes);
    }
  }
  V value_at(Address at) const {
    if constexpr (value_bytes<V> != 0) {
      return *read_inline(at);
    } else if constexpr (is_inline<V>) {
      return V{};
    } else {
      return std::move(*read_blob<V>(heap_, at, Latched{}));
    }
  }
  std::optional<V> read_inline(Address at) const {
    Raw<V> raw;
    if constexpr (is_word_value<V>) {
      const Word word = heap_.load(at);
      std::memcpy(raw.data(), &word, raw.size());
    } else {
      heap_.access().read(at, raw.data(), raw.size());
    }
    return std::bit_cast<V>(raw);
  }

  [[gnu::noinline]] bool contains_carefully(Key key) const {
    return table_.read(key, [](Address, const auto&) { return true; });
  }
  [[gnu::noinline]] std::optional<V> get_carefully(Key key) const {
    std::optional<V> value;
    const bool found = table_.read(key, [&](Address at, const auto& look) {
      if constexpr (is_inline<V>) {
        if (!look.latched && !heap_.readable(at, value_bytes<V>)) return false;
        value = value_bytes<V> == 0 ? std::optional<V>(V{}) : read_inline(at);
        return true;
      } else {
        value = read_blob<V>(heap_, at, look);
        return value.has_value();
      }
    });
    if (!found) value.reset();
    return value;
  }

  [[gnu::noinline]] void set_carefully(Key key, Hint hint, const V& value) const {
    if (insert_inline(key, hint, value)) return;
    const Ready ready(value);
    Dropped dropped(heap_);
    if (hint.sure && !hint.place.entry) {
      // Nothing that can be done before is left for the time with the latch.
      heap_.expect_write(hint.place.slot);
      Operation<A> operation(heap_);
      const Address entry = make_entry(operation, key, ready);
      Editor editor(table_, Beside{});
      const auto place = editor.find(key, hint);
      if constexpr (is_word_value<V>) {
        if (place.entry) return static_cast<void>(editor.change_word(place, Put{ready.word()}));
      }
      store(editor, operation, key, place, entry, dropped);
    } else {
      Editor editor(table_, Beside{});
      store(editor, key, editor.find(key, hint), ready, dropped);
    }
  }
  [[gnu::noinline]] V increment_carefully(Key key, Hint hint, V by) const {
    if (insert_inline(key, hint, by)) return by;
    Dropped dropped(heap_);
    Editor editor(table_, Beside{});
    const auto place = editor.find(key, hint);
    if constexpr (is_word_value<V>) {
      if (place.entry) return unpack(editor.change_word(place, Add{by}));
    }
    store(editor, key, place, Ready(by), dropped);
    return by;
  }

  // The frequent case of a new key. False: nothing was changed.
  [[gnu::always_inline]] bool insert_inline(const Key& key, const Hint& hint, const V& value) const {
    if constexpr (A::kOptimisticReads && is_inline<V>) {
      std::array<Word, value_bytes<V> / sizeof(Word)> words = {};
      if constexpr (value_bytes<V> != 0) std::memcpy(words.data(), &value, sizeof value);
      return table_.insert(key, hint, words);
    }
    return false;
  }

  Address make_entry(Operation<A>& operation, const Key& key, const Ready& value) const {
    const Address entry = operation.allocate(key.bytes() + value.bytes());
    key.write(heap_, entry);
    value.write(operation, heap_, entry + key.bytes());
    return entry;
  }

  // Puts the value there, over another or as a new one, and ends the edit.
  void store(Editor& editor, const Key& key, const typename Table::Place& place, const Ready& ready,
             Dropped& dropped) const {
    if constexpr (is_word_value<V>) {
      if (place.entry) return static_cast<void>(editor.change_word(place, Put{ready.word()}));
    }
    Operation<A> operation(heap_);
    const Address entry = make_entry(operation, key, ready);
    store(editor, operation, key, place, entry, dropped);
  }
  void store(Editor& editor, Operation<A>& operation, const Key& key, const typename Table::Place& place,
             Address entry, Dropped& dropped) const {
    if (place.entry) {
      collect(place.entry, dropped);
      const typename Editor::Replacement replacement = {place, entry};
      editor.replace(operation, {&replacement, 1});
    } else {
      editor.insert(operation, key, place, entry);
    }
    dropped.confirm();
  }
  void erase(Editor& editor, const typename Table::Place& place, bool last, Dropped& dropped) const {
    Operation<A> operation(heap_);
    collect(place.entry, dropped);
    editor.erase(operation, place, last);
    dropped.confirm();
  }
  // An entry that leaves: what it holds, and itself.
  void collect(Address entry, Dropped& dropped) const {
    if constexpr (!is_inline<V>) collect_handles(heap_, Key::end_of(heap_, entry), dropped.held);
  }
  void drop(Operation<A>& operation, Address entry, Dropped& dropped) const {
    collect(entry, dropped);
    operation.discard(entry);
  }

  static Word pack(const V& value) {
    Word word = 0;
    std::memcpy(&word, &value, sizeof value);
    return word;
  }
  static V unpack(Word word) {
    Raw<V> raw;
    std::memcpy(raw.data(), &word, raw.size());
    return std::bit_cast<V>(raw);
  }

  Heap<A> heap_;
  Table table_;
};

}  // namespace cohort
