// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "cohort/codec.hpp"
#include "cohort/process/job.hpp"

namespace cohort {

/// The exception being handled is kept: it came from this task, or from what comes before all tasks. What is not claimed
/// is dropped, unless it came from the back of a job with two ends: what is not claimed there has lower indices, and one
/// of them may fail, too.
void fail_job(Address job, std::optional<Word> task, bool at_back = false) noexcept;

/// What a failed task leaves: {task, type, message, process, rank}. Of one whose child died the type is empty, and the
/// message its exit code.
using TaskError = std::tuple<std::optional<std::uint64_t>, std::string, std::string, std::string, int>;
/// Of the exception being handled.
TaskError describe_task_error(std::optional<Word> task);

/// A job as the typed code of one who works at it sees it: what to call, and on what; tasks to claim; and where
/// what comes out of them goes.
class JobPart {
 public:
  /// `own`: a vector for the plain results of a job with two ends, whose front is this one's.
  explicit JobPart(Address job, void* own = nullptr);
  /// Of a child, which may die: claim() gives it what its rank has claimed, [first, first + count), one by one where the
  /// job says so, and keeps in the word at `shown` which one it is at. The rank counts them, and drops what is to be
  /// dropped.
  JobPart(Address job, Word first, Word count, Address shown);
  JobPart(const JobPart&) = delete;
  JobPart& operator=(const JobPart&) = delete;

  std::span<const std::byte> function() const { return function_; }
  /// All of the input's bytes: for one that is computed, or lies elsewhere.
  std::vector<std::byte> input() const;

  /// Claims the next tasks, [first(), first() + count()). False: there are none.
  bool claim();
  Word first() const { return chunk_.first; }
  Word count() const { return chunk_.count; }

  /// Where the input lies, and where the plain results go, for whoever can look there: nobody changes the one, and
  /// only who has claimed a task writes its result. Null over RMA.
  const std::byte* local_input() const { return local_input_; }
  std::byte* local_results() const { return local_results_; }
  /// A std::vector of results, to which those of each chunk are appended instead, or null.
  void* own_results() const { return own_; }

  /// Elements of the input that have `size` bytes each.
  void read(Word first, Word count, std::size_t size, void* to) const;
  /// Elements of any size, as they were encoded; valid until the next call.
  std::span<const std::byte> read(Word first, Word count);

  /// Plain results.
  void write(Word first, Word count, const void* from) const;
  /// The blob of the results from task `first` on.
  void write(Word first, const Encoded& results) const;

  /// See fail_job().
  void fail(std::optional<Word> task) const noexcept { fail_job(job_, task, at_back() || shown_); }
  bool apart() const { return (body_.flags & kApartJob) != 0; }
  /// Of a task of this chunk whose child has died.
  void lose(Word task, const TaskError& error);
  /// A task below this one has failed, or it is known why none can be done.
  bool failed_below(Word task) const;

  /// What nobody has claimed is dropped, where one failed that is not at the back.
  void drop_after_failure() const;
  /// Counts what is done. After the last claim().
  void flush();

 private:
  static constexpr Word kMostUncounted = 64;

  bool at_back() const { return (body_.flags & kTwoEndsJob) != 0 && own_ == nullptr; }
  template <class A>
  void count(const JobCore<A>& core);
  bool take_given();

  Address job_;
  JobBody body_;  // as it was: only what does not change is looked at
  Address input_;
  const std::byte* local_input_ = nullptr;
  std::byte* local_results_ = nullptr;
  void* own_;
  std::vector<std::byte> function_;
  std::vector<std::byte> elements_;
  struct {
    Word first = 0;
    Word count = 0;
  } chunk_;
  Word uncounted_ = 0;
  Address shown_;  // of what was given
  Word given_end_ = 0;
};

}  // namespace cohort
