// SPDX-License-Identifier: BSL-1.0
#pragma once

// Two sorted runs become one, in pieces that know nothing of each other.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "cohort/containers/slots.hpp"
#include "cohort/process/job_results.hpp"

namespace cohort::detail {

/// Room for so many values, which somebody will write before they are read.
template <class T>
class Room {
 public:
  explicit Room(std::size_t size) : size_(size), first_(std::allocator<T>().allocate(size)) {}
  ~Room() { std::allocator<T>().deallocate(first_, size_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  T* begin() const { return first_; }
  T* end() const { return first_ + size_; }

 private:
  std::size_t size_;
  T* first_;
};

/// Where elements lie, for whoever can look there; null over RMA, and where they are out of line.
template <class T>
T* place_of(const std::byte* bytes) {
  if (reinterpret_cast<std::uintptr_t>(bytes) % alignof(T) != 0) return nullptr;
  return reinterpret_cast<T*>(const_cast<std::byte*>(bytes));
}

/// Runs [first, middle) and [middle, end) of a job's results, each sorted.
struct RunPair {
  Word first;
  Word middle;
  Word end;
};

/// The elements of a job that has ended.
template <class T>
class SortedElements {
 public:
  explicit SortedElements(Address job) : results_(job), local_(place_of<const T>(results_.local())) {}
  Word count() const { return results_.count(); }
  T at(Word index) const {
    Raw<T> raw;
    if (local_ != nullptr) {
      std::memcpy(raw.data(), local_ + index, raw.size());
    } else {
      results_.read(index, 1, raw.data());
    }
    return std::bit_cast<T>(raw);
  }
  /// Calls use(first, last) with elements [index, index + count), where they lie or as a copy.
  template <class Use>
  decltype(auto) with(Word index, Word count, Use use) const {
    if (local_ != nullptr) return use(local_ + index, local_ + index + count);
    const Room<T> copy(count);
    if (count != 0) results_.read(index, count, copy.begin());
    return use(static_cast<const T*>(copy.begin()), static_cast<const T*>(copy.end()));
  }

 private:
  JobResults results_;
  const T* local_;
};

/// Of the first `count` elements of both runs merged, how many come from the left one. Of equal elements those of the
/// left run go first. A binary search: two elements are read a step.
template <class T, class Compare>
Word count_from_left(const SortedElements<T>& sorted, const RunPair& runs, Word count, Compare& compare) {
  const Word right_size = runs.end - runs.middle;
  Word low = count - std::min(count, right_size);
  Word high = std::min(count, runs.middle - runs.first);
  while (low < high) {
    const Word middle = low + (high - low) / 2;
    const T left = sorted.at(runs.first + middle);
    const T right = sorted.at(runs.middle + (count - middle - 1));
    if (compare(right, left)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// Elements [from, from + count) of both runs merged. Throws std::invalid_argument where compare is no order.
template <class T, class Compare>
void merge_piece(const SortedElements<T>& sorted, const RunPair& runs, Word from, Word count, T* to,
                 Compare& compare) {
  const Word left_from = count_from_left(sorted, runs, from, compare);
  const Word left_to = count_from_left(sorted, runs, from + count, compare);
  if (left_to < left_from || left_to - left_from > count)
    throw std::invalid_argument(
        "sort(): compare contradicts itself: it must be a strict weak ordering, which < is not where there "
        "are "
        "NaNs");
  const Word left_count = left_to - left_from;
  sorted.with(runs.first + left_from, left_count, [&](const T* left, const T* left_end) {
    sorted.with(runs.middle + (from - left_from), count - left_count,
                [&](const T* right, const T* right_end) {
                  std::merge(left, left_end, right, right_end, to,
                             [&](const T& a, const T& b) { return compare(a, b); });
                });
  });
}

}  // namespace cohort::detail
