// SPDX-License-Identifier: BSL-1.0
#pragma once

// One look at a whole dict.

#include <cstring>
#include <span>
#include <vector>

#include "cohort/containers/dict_key.hpp"
#include "cohort/containers/dict_value.hpp"
#include "cohort/containers/table.hpp"

namespace cohort {

/// Sink of Table::read_all: the bytes of keys, and of values where they are inline.
template <class K, class V, class A>
class DictRecords {
 public:
  DictRecords(const Heap<A>& heap, bool with_values) : heap_(heap), with_values_(with_values) {}

  bool has_words() const { return with_values_ && is_word_value<V>; }
  void begin(Word count) {
    size = count;
    bytes_.clear();
    if (Key::kIsWord) bytes_.reserve(count * (sizeof(Word) + (with_values_ ? value_bytes<V> : 0)));
  }
  template <class Look>
  bool entry(Address entry, const Look& look) {
    const auto sound = [&](std::size_t bytes) {
      return look.latched || (heap_.readable(entry, bytes) && look.valid());
    };
    if (!sound(Table::kLeastEntry)) return false;
    Word key_bytes = sizeof(Word);
    if constexpr (!Key::kIsWord) {
      key_bytes = ByteKey::length_of(heap_, entry);
      if (!sound(Table::kLeastEntry)) return false;  // the length is one
      append(&key_bytes, sizeof key_bytes);
    }
    const Address value = Key::end_of(heap_, entry);
    if (value.bits() < entry.bits() || !sound(value.bits() - entry.bits() + value_bytes<V>)) return false;
    read(entry + Key::kHead, key_bytes);
    if (with_values_) read(value, value_bytes<V>);
    return true;
  }
  /// work(K, where its value's bytes are) for each.
  template <class Work>
  void each(Work work) const {
    for (std::size_t at = 0; at < bytes_.size();) {
      Word key_bytes = sizeof(Word);
      if constexpr (!Key::kIsWord) {
        std::memcpy(&key_bytes, bytes_.data() + at, sizeof key_bytes);
        at += sizeof key_bytes;
      }
      const std::span<const std::byte> key(bytes_.data() + at, key_bytes);
      at += key_bytes;
      const std::byte* const value = bytes_.data() + at;
      if (with_values_) at += value_bytes<V>;
      work(key_of_bytes<K>(key), value);
    }
  }
  Word size = 0;

 private:
  using Key = typename TableKey<K>::Key;
  using Table = cohort::Table<A, Key>;

  void append(const void* from, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + bytes);
  }
  void read(Address from, std::size_t bytes) {
    if (bytes == 0) return;
    if (bytes == sizeof(Word)) {
      const Word word = heap_.load(from);
      return append(&word, sizeof word);
    }
    const std::size_t at = bytes_.size();
    bytes_.resize(at + bytes);
    heap_.access().read(from, bytes_.data() + at, bytes);
  }

  const Heap<A>& heap_;
  bool with_values_;
  std::vector<std::byte> bytes_;
};

}  // namespace cohort
