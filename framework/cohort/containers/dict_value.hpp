// SPDX-License-Identifier: BSL-1.0
#pragma once

// Values of a dict as its entries hold them: inline, where they are plain and small, else as blobs.

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "cohort/codec.hpp"
#include "cohort/containers/slots.hpp"
#include "cohort/heap/blob.hpp"
#include "cohort/heap/operation.hpp"

namespace cohort {

/// The value of a set's elements.
struct NoValue {};

/// What a value of V takes in an entry where it is inline.
template <class V>
inline constexpr std::size_t value_bytes =
    std::is_same_v<V, NoValue> ? 0
    : is_inline<V>             ? (sizeof(V) + sizeof(Word) - 1) / sizeof(Word) * sizeof(Word)
                               : 0;
/// Replacing such a value is one store.
template <class V>
inline constexpr bool is_word_value = value_bytes<V> == sizeof(Word);

/// A value made ready to be stored, before an Operation begins: encoding runs user code, and may throw.
template <class V>
class ReadyValue {
 public:
  explicit ReadyValue(const V& value) {
    if constexpr (is_inline<V>) {
      if constexpr (value_bytes<V> != 0) std::memcpy(raw_.data(), &value, sizeof value);
    } else if constexpr (std::is_same_v<V, std::string>) {
      encoder_.bytes(value.data(), value.size());
    } else {
      encode(encoder_, value);
    }
  }
  std::size_t bytes() const {
    if constexpr (is_inline<V>) {
      return raw_.size();
    } else {
      return blob_size(encoder_.encoded());
    }
  }
  template <class A>
  void write(Operation<A>& operation, const Heap<A>& heap, Address at) const {
    if constexpr (is_word_value<V>) {
      heap.store(at, std::bit_cast<Word>(raw_));
    } else if constexpr (is_inline<V>) {
      heap.access().write(at, raw_.data(), raw_.size());
    } else {
      write_blob(operation, heap, at, encoder_.encoded());
    }
  }
  Word word() const { return std::bit_cast<Word>(raw_); }

 private:
  struct NoEncoder {};
  std::array<std::byte, value_bytes<V>> raw_ = {};
  [[no_unique_address]] std::conditional_t<is_inline<V>, NoEncoder, Encoder> encoder_;
};

/// Of an inline one.
template <class V>
V value_of_bytes(const std::byte* bytes) {
  if constexpr (value_bytes<V> == 0) {
    return V{};
  } else {
    Raw<V> raw;
    std::memcpy(raw.data(), bytes, raw.size());
    return std::bit_cast<V>(raw);
  }
}

}  // namespace cohort
