// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "cohort/codec.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/process/job_part.hpp"
#include "cohort/window/large_pages.hpp"

namespace cohort {

/// A job that has ended, as whoever wants its results sees it.
class JobResults {
 public:
  /// Throws RemoteError where a task failed, ProcessDied where its child did, Cancelled where one was dropped.
  explicit JobResults(Address job);

  Word count() const { return body_.outcomes; }
  bool is_single() const { return (body_.flags & kSingleJob) != 0; }
  void read(Word first, Word count, void* to) const;
  /// Plain results where they lie, one after the other; null where this rank cannot look there.
  const std::byte* local() const;
  /// The bytes of the blob that begins with this task's result.
  std::vector<std::byte> blob(Word task) const;

 private:
  JobBody body_;
};

/// Throws RemoteError, or ProcessDied.
[[noreturn]] void throw_remote(TaskError error);

template <class R>
R single_result(const JobResults& results) {
  if constexpr (is_inline<R>) {
    std::array<std::byte, sizeof(R)> raw;
    results.read(0, 1, raw.data());
    return std::bit_cast<R>(raw);
  } else {
    const auto bytes = results.blob(0);
    Decoder decoder(bytes);
    decoder.number();  // one
    return decode<R>(decoder);
  }
}

/// What can be read straight into a vector.
template <class T>
concept ReadableResult =
    is_inline<T> && std::is_nothrow_default_constructible_v<T> && !std::is_same_v<T, bool>;

/// Appends the results of the tasks from all.size() on.
template <ReadableResult T>
void append_results(const JobResults& results, std::vector<T>& all) {
  const Word first = all.size();
  const Word count = results.count();
  if (first == count) return;
  if constexpr (alignof(T) <= alignof(Word)) {
    if (const std::byte* local = results.local(); local != nullptr) {
      const T* const made = reinterpret_cast<const T*>(local);  // nobody changes them any more
      all.insert(all.end(), made + first, made + count);
      return;
    }
  }
  all.resize(count);
  results.read(first, count - first, all.data() + first);
}

/// All results, in order.
template <class T>
std::vector<T> many_results(const JobResults& results) {
  std::vector<T> all;
  const Word count = results.count();
  if constexpr (ReadableResult<T>) {
    all.reserve(count);
    want_large_pages(all.data(), count * sizeof(T));
    append_results(results, all);
  } else if constexpr (is_inline<T>) {
    all.reserve(count);
    std::vector<std::array<std::byte, sizeof(T)>> raw(count);
    if (count != 0) results.read(0, count, raw.data());
    for (const auto& one : raw) all.push_back(std::bit_cast<T>(one));
  } else {
    all.reserve(count);
    while (all.size() < count) {
      const auto bytes = results.blob(all.size());
      Decoder decoder(bytes);
      for (Word left = decoder.number(); left != 0; --left) all.push_back(decode<T>(decoder));
    }
  }
  return all;
}

}  // namespace cohort
