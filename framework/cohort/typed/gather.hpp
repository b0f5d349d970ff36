// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <new>

#include "cohort/process/job_results.hpp"

namespace cohort::detail {

/// The results of a map, for the caller who works along: All is a vector, or void. In general they lie in the shared
/// heap until the job has ended.
template <class All>
class Gather {
 public:
  void* prepare(Word) { return nullptr; }
  template <class Future>
  All get(const Future& future) {
    return future.get();
  }
};

/// Plain ones of a job with two ends: the caller begins at the front, and appends to the vector; what others made from
/// the back on is appended to that. So each result is written to the vector once.
template <ReadableResult T>
class Gather<std::vector<T>> {
 public:
  /// Before he works at a job of so many tasks. Null where there is no memory: get() will say so, when all have ended.
  void* prepare(Word tasks) {
    try {
      all_.reserve(tasks);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    want_large_pages(all_.data(), tasks * sizeof(T));
    return &all_;
  }
  /// When the job has ended. Throws what Future::get() throws.
  template <class Future>
  std::vector<T> get(const Future& future) {
    if (all_.empty()) return future.get();
    append_results(JobResults(future.reference().address()), all_);
    return std::move(all_);
  }

 private:
  std::vector<T> all_;
};

}  // namespace cohort::detail
