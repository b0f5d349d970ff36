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
  OwnResults* prepare(Word) { return nullptr; }
  template <class Future>
  All get(const Future& future) {
    return future.get();
  }
};

/// Plain ones that the caller makes himself go straight into the vector, and of those by others each piece is copied.
template <class T>
  requires is_inline<T> && std::is_nothrow_default_constructible_v<T> && (!std::is_same_v<T, bool>)
class Gather<std::vector<T>> {
 public:
  /// Before he works at a job of so many tasks. Null where there is no memory: get() will say so, when all have ended.
  OwnResults* prepare(Word tasks) {
    try {
      all_.reserve(tasks);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    want_large_pages(all_.data(), tasks * sizeof(T));
    all_.resize(tasks);
    own_.place = reinterpret_cast<std::byte*>(all_.data());
    return &own_;
  }
  /// When the job has ended. Throws what Future::get() throws.
  template <class Future>
  std::vector<T> get(const Future& future) {
    if (own_.place == nullptr) return future.get();
    const JobResults results(future.reference().address());
    Word next = 0;
    const auto copy_until = [&](Word end) {
      if (next < end) results.read(next, end - next, all_.data() + next);
    };
    for (const OwnResults::Tasks& tasks : own_.done) {
      copy_until(tasks.first);
      next = tasks.end;
    }
    copy_until(results.count());
    return std::move(all_);
  }

 private:
  std::vector<T> all_;
  OwnResults own_;
};

}  // namespace cohort::detail
