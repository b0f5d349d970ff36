// SPDX-License-Identifier: BSL-1.0
#pragma once

// Between values of type T and the slots of a Sequence.

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <span>

#include "cohort/codec.hpp"
#include "cohort/handle.hpp"
#include "cohort/heap/blob.hpp"
#include "cohort/heap/operation.hpp"
#include "cohort/window/large_pages.hpp"

namespace cohort {

template <class T>
inline constexpr std::size_t slot_bytes = is_inline<T> ? sizeof(T) : sizeof(Word);

/// Replacing such a slot is one store.
template <class T>
inline constexpr bool is_word_slot =
    is_inline<T> && (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

template <class T>
using Raw = std::array<std::byte, sizeof(T)>;

/// A vector's values one after the other in memory, which those of std::vector<bool> are not.
template <class T>
class Values {
 public:
  explicit Values(const std::vector<T>& values) {
    if constexpr (std::is_same_v<T, bool>) {
      copy_ = std::make_unique<bool[]>(values.size());
      std::copy(values.begin(), values.end(), copy_.get());
      span_ = {copy_.get(), values.size()};
    } else {
      span_ = values;
    }
  }
  std::span<const T> span() const { return span_; }

 private:
  std::unique_ptr<bool[]> copy_;
  std::span<const T> span_;
};

/// Values made ready to be stored, before an Operation begins: encoding runs user code, and may throw.
template <class T>
class Prepared {
 public:
  explicit Prepared(std::span<const T> values) : values_(values) {
    if constexpr (!is_inline<T>) many_.resize(values.size() == 1 ? 0 : values.size());
    if constexpr (!is_inline<T> && !std::is_same_v<T, std::string>) {
      for (const T& value : values) {
        begins_.push_back({encoder_.buffer().size(), encoder_.encoded().handles.size()});
        encode(encoder_, value);
      }
      begins_.push_back({encoder_.buffer().size(), encoder_.encoded().handles.size()});
    }
  }

  Word count() const { return values_.size(); }

  /// The slots: for blobs, freshly allocated in `operation`; again in another one where that came to nothing.
  /// Throws OutOfSharedMemory.
  template <class A>
  void make(Operation<A>& operation, const Heap<A>& heap) {
    if constexpr (!is_inline<T>) {
      const std::span<Word> slots = values_.size() == 1 ? std::span(&single_, 1) : std::span(many_);
      for (std::size_t i = 0; i < values_.size(); ++i)
        slots[i] = make_blob(operation, heap, encoded(i)).bits();
    }
  }
  const std::byte* slots() const {
    if constexpr (is_inline<T>) {
      return reinterpret_cast<const std::byte*>(values_.data());
    } else {
      return reinterpret_cast<const std::byte*>(values_.size() == 1 ? &single_ : many_.data());
    }
  }

 private:
  struct Begin {
    std::size_t byte;
    std::size_t handle;
  };
  Encoded encoded(std::size_t i) const {
    if constexpr (std::is_same_v<T, std::string>) {
      return {std::as_bytes(std::span(values_[i]))};
    } else {
      const Encoded all = encoder_.encoded();
      return {all.bytes.subspan(begins_[i].byte, begins_[i + 1].byte - begins_[i].byte),
              all.handles.subspan(begins_[i].handle, begins_[i + 1].handle - begins_[i].handle),
              begins_[i].byte};
    }
  }

  std::span<const T> values_;
  Encoder encoder_;
  std::vector<Begin> begins_;
  Word single_ = 0;         // the slot, where there is one: no need to ask for memory
  std::vector<Word> many_;  // else the slots
};

/// The bytes of a blob as a T.
template <class T>
T value_of(std::span<const std::byte> bytes) {
  Decoder decoder(bytes);
  return decode<T>(decoder);
}

/// Reads the blob at `blob`. Where it may change under the reader, `look` tells; none: it did change, or
/// holds handles, which can be taken only from what cannot change.
template <class T, class A, class Look>
std::optional<T> read_blob(const Heap<A>& heap, Address blob, const Look& look) {
  if (!look.latched && !heap.readable(blob, kBlobHead)) return std::nullopt;
  const Word head = heap.load(blob);
  if (!look.latched && (blob_handles(head) != 0 || !heap.readable(blob, blob_bytes(head)) || !look.valid()))
    return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    std::string text(blob_bytes(head), '\0');
    heap.access().read(blob_data(blob, head), text.data(), text.size());
    return text;
  } else {
    std::vector<std::byte> bytes(blob_bytes(head));
    heap.access().read(blob_data(blob, head), bytes.data(), bytes.size());
    if (!look.valid()) return std::nullopt;  // decoding is for whole values only
    return value_of<T>(bytes);
  }
}

/// A look at what is under a latch.
struct Latched {
  static constexpr bool latched = true;
  static constexpr bool valid() { return true; }
};

/// Reads words of the window as values of T, one atomic load each, so that a vector can be made of them
/// without being filled twice.
template <class T>
class WordIterator {
 public:
  using Piece =
      std::conditional_t<sizeof(T) == 8, std::uint64_t,
                         std::conditional_t<sizeof(T) == 4, std::uint32_t,
                                            std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;
  using iterator_category = std::random_access_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = T;

  explicit WordIterator(const std::byte* at) : at_(at) {}
  T operator*() const {
    auto& piece = *reinterpret_cast<Piece*>(const_cast<std::byte*>(at_));  // atomic_ref reads only non-const
    return std::bit_cast<T>(std::atomic_ref<Piece>(piece).load(std::memory_order_acquire));
  }
  WordIterator& operator++() {
    at_ += sizeof(T);
    return *this;
  }
  WordIterator& operator--() {
    at_ -= sizeof(T);
    return *this;
  }
  WordIterator operator+(difference_type n) const {
    return WordIterator(at_ + n * static_cast<difference_type>(sizeof(T)));
  }
  WordIterator& operator+=(difference_type n) { return *this = *this + n; }
  friend difference_type operator-(const WordIterator& a, const WordIterator& b) {
    return (a.at_ - b.at_) / static_cast<difference_type>(sizeof(T));
  }
  friend bool operator==(const WordIterator& a, const WordIterator& b) { return a.at_ == b.at_; }

 private:
  const std::byte* at_;
};

/// Sink of Sequence::read_all that makes a vector of inline elements.
template <class T, class A>
class VectorSink {
 public:
  using Stored = std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>;
  explicit VectorSink(const Heap<A>& heap) : heap_(heap) {}

  void begin(Word size) {
    values_.clear();
    values_.reserve(size);
    want_large_pages(values_.data(), size * sizeof(Stored));
  }
  void piece(Address from, std::size_t bytes) {
    if constexpr (A::kOptimisticReads && is_word_slot<Stored> && requires { heap_.access().pointer(from); }) {
      const std::byte* first = heap_.access().pointer(from);
      values_.insert(values_.end(), WordIterator<Stored>(first), WordIterator<Stored>(first + bytes));
    } else {
      for (std::size_t done = 0; done < bytes; done += sizeof(Stored)) {
        Raw<Stored> raw;
        heap_.access().read(from + done, raw.data(), raw.size());
        values_.push_back(std::bit_cast<Stored>(raw));
      }
    }
  }
  std::vector<T> take() {
    if constexpr (std::is_same_v<T, bool>) {
      return std::vector<bool>(values_.begin(), values_.end());
    } else {
      return std::move(values_);
    }
  }

 private:
  const Heap<A>& heap_;
  std::vector<Stored> values_;
};

}  // namespace cohort
