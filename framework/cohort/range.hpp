// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <ranges>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace cohort {

/// Numbers from start to stop, without stop, in steps: computed, not stored. Python: `range`.
template <std::integral I>
class Range : public std::ranges::view_interface<Range<I>> {
 public:
  using value_type = I;

  class iterator {
   public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = I;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(I start, I step, difference_type at) : start_(start), step_(step), at_(at) {}
    // (Computed without a sign: between the smallest and the largest number lie more than fit into I.)
    I operator*() const noexcept {
      return static_cast<I>(wide(start_) + static_cast<std::uintmax_t>(at_) * wide(step_));
    }
    I operator[](difference_type n) const { return *(*this + n); }
    iterator& operator++() { return *this += 1; }
    iterator& operator--() { return *this += -1; }
    iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    iterator operator--(int) { return std::exchange(*this, *this - 1); }
    iterator& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    iterator& operator-=(difference_type n) { return *this += -n; }
    friend iterator operator+(iterator i, difference_type n) { return i += n; }
    friend iterator operator+(difference_type n, iterator i) { return i += n; }
    friend iterator operator-(iterator i, difference_type n) { return i -= n; }
    friend difference_type operator-(iterator a, iterator b) { return a.at_ - b.at_; }
    friend bool operator==(iterator a, iterator b) { return a.at_ == b.at_; }
    friend auto operator<=>(iterator a, iterator b) { return a.at_ <=> b.at_; }

   private:
    I start_ = 0;
    I step_ = 1;
    difference_type at_ = 0;
  };

  Range() = default;
  /// Throws std::invalid_argument where step is 0, std::length_error where there are 2^63 numbers or more.
  Range(I start, I stop, I step = 1) : start_(start), step_(step) {
    if (step == 0) throw std::invalid_argument("range(): the step must not be 0");
    // Unsigned differences are right however far apart the two are.
    const auto up = step > 0;
    if (up ? stop <= start : stop >= start) return;
    const auto distance = up ? wide(stop) - wide(start) : wide(start) - wide(stop);
    const auto by = up ? wide(step) : std::uintmax_t{0} - wide(step);
    const auto last = (distance - 1) / by;
    if (last >= static_cast<std::uintmax_t>(std::numeric_limits<std::ptrdiff_t>::max()))
      throw std::length_error("range(): more numbers than can be counted");
    size_ = static_cast<std::ptrdiff_t>(last + 1);
  }

  iterator begin() const { return {start_, step_, 0}; }
  iterator end() const { return {start_, step_, size_}; }
  std::size_t size() const { return static_cast<std::size_t>(size_); }

 private:
  static std::uintmax_t wide(I value) { return static_cast<std::uintmax_t>(value); }

  I start_ = 0;
  I step_ = 1;
  std::ptrdiff_t size_ = 0;
};

/// 0, 1, ... below stop.
template <std::integral I>
Range<I> range(I stop) {
  return Range<I>(0, stop);
}
/// start, start + step, ... before stop.
template <std::integral I>
Range<I> range(I start, std::type_identity_t<I> stop, std::type_identity_t<I> step = 1) {
  return Range<I>(start, stop, step);
}

}  // namespace cohort
