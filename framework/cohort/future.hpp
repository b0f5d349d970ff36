// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <iterator>
#include <ranges>
#include <utility>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/handle.hpp"
#include "cohort/process/job_results.hpp"
#include "cohort/process/pool_runner.hpp"

namespace cohort {

/// What a task of a Pool will return. Python: `multiprocessing.pool.AsyncResult`.
///
/// A handle, as List is: copies speak of the same task, any rank may ask. Usable from any thread.
template <class R>
class Future : public Handle {
 public:
  using value_type = R;

  Future() = default;
  explicit Future(Reference reference) : Handle(std::move(reference)) {}

  /// Blocks until the task has ended; what nobody has begun is done here and now, where the pool has a place
  /// free. What the task returned, each time anew; where it threw: RemoteError; where it was dropped: Cancelled.
  R get(CallSite where = CallSite::current()) const {
    wait(where);
    return result();
  }
  /// The same, but waits for at most `timeout`, and never does it here. Throws TimeoutError.
  template <class Rep, class Period>
  R get(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    if (!wait(timeout, where)) throw TimeoutError("get(): the task had not ended when the time was over");
    return result();
  }

  /// Blocks until the task has ended, however; does it here as get() does.
  void wait(CallSite where = CallSite::current()) const {
    object("Future");
    const WaitSite site(where);
    wait_for_job(reference(), std::nullopt);
  }
  /// False: it has not ended when the time is over. Never does it here. Python: wait() does not tell.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    object("Future");
    const WaitSite site(where);
    return wait_for_job(reference(), deadline_in(timeout));
  }

  /// The task has ended.
  bool ready() const {
    object("Future");
    return job_ended(reference());
  }
  /// It ended without an exception. Throws UsageError where it has not ended (Python: ValueError).
  bool successful() const {
    if (!ready()) throw UsageError("successful(): the task has not ended; ask ready() first, or wait()");
    return with_heap([this]<class A>(const Heap<A>& heap) {
             return JobCore<A>(heap, reference().address()).state();
           }) == JobState::finished;
  }
  /// Drops what nobody has begun. True: that was something, and get() throws Cancelled.
  /// Python: `concurrent.futures.Future.cancel`.
  bool cancel() const {
    object("Future");
    return cancel_job(reference()) != 0;
  }

 private:
  R result() const {
    const JobResults results(reference().address());
    if constexpr (detail::is_specialization<R, std::vector>) {
      if (!results.is_single()) return many_results<typename R::value_type>(results);
    }
    if constexpr (!std::is_void_v<R>) return single_result<R>(results);
  }
};

/// Blocks until one of the futures has ended, and returns which: the first one of these. Does itself only what
/// nobody else would do, so that no other one keeps it. Throws std::invalid_argument where there is no future.
/// Python: `concurrent.futures.wait(..., FIRST_COMPLETED)`.
template <std::ranges::forward_range Futures>
std::size_t wait_any(const Futures& futures, CallSite where = CallSite::current()) {
  const WaitSite site(where);
  std::vector<const Reference*> jobs;
  for (const auto& future : futures) {
    if (!future.valid()) throw UsageError("wait_any(): one of the futures is empty");
    jobs.push_back(&future.reference());
  }
  if (jobs.empty()) throw std::invalid_argument("wait_any(): there are no futures");
  return wait_for_any(jobs);
}

/// The futures as they end: an input range of Future&, each once. Waits in its iterator, as wait_any() does.
/// Python: `concurrent.futures.as_completed`.
template <class R>
class AsCompleted {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Future<R>;
    using difference_type = std::ptrdiff_t;
    explicit iterator(AsCompleted* all) : all_(all) {}
    Future<R>& operator*() const { return *all_->current_; }
    iterator& operator++() {
      all_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return all_->current_ == nullptr; }

   private:
    AsCompleted* all_;
  };

  explicit AsCompleted(std::vector<Future<R>*> futures) : left_(std::move(futures)) {}
  iterator begin() {
    next();
    return iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  void next() {
    current_ = nullptr;
    if (left_.empty()) return;
    std::vector<const Reference*> jobs;
    for (const Future<R>* future : left_) jobs.push_back(&future->reference());
    const auto at = left_.begin() + static_cast<std::ptrdiff_t>(wait_for_any(jobs));
    current_ = *at;
    left_.erase(at);
  }

  std::vector<Future<R>*> left_;
  Future<R>* current_ = nullptr;
};

/// See AsCompleted. The futures stay the caller's, and where they are.
template <std::ranges::input_range Futures>
  requires std::is_lvalue_reference_v<std::ranges::range_reference_t<Futures>>
auto as_completed(Futures& futures) {
  using Result = typename std::ranges::range_value_t<Futures>::value_type;
  std::vector<Future<Result>*> all;
  for (Future<Result>& future : futures) {
    if (!future.valid()) throw UsageError("as_completed(): one of the futures is empty");
    all.push_back(&future);
  }
  return AsCompleted<Result>(std::move(all));
}

}  // namespace cohort
