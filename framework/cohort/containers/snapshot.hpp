// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <vector>

namespace cohort {

/// Walks over one consistent copy that all iterators of a begin()/end() pair share. An input iterator:
/// begin() makes the copy, end() none.
template <class T>
class SnapshotIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using reference = typename std::vector<T>::const_reference;
  using pointer = void;

  SnapshotIterator() = default;
  explicit SnapshotIterator(std::vector<T> values)
      : values_(std::make_shared<const std::vector<T>>(std::move(values))) {}

  reference operator*() const { return (*values_)[at_]; }
  SnapshotIterator& operator++() {
    ++at_;
    return *this;
  }
  void operator++(int) { ++at_; }
  friend bool operator==(const SnapshotIterator& a, const SnapshotIterator& b) {
    return a.at_end() == b.at_end() && (a.at_end() || (a.values_ == b.values_ && a.at_ == b.at_));
  }

 private:
  bool at_end() const { return values_ == nullptr || at_ == values_->size(); }

  std::shared_ptr<const std::vector<T>> values_;
  std::size_t at_ = 0;
};

}  // namespace cohort
