// SPDX-License-Identifier: BSL-1.0
#pragma once

// Keys of a dict as its table knows them: a word, or bytes.

#include <cstring>
#include <span>
#include <type_traits>

#include "cohort/containers/key.hpp"
#include "cohort/containers/table_key.hpp"

namespace cohort {

/// A key of K as the table knows it.
template <class K>
class TableKey {
 public:
  using Key = std::conditional_t<is_word_key<K>, WordKey, ByteKey>;

  explicit TableKey(const K& key) : key_(make(key, buffer_)) {}
  TableKey(const TableKey&) = delete;
  TableKey& operator=(const TableKey&) = delete;
  const Key& get() const { return key_; }

 private:
  struct NoBuffer {};
  using Buffer = std::conditional_t<is_word_key<K>, NoBuffer, KeyBytes>;

  template <class B>
  static Key make(const K& key, B& buffer) {
    if constexpr (!is_word_key<K>) {
      return ByteKey(key_bytes(key, buffer));
    } else {
      Word word = 0;
      if constexpr (detail::is_plain_key<K>) {
        std::memcpy(&word, &key, sizeof key);
      } else {
        KeyBytes bytes;
        encode_key(bytes, key);
        std::memcpy(&word, bytes.view().data(), bytes.view().size());
      }
      return WordKey(word);
    }
  }

  [[no_unique_address]] Buffer buffer_;
  Key key_;
};

/// The key whose bytes these are.
template <class K>
K key_of_bytes(std::span<const std::byte> bytes) {
  if constexpr (is_word_key<K>) {
    return key_of<K>(bytes.first(detail::key_length<K>()));
  } else {
    return key_of<K>(bytes);
  }
}

}  // namespace cohort
