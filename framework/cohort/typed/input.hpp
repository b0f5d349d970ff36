// SPDX-License-Identifier: BSL-1.0
#pragma once

// The kinds of input that a job may have: how the submitter writes it, and how whoever works at it reads the
// elements of the tasks it has claimed, one by one.

#include <algorithm>
#include <array>
#include <memory>
#include <ranges>

#include "cohort/array.hpp"
#include "cohort/list.hpp"
#include "cohort/process/job_part.hpp"
#include "cohort/range.hpp"

namespace cohort::detail {

/// An input as bytes: see JobSpec.
struct WrittenInput {
  Encoder encoder;
  std::span<const std::byte> plain;  // where it lies in memory as it should
  std::vector<Word> offsets;
  Word tasks = 0;

  Encoded encoded() const { return plain.data() != nullptr ? Encoded{plain} : encoder.encoded(); }
};

/// An input that is one value.
template <class T>
T whole(const JobPart& part) {
  const auto bytes = part.input();
  Decoder decoder(bytes);
  return decode<T>(decoder);
}

/// Trivially copyable elements, one after the other.
template <class T>
class PlainInput {
 public:
  using Element = T;
  explicit PlainInput(JobPart& part) : part_(part), local_(part.local_input()) {}
  void begin() {
    next_ = part_.first();
    end_ = next_ + part_.count();
    read_ = next_;
  }
  T next() {
    if (local_ != nullptr) {
      Raw<T> raw;
      std::memcpy(raw.data(), local_ + next_++ * sizeof(T), sizeof(T));
      return std::bit_cast<T>(raw);
    }
    if (next_ == read_) {
      const Word count = std::min<Word>(kPiece, end_ - next_);
      part_.read(next_, count, sizeof(T), piece_.data());
      read_ = next_ + count;
      at_ = 0;
    }
    ++next_;
    return std::bit_cast<T>(piece_[at_++]);
  }

  template <class R>
  static void write(WrittenInput& input, R&& range) {
    if constexpr (std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                  std::same_as<std::ranges::range_value_t<R>, T>) {
      const std::span<const T> all(std::ranges::data(range), std::ranges::size(range));
      input.tasks = all.size();
      if (!all.empty()) input.plain = std::as_bytes(all);
    } else {
      for (auto&& element : range) {
        const T value = static_cast<T>(element);
        input.encoder.bytes(&value, sizeof value);
        ++input.tasks;
      }
    }
  }

 private:
  static constexpr std::size_t kPiece = std::max<std::size_t>(1, 2048 / sizeof(T));
  JobPart& part_;
  const std::byte* local_;
  Word next_ = 0;
  Word end_ = 0;
  Word read_ = 0;
  std::size_t at_ = 0;
  std::array<Raw<T>, kPiece> piece_;
};

/// Elements of any size.
template <class T>
class EncodedInput {
 public:
  using Element = T;
  explicit EncodedInput(JobPart& part) : part_(part) {}
  void begin() { decoder_ = Decoder(part_.read(part_.first(), part_.count())); }
  T next() { return decode<T>(decoder_); }

  template <class R>
  static void write(WrittenInput& input, R&& range) {
    input.offsets.push_back(0);
    for (auto&& element : range) {
      if constexpr (std::same_as<std::remove_cvref_t<decltype(element)>, T>) {
        encode(input.encoder, element);
      } else {
        encode(input.encoder, static_cast<T>(element));
      }
      input.offsets.push_back(input.encoder.buffer().size());
      ++input.tasks;
    }
  }

 private:
  JobPart& part_;
  Decoder decoder_{{}};
};

/// A view that computes its elements, and is itself trivially copyable without pointers.
template <class View>
class ComputedInput {
 public:
  using Element = std::ranges::range_value_t<View>;
  explicit ComputedInput(JobPart& part) : part_(part), view_(whole<View>(part)) {}
  void begin() { next_ = view_.begin() + static_cast<std::ptrdiff_t>(part_.first()); }
  Element next() { return *next_++; }

  static void write(WrittenInput& input, const View& view) {
    encode(input.encoder, view);
    input.tasks = view.size();
  }

 private:
  JobPart& part_;
  View view_;
  std::ranges::iterator_t<View> next_;
};

/// A shared List: each element as it is when its task begins.
template <class T>
class ListInput {
 public:
  using Element = T;
  explicit ListInput(JobPart& part) : part_(part), list_(whole<List<T>>(part)) {}
  void begin() { next_ = part_.first(); }
  T next() { return list_.get(next_++); }

  static void write(WrittenInput& input, const List<T>& list) {
    encode(input.encoder, list);
    input.tasks = list.size();
  }

 private:
  JobPart& part_;
  List<T> list_;
  Word next_ = 0;
};

/// A shared Array, read in pieces, each as it is at one moment after the first task of its chunk has been claimed.
template <class T>
class ArrayInput {
 public:
  using Element = T;
  explicit ArrayInput(JobPart& part) : part_(part), array_(whole<Array<T>>(part)) {}
  void begin() {
    next_ = part_.first();
    read_ = next_;
  }
  T next() {
    if (next_ == read_) {
      const Word count = std::min<Word>(kPiece, part_.first() + part_.count() - next_);
      array_.read(next_, std::span(piece_.data(), count));
      read_ += count;
      at_ = 0;
    }
    ++next_;
    return piece_[at_++];
  }

  static void write(WrittenInput& input, const Array<T>& array) {
    encode(input.encoder, array);
    input.tasks = array.size();
  }

 private:
  static constexpr std::size_t kPiece = std::max<std::size_t>(1, 2048 / sizeof(T));
  JobPart& part_;
  Array<T> array_;
  Word next_ = 0;
  Word read_ = 0;
  std::size_t at_ = 0;
  std::array<T, kPiece> piece_;
};

/// A shared Array whose elements the function changes where they lie; over RMA, in a copy of the chunk that is
/// written back, unless a task of it throws.
template <class T>
class ChangedArray {
 public:
  using Element = T&;
  explicit ChangedArray(JobPart& part)
      : part_(part), array_(whole<Array<T>>(part)), shared_(current_window.state == WindowState::shared) {}
  void begin() {
    if (shared_) {
      elements_ = array_.local().subspan(part_.first(), part_.count());
    } else {
      copy_ = std::make_unique<T[]>(part_.count());
      elements_ = {copy_.get(), part_.count()};
      array_.read(part_.first(), elements_);
    }
    at_ = 0;
  }
  T& next() { return elements_[at_++]; }
  void end() {
    if (!shared_) array_.write(part_.first(), elements_);
  }

  static void write(WrittenInput& input, const Array<T>& array) { ArrayInput<T>::write(input, array); }

 private:
  JobPart& part_;
  Array<T> array_;
  bool shared_;
  std::span<T> elements_;
  std::unique_ptr<T[]> copy_;
  std::size_t at_ = 0;
};

/// One element that is not of a range: the arguments of a single call.
template <class T>
class SingleInput {
 public:
  using Element = T;
  explicit SingleInput(JobPart& part) : part_(part) {}
  void begin() {}
  T next() { return whole<T>(part_); }

  static void write(WrittenInput& input, const T& element) {
    encode(input.encoder, element);
    input.tasks = 1;
  }

 private:
  JobPart& part_;
};

template <class R>
inline constexpr bool is_computed = is_specialization<R, Range>;
template <class I>
inline constexpr bool is_computed<std::ranges::iota_view<I, I>> = std::integral<I>;

template <class R>
struct InputOf {
  using Plain = std::remove_cvref_t<R>;
  using Value = std::ranges::range_value_t<R>;
  using type = std::conditional_t<is_inline<Value>, PlainInput<Value>, EncodedInput<Value>>;
};
template <class R>
  requires is_computed<std::remove_cvref_t<R>>
struct InputOf<R> {
  using type = ComputedInput<std::remove_cvref_t<R>>;
};
template <class R>
  requires is_specialization<std::remove_cvref_t<R>, List>
struct InputOf<R> {
  using type = ListInput<std::ranges::range_value_t<R>>;
};
template <class R>
  requires is_specialization<std::remove_cvref_t<R>, Array>
struct InputOf<R> {
  using type = ArrayInput<std::ranges::range_value_t<R>>;
};

}  // namespace cohort::detail
