// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "cohort/future.hpp"
#include "cohort/imap.hpp"
#include "cohort/options.hpp"
#include "cohort/process/pool_worker.hpp"
#include "cohort/typed/fold.hpp"
#include "cohort/typed/gather.hpp"
#include "cohort/typed/sort.hpp"
#include "cohort/typed/work.hpp"
#include "cohort/watch/progress.hpp"

namespace cohort {

/// Something to call in each rank before its first task of a pool: as a Process's target, without arguments.
class Initializer {
 public:
  Initializer() = default;
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Initializer>)
  Initializer(F&& function) {
    using Stored = detail::StoredCallable<F>;
    detail::require_callable_travels<Stored>();
    static_assert(std::is_invocable_v<Stored&>, "cohort: a Pool's initializer is called without arguments");
    auto kept = std::make_shared<const Stored>(std::forward<F>(function));
    encoder_.number(Modules::function_token(&call<Stored>));
    detail::encode_callable(encoder_, *kept);
    kept_ = std::move(kept);
  }
  Encoded encoded() const { return encoder_.encoded(); }

 private:
  template <class Stored>
  static void call(Decoder& decoder) {
    Stored function = detail::decode_callable<Stored>(decoder);
    static_cast<void>(function());
  }

  Encoder encoder_;
  std::shared_ptr<const void> kept_;  // holds the handles that are bound
};

struct PoolOptions {
  int processes = 0;  ///< tasks at a time; 0: as many as there are ranks
  Initializer initializer =
      {};  ///< runs once in each rank that works for the pool, before its first task; it
           ///< cannot give work to the pool itself (UsageError)
  Isolation isolation =
      Isolation::rank;          ///< where tasks run; Isolation::child: each seat has a child, which is
                                ///< replaced where it dies, and ends within a second of the pool
  int max_tasks_per_child = 0;  ///< Isolation::child only: a new child after so many; 0: never
};

struct MapOptions {
  std::size_t chunk = 0;      ///< tasks handed out at once; 0: map shares out, less and less; imap finds out;
                              ///< 1 where a task waits for what the caller does with the result before
  std::size_t window = 0;     ///< imap: how far it reads ahead of what it has given; 0: four chunks a process
  std::string progress = {};  ///< a name: shows how far it is, on stderr
};

/// Ranks that work on many tasks. Python: `multiprocessing.Pool`, with the same methods.
///
/// A Pool keeps no processes: work is done by ranks that wait in Cohort, and by whoever waits for it. The manager's
/// rank works too, and a pool that nobody gives work costs nothing. At most `processes` tasks run at a time.
/// Functions are what can be a Process's target (a lambda that captures nothing, a function, `partial`); elements
/// and results are what can travel. `this_process::name()` in a task is that of whoever does it.
///
/// An exception in a task comes out as RemoteError: type, text, index, process, rank; the pool goes on. Where a task
/// of a map fails, those that have not begun are dropped, and map throws the failure of the lowest index
/// when all others have ended. Usable from any thread and from tasks, also from those of the same pool. In SPMD style
/// each rank makes its own Pool; ranks that are in `session.join()` work for all of them.
///
/// A task that waits for another, which nobody has begun, runs it on its own stack: it may be as deep as the stack has
/// room. With Isolation::child, tasks run in children of the ranks, one after the other in each, as in Python's workers: they
/// see the program as it was when the session began; whoever waits has a child of its rank do its part. A child that
/// dies takes one task with it, whose future, map or place in an imap throws ProcessDied (a reduce or sort loses what was
/// begun together).
/// Pools whose tasks wait for each other's in a circle can run out of places and wait for ever: one pool, in whose
/// tasks it is used again, cannot.
class Pool {
 public:
  Pool() : Pool(PoolOptions{}) {}
  /// At most so many tasks at a time. Throws std::invalid_argument where that is below 1.
  explicit Pool(int processes);
  /// Throws UsageError where max_tasks_per_child needs Isolation::child, and where that needs the shared window.
  explicit Pool(const PoolOptions& options);
  /// close() and join(); while an exception passes through, terminate() alone. Python's `with` terminates.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// How many tasks may run at a time.
  int processes() const { return pool_parties(reference_); }

  /// Calls fn(args...) once, on some rank or here, and returns what it returned. Blocks.
  template <class F, class... Args>
  auto apply(F&& fn, Args&&... args) {
    std::optional<Seat> seat(std::in_place, reference_);
    const auto future = call(static_cast<bool>(*seat), std::forward<F>(fn), std::forward<Args>(args)...);
    if (*seat) work_at(reference_, future.reference());
    seat.reset();  // while this waits for another who does it, the seat is somebody else's
    return future.get(CallSite());
  }
  /// The same without waiting. Throws Closed.
  template <class F, class... Args>
  auto apply_async(F&& fn, Args&&... args) {
    return call(false, std::forward<F>(fn), std::forward<Args>(args)...);
  }

  /// fn(element) for every element of the range; the results in order (nothing where fn returns nothing). Blocks;
  /// works along. The range is read first, but a List element by element as its task begins, and an Array in pieces as
  /// their first task begins. Where fn takes an Array's elements by reference, it changes them where they lie, and nobody
  /// else should meanwhile. Tasks begin in order where options.chunk is
  /// given; else, where results are plain values, from both ends, which costs less where tasks are small. A failure is
  /// that of the lowest index in any case: everything below it has been done.
  template <class F, std::ranges::input_range R>
  auto map(F&& fn, R&& range, const MapOptions& options = {}, CallSite where = CallSite::current()) {
    const WaitSite site(where);
    return all<CallFor<F, R>>(std::forward<F>(fn), std::forward<R>(range), options);
  }
  template <class F, class T>
  auto map(F&& fn, std::initializer_list<T> range, const MapOptions& options = {},
           CallSite where = CallSite::current()) {
    return map(std::forward<F>(fn), std::span(range), options, where);
  }
  /// The same without waiting: a Future of the vector. `options.progress` is for those that wait.
  template <class F, std::ranges::input_range R>
  auto map_async(F&& fn, R&& range, const MapOptions& options = {}) {
    return submit<CallFor<F, R>>(fn, std::forward<R>(range), options, false);
  }
  template <class F, class T>
  auto map_async(F&& fn, std::initializer_list<T> range, const MapOptions& options = {}) {
    return map_async(std::forward<F>(fn), std::span(range), options);
  }
  /// As map, with elements that are tuples (or pairs): fn(members...).
  template <class F, std::ranges::input_range R>
  auto starmap(F&& fn, R&& range, const MapOptions& options = {}, CallSite where = CallSite::current()) {
    const WaitSite site(where);
    return all<detail::CallWithMembers>(std::forward<F>(fn), std::forward<R>(range), options);
  }
  template <class F, class T>
  auto starmap(F&& fn, std::initializer_list<T> range, const MapOptions& options = {},
               CallSite where = CallSite::current()) {
    return starmap(std::forward<F>(fn), std::span(range), options, where);
  }
  template <class F, std::ranges::input_range R>
  auto starmap_async(F&& fn, R&& range, const MapOptions& options = {}) {
    return submit<detail::CallWithMembers>(fn, std::forward<R>(range), options, false);
  }

  /// The results one by one, as an input range, in the order of the elements. The range is read as it is needed, at
  /// most `window` elements ahead of what was given (a List or an Array is copied first); an lvalue must live as long as
  /// that. See Imap.
  template <class F, std::ranges::input_range R>
  auto imap(F&& fn, R&& range, const MapOptions& options = {}) {
    return stream(std::forward<F>(fn), std::views::all(std::forward<R>(range)), options, true);
  }
  template <class F, class T>
  auto imap(F&& fn, std::initializer_list<T> range, const MapOptions& options = {}) {
    return imap(std::forward<F>(fn), std::vector<T>(range), options);
  }
  /// The same in the order in which they come.
  template <class F, std::ranges::input_range R>
  auto imap_unordered(F&& fn, R&& range, const MapOptions& options = {}) {
    return stream(std::forward<F>(fn), std::views::all(std::forward<R>(range)), options, false);
  }
  template <class F, class T>
  auto imap_unordered(F&& fn, std::initializer_list<T> range, const MapOptions& options = {}) {
    return imap_unordered(std::forward<F>(fn), std::vector<T>(range), options);
  }

  /// All elements combined, fn(fn(fn(initial, first), second), third) and so on, in this order but in groups: fn must
  /// be associative, as products of matrices are, and need not be commutative. `initial` counts once, and all are of
  /// its type, to which elements are converted first. Blocks; works along. A task combines `options.chunk` elements, a
  /// fourth of a fair share where that is 0, and the caller what comes out. The range is read as by map. Failures are
  /// as there, without an index where it was the caller's part. Worth it where fn takes longer than to hand an element
  /// on. Python: functools.reduce, which goes from left to right.
  template <class F, std::ranges::input_range R, class T>
  auto reduce(F&& fn, R&& range, T&& initial, const MapOptions& options = {},
              CallSite where = CallSite::current()) {
    const WaitSite site(where);
    using Stored = detail::StoredCallable<F>;
    using Result = detail::StoredArgument<T>;
    detail::require_fold<Stored, Result, typename detail::InputOf<R>::type::Element>();
    Result total(std::forward<T>(initial));
    const Stored& function = fn;
    const auto future = attend(options, [&](bool seated, bool shown) {
      JobSpec spec;
      spec.chunk = options.chunk;
      spec.flags = shown ? kEagerJob : 0;
      return detail::submit_fold<Result>(reference_, function, std::forward<R>(range), spec, seated);
    });
    return detail::fold_results(function, std::move(total), future.get());
  }
  template <class F, class E, class T>
  auto reduce(F&& fn, std::initializer_list<E> range, T&& initial, const MapOptions& options = {},
              CallSite where = CallSite::current()) {
    return reduce(std::forward<F>(fn), std::span(range), std::forward<T>(initial), options, where);
  }

  /// Sorts a List by all ranks, stably. compare(a, b), which travels and does not use the list: a goes before b, a
  /// strict weak ordering. Blocks; works along. Others see the list as it was or sorted, never between. Where one of
  /// them changed it meanwhile, it is sorted once more, as it is then, by list.sort(). Where compare throws
  /// (RemoteError), the pool is terminated (Cancelled), or there is no room (OutOfSharedMemory), nothing was changed.
  /// T: trivially copyable. Takes three times the list's bytes in the shared heap besides the list.
  /// Python: `l.sort()` by one process.
  template <class T, class Compare = std::less<>>
  void sort(const List<T>& list, Compare compare = {}, CallSite where = CallSite::current()) {
    const WaitSite site(where);
    sort_copy<T>(list, compare, [&](std::span<const T> before, std::span<const T> after) {
      if (!detail::exchange_elements(list, before, after)) detail::sort_here(list, compare);
    });
  }
  /// The same for an Array, but what others write to it meanwhile is lost. Readers see it as it was, or sorted; only a
  /// local() span may show it between.
  template <class T, class Compare = std::less<>>
  void sort(const Array<T>& array, Compare compare = {}, CallSite where = CallSite::current()) {
    const WaitSite site(where);
    sort_copy<T>(array, compare,
                 [&](std::span<const T>, std::span<const T> after) { array.write(0, after); });
  }

  /// No more work is taken: Closed is thrown to who brings some; an imap that was begun before goes on. A second
  /// time changes nothing.
  void close() { close_pool(reference_, false); }
  /// The same, and what has not begun is dropped: Cancelled. In tasks that run, this_process::stop_requested()
  /// turns true. Does not wait. Python's kills the workers.
  void terminate() { close_pool(reference_, true); }
  /// Blocks until all work is done; works along. Throws UsageError before close() or terminate().
  void join(CallSite where = CallSite::current()) {
    const WaitSite site(where);
    join_pool(reference_);
  }

 private:
  template <class F, class R>
  static constexpr bool kChanges =
      detail::changes_elements<detail::StoredCallable<F>, std::remove_cvref_t<R>>;
  template <class F, class R>
  using CallFor = std::conditional_t<kChanges<F, R>, detail::CallOnElement, detail::CallWithElement>;

  template <class Call, class F, class R>
  auto submit(const F& fn, R&& range, const MapOptions& options, bool seated, bool eager = false) {
    using Input = std::conditional_t<std::same_as<Call, detail::CallOnElement>,
                                     detail::ChangedArray<std::ranges::range_value_t<R>>,
                                     typename detail::InputOf<R>::type>;
    using Stored = detail::StoredCallable<F>;
    using Element = typename Input::Element;
    detail::require_task<Stored, Call, Element>();
    using Result = detail::TaskResult<Stored, Call, Element>;
    if (!options.progress.empty() && !eager)
      throw UsageError("progress is shown by map, starmap and imap, which wait; map_async does not");
    detail::WrittenInput input;
    Input::write(input, std::forward<R>(range));
    JobSpec spec;
    spec.chunk = options.chunk;
    spec.flags = eager ? kEagerJob : 0;
    if constexpr (detail::results_kind<Result>(false) == ResultsKind::plain) {
      if (seated && options.chunk == 0 && input.tasks <= kMostWithTwoEnds) spec.flags |= kTwoEndsJob;
    }
    using All = std::conditional_t<std::is_void_v<Result>, void, std::vector<detail::NonVoid<Result>>>;
    return detail::submit<Future<All>, Stored, Input, Call, false>(reference_, fn, input, spec, seated);
  }

  template <class Call, class F, class R>
  auto all(F&& fn, R&& range, const MapOptions& options) {
    const auto begin = [&](bool seated, bool shown) {
      return submit<Call>(fn, std::forward<R>(range), options, seated, shown);
    };
    detail::Gather<typename decltype(begin(true, true))::value_type> results;
    const auto future = attend(options, begin, [&](const auto& begun) {
      const Reference& job = begun.reference();
      return has_two_ends(job) ? results.prepare(count_tasks(job).all) : nullptr;
    });
    return results.get(future);
  }

  /// Begins a job by begin(seated, shown), works along, and waits for its end. The plain results of what is done here
  /// go where own(future) says.
  template <class Begin, class Own>
  auto attend(const MapOptions& options, Begin begin, Own own) {
    std::optional<Seat> seat(std::in_place, reference_);
    const bool shown = !options.progress.empty();
    const auto future = begin(static_cast<bool>(*seat), shown);
    std::optional<Progress> progress;
    if (shown) {
      progress.emplace(options.progress, count_tasks(future.reference()).all,
                       [future] { return count_tasks(future.reference()).done; });
    }
    if (*seat) work_at(reference_, future.reference(), own(future));
    seat.reset();
    future.wait(detail::wait_site);
    return future;
  }

  template <class Begin>
  auto attend(const MapOptions& options, Begin begin) {
    return attend(options, begin, [](const auto&) -> void* { return nullptr; });
  }

  // store(before, after) puts them where they belong.
  template <class T, class Shared, class Compare, class Store>
  void sort_copy(const Shared& shared, const Compare& compare, Store store) {
    detail::require_compare<Compare, T>();
    require_open(reference_);
    const std::vector<T> copy = shared.copy();
    const Values<T> before(copy);
    if (copy.size() < 2) return;
    const auto sorted = detail::sort_elements(reference_, before.span(), compare, [this](auto submit) {
      return this->attend({}, [&](bool seated, bool) { return submit(seated); });
    });
    const detail::SortedElements<T> elements(sorted.reference().address());
    elements.with(0, elements.count(),
                  [&](const T* first, const T* last) { store(before.span(), std::span(first, last)); });
  }

  template <class F, class... Args>
  auto call(bool seated, F&& fn, Args&&... args) {
    using Stored = detail::StoredCallable<F>;
    using Arguments = std::tuple<detail::StoredArgument<Args>...>;
    using Input = detail::SingleInput<Arguments>;
    detail::require_task<Stored, detail::CallWithMembers, Arguments>();
    detail::WrittenInput input;
    Input::write(input, Arguments(std::forward<Args>(args)...));
    JobSpec spec;
    spec.chunk = 1;
    spec.flags = kSingleJob;
    using Result = detail::TaskResult<Stored, detail::CallWithMembers, Arguments>;
    return detail::submit<Future<Result>, Stored, Input, detail::CallWithMembers, false>(reference_, fn,
                                                                                         input, spec, seated);
  }

  template <class F, class View>
  auto stream(F&& fn, View view, const MapOptions& options, bool ordered) {
    using Element = std::ranges::range_value_t<View>;
    using Stored = detail::StoredCallable<F>;
    detail::require_task<Stored, detail::CallWithElement, Element>();
    return Imap<Stored, View>(reference_, std::forward<F>(fn), std::move(view),
                              {options.chunk, options.window, ordered}, options.progress);
  }

  Reference reference_;
};

}  // namespace cohort
