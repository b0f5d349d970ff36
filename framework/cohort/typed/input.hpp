// SPDX-License-Identifier: BSL-1.0
#pragma once

// The kinds of input that a job may have: how the submitter writes it, and how whoever works at it reads the
// elements of the tasks it has claimed, one by one.

#include <algorithm>
#include <array>
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

/// Trivially copyable elements, one after the other.
template <class T>
class PlainInput {
 public:
  using Element = T;
  explicit PlainInput(JobPart& part) : part_(part) {}
  void begin() {
    next_ = part_.first();
    end_ = next_ + part_.count();
    read_ = next_;
  }
  T next() {
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
  explicit ComputedInput(JobPart& part) : part_(part) {
    const auto bytes = part.input();
    Decoder decoder(bytes);
    view_ = decode<View>(decoder);
  }
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

/// A shared List or Array: each element as it is when its task begins.
template <class Shared>
class SharedInput {
 public:
  using Element = typename Shared::value_type;
  explicit SharedInput(JobPart& part) : part_(part) {
    const auto bytes = part.input();
    Decoder decoder(bytes);
    shared_ = decode<Shared>(decoder);
  }
  void begin() { next_ = part_.first(); }
  Element next() { return shared_.get(next_++); }

  static void write(WrittenInput& input, const Shared& shared) {
    encode(input.encoder, shared);
    input.tasks = shared.size();
  }

 private:
  JobPart& part_;
  Shared shared_;
  Word next_ = 0;
};

/// One element that is not of a range: the arguments of a single call.
template <class T>
class SingleInput {
 public:
  using Element = T;
  explicit SingleInput(JobPart& part) : part_(part) {}
  void begin() {}
  T next() {
    const auto bytes = part_.input();
    Decoder decoder(bytes);
    return decode<T>(decoder);
  }

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
  requires(is_specialization<std::remove_cvref_t<R>, List> ||
           is_specialization<std::remove_cvref_t<R>, Array>)
struct InputOf<R> {
  using type = SharedInput<std::remove_cvref_t<R>>;
};

}  // namespace cohort::detail
