// SPDX-License-Identifier: BSL-1.0
#pragma once

// A sort by the ranks of a pool, in jobs whose tasks are elements and whose chunks are runs. The first job copies each
// run from its input and sorts it. Each further one merges pairs of runs of the one before, and a chunk is a part of
// the merged pair, found by binary search, so that all are at work until the end. The results of the last job go
// where they belong in one change.

#include "cohort/containers/sequence_editor.hpp"
#include "cohort/future.hpp"
#include "cohort/typed/merge.hpp"
#include "cohort/typed/work.hpp"

namespace cohort::detail {

/// Makes a chunk's results where they will be read, or beside and copies them there.
template <class T, class Make>
void make_results(const JobPart& part, Make make) {
  if (T* all = place_of<T>(part.local_results()); all != nullptr) {
    make(all + part.first());
  } else {
    const Room<T> own(part.count());
    make(own.begin());
    part.write(part.first(), part.count(), own.begin());
  }
}

// Where no one can tell equal elements apart, any order of them is stable, and needs no memory.
template <class T, class Compare>
inline constexpr bool equal_is_same =
    std::is_integral_v<T> &&
    (std::same_as<Compare, std::less<>> || std::same_as<Compare, std::less<T>> ||
     std::same_as<Compare, std::greater<>> || std::same_as<Compare, std::greater<T>>);

template <class T, class Compare>
void sort_runs(JobPart& part) {
  Decoder decoder(part.function());
  Compare compare = decode_callable<Compare>(decoder);
  while (part.claim()) {
    try {
      make_results<T>(part, [&](T* run) {
        part.read(part.first(), part.count(), sizeof(T), run);
        if constexpr (equal_is_same<T, Compare>) {
          std::sort(run, run + part.count(), compare);
        } else {
          std::stable_sort(run, run + part.count(), [&](const T& a, const T& b) { return compare(a, b); });
        }
      });
    } catch (...) {
      part.fail(std::nullopt);
    }
  }
}

/// What a merging job has for its input.
struct SortedRuns {
  Word job;  // an Address: the caller holds the job until this one has ended
  Word run;  // elements in each but the last
};

template <class T, class Compare>
void merge_runs(JobPart& part) {
  Decoder decoder(part.function());
  Compare compare = decode_callable<Compare>(decoder);
  // (Who has claimed nothing may be too late, and the job that was before gone.)
  while (part.claim()) {
    try {
      const auto input = whole<SortedRuns>(part);
      const SortedElements<T> sorted(Address(input.job));
      const Word first = part.first() / (2 * input.run) * (2 * input.run);
      const RunPair runs{first, std::min(first + input.run, sorted.count()),
                         std::min(first + 2 * input.run, sorted.count())};
      make_results<T>(part, [&](T* merged) {
        merge_piece(sorted, runs, part.first() - first, part.count(), merged, compare);
      });
    } catch (...) {
      part.fail(std::nullopt);
    }
  }
}

/// How many elements each run has: a run for each process, but none that is not worth its task.
inline Word run_length(Word elements, int parties) {
  constexpr Word kShortest = 1024;
  const Word runs = std::clamp<Word>(elements / kShortest, 1, static_cast<Word>(parties));
  return (elements + runs - 1) / runs;
}

/// The sorted elements, as the results of a job; none: OutOfSharedMemory, RemoteError, Cancelled, Closed.
/// `attend(begin)` begins a job, works along, and returns when it has ended.
template <class T, class Compare, class Attend>
Future<std::vector<T>> sort_elements(const Reference& pool, std::span<const T> elements,
                                     const Compare& compare, Attend attend) {
  Encoder encoder;
  encode_callable(encoder, compare);
  JobSpec spec;
  spec.tasks = elements.size();
  spec.chunk = run_length(spec.tasks, pool_parties(pool));
  spec.work = Modules::function_token(&sort_runs<T, Compare>);
  spec.function = encoder.encoded();
  spec.input = Encoded{std::as_bytes(elements)};
  spec.stride = sizeof(T);
  spec.kind = ResultsKind::plain;
  const auto submit = [&](bool seated) {
    using Outcome = Future<std::vector<T>>;
    return Outcome(submit_job(pool, spec, typeid(Outcome).name(), seated));
  };
  auto sorted = attend(submit);
  spec.work = Modules::function_token(&merge_runs<T, Compare>);
  spec.flags = kLaterJob;
  for (Word run = spec.chunk; run < spec.tasks; run *= 2) {
    const SortedRuns input{sorted.reference().address().bits(), run};
    JobResults(sorted.reference().address());  // throws where it has none
    spec.input = Encoded{std::as_bytes(std::span(&input, 1))};
    sorted = attend(submit);
  }
  return sorted;
}

/// The list's elements become `after`, at once. False: they were others than `before`, and nothing was changed.
template <class T>
bool exchange_elements(const List<T>& list, std::span<const T> before, std::span<const T> after) {
  return with_heap([&]<class A>(const Heap<A>& heap) {
    const Sequence<A> slots(heap, list.reference().address(), sizeof(T));
    typename Sequence<A>::Editor editor(slots);
    if (editor.size() != before.size()) return false;
    constexpr Word kPiece = std::max<Word>(1, 65536 / sizeof(T));
    const Room<T> piece(kPiece);
    for (Word at = 0; at < before.size(); at += kPiece) {
      const Word count = std::min<Word>(kPiece, before.size() - at);
      editor.read(at, count, piece.begin());
      if (std::memcmp(static_cast<const void*>(piece.begin()), before.data() + at, count * sizeof(T)) != 0)
        return false;
    }
    Operation<A> operation(heap);
    editor.replace_tail(operation, 0, after.data(), after.size());
    return true;
  });
}

/// The list is sorted while it is closed to others. Throws RemoteError where compare threw, as a task does.
template <class T, class Compare>
void sort_here(const List<T>& list, const Compare& compare) {
  try {
    list.sort(compare);
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw_remote(describe_task_error(std::nullopt));
  }
}

template <class Compare, class T>
constexpr void require_compare() {
  static_assert(is_inline<T>,
                "cohort: a pool sorts trivially copyable elements; use list.sort(), which sorts any");
  require_callable_travels<Compare>();
  static_assert(
      std::is_invocable_r_v<bool, Compare&, const T&, const T&>,
      "cohort: compare(a, b) is called with two elements and tells whether a goes before b; check the "
      "types");
}

}  // namespace cohort::detail
