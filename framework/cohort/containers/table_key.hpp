// SPDX-License-Identifier: BSL-1.0
#pragma once

// How an entry of a Table begins: with the word that says where in the order it is, which is the table's, and its
// key, which is a word, or any number of bytes.

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "cohort/heap/heap.hpp"

namespace cohort {

/// A key of at most a word. In an entry: the word.
class WordKey {
 public:
  static constexpr bool kIsWord = true;
  /// Where in an entry its bytes are.
  static constexpr std::size_t kHead = sizeof(Word);

  explicit WordKey(Word word) : word_(word) {}
  /// As key_of() gives them.
  static WordKey of_bytes(std::span<const std::byte> bytes) {
    Word word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    return WordKey(word);
  }

  Word hash() const { return mix(word_); }
  /// Where the value is in an entry.
  static constexpr std::size_t bytes() { return kHead + sizeof(Word); }

  template <class A>
  void write(const Heap<A>& heap, Address entry) const {
    heap.store(entry + kHead, word_);
  }
  /// The entry may be nonsense, where `still()` tells whether what was read until then counts.
  template <class A, class Still>
  bool matches(const Heap<A>& heap, Address entry, Still) const {
    return heap.load(entry + kHead) == word_;
  }
  template <class A>
  static Word hash_of(const Heap<A>& heap, Address entry) {
    return mix(heap.load(entry + kHead));
  }
  template <class A>
  static std::vector<std::byte> key_of(const Heap<A>& heap, Address entry) {
    std::vector<std::byte> bytes(sizeof(Word));
    heap.access().read(entry + kHead, bytes.data(), bytes.size());
    return bytes;
  }
  /// Where the value is.
  template <class A>
  static Address end_of(const Heap<A>&, Address entry) {
    return entry + bytes();
  }

 private:
  // The finalizer of MurmurHash3 (Appleby): one to one, and each bit of the word moves all of the result's.
  static constexpr Word mix(Word x) {
    x = (x ^ (x >> 33)) * 0xff51'afd7'ed55'8ccd;
    x = (x ^ (x >> 33)) * 0xc4ce'b9fe'1a85'ec53;
    return x ^ (x >> 33);
  }

  Word word_;
};

/// A key of any length. In an entry: {hash, length, bytes, filled up to whole words}.
class ByteKey {
 public:
  static constexpr bool kIsWord = false;
  static constexpr std::size_t kHead = 3 * sizeof(Word);

  explicit ByteKey(std::span<const std::byte> bytes)
      : bytes_(bytes),
        hash_(std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {}

  static ByteKey of_bytes(std::span<const std::byte> bytes) { return ByteKey(bytes); }

  Word hash() const { return hash_; }
  std::size_t bytes() const { return kHead + in_words(bytes_.size()); }

  template <class A>
  void write(const Heap<A>& heap, Address entry) const {
    heap.store(entry + kHash, hash_);
    heap.store(entry + kLength, bytes_.size());
    heap.access().write(entry + kHead, bytes_.data(), bytes_.size());
  }
  template <class A, class Still>
  bool matches(const Heap<A>& heap, Address entry, Still still) const {
    if (heap.load(entry + kHash) != hash_ || heap.load(entry + kLength) != bytes_.size() || !still() ||
        !heap.readable(entry, bytes())) {
      return false;
    }
    std::array<std::byte, 256> piece;
    for (std::size_t done = 0; done < bytes_.size();) {
      const std::size_t count = std::min(piece.size(), bytes_.size() - done);
      heap.access().read(entry + kHead + done, piece.data(), count);
      if (std::memcmp(piece.data(), bytes_.data() + done, count) != 0) return false;
      done += count;
    }
    return true;
  }
  template <class A>
  static Word hash_of(const Heap<A>& heap, Address entry) {
    return heap.load(entry + kHash);
  }
  template <class A>
  static Word length_of(const Heap<A>& heap, Address entry) {
    return heap.load(entry + kLength);
  }
  template <class A>
  static std::vector<std::byte> key_of(const Heap<A>& heap, Address entry) {
    std::vector<std::byte> bytes(length_of(heap, entry));
    heap.access().read(entry + kHead, bytes.data(), bytes.size());
    return bytes;
  }
  template <class A>
  static Address end_of(const Heap<A>& heap, Address entry) {
    return entry + (kHead + in_words(length_of(heap, entry)));
  }

 private:
  static constexpr std::size_t kHash = sizeof(Word);
  static constexpr std::size_t kLength = 2 * sizeof(Word);
  static constexpr std::size_t in_words(std::size_t bytes) {
    return (bytes + sizeof(Word) - 1) / sizeof(Word) * sizeof(Word);
  }

  std::span<const std::byte> bytes_;
  Word hash_;
};

}  // namespace cohort
