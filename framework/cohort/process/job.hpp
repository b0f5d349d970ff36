// SPDX-License-Identifier: BSL-1.0
#pragma once

// A job: the tasks of one call to a pool (a function, and an input that has an element for each task), and what
// became of them.
//
// Layout      An object of kind job. Its own line: [0], [1] state, a WaitWord; [2] the body, which begins a
//             line; [3], [4] next and previous among its pool's open jobs; [5] 1 while it is among them;
//             [6] the pool; [7] the block that the body lies in. JobBody: a line that nobody changes, a
//             line for claiming, a line for what is done.
// Writers     claimed, done: by atomic operations of anyone. dropped: by the actor that has put itself into dropper, from
//             0. [3] to [5]: under the pool's latch. error and first_error: under the body's latch. A result: whoever
//             has claimed its task. state: whoever finds, having changed claimed or done, that done + dropped is the
//             number of tasks.
// Invariants  1. A task is claimed by one actor, or dropped: claimed is raised past it once. It may end up above
//                the number of tasks. Of a job with two ends it counts what was claimed at the front, and in its
//                upper half at the back, and their sum never is.
//             2. Results, error and first_error are written before their tasks are counted as done.
//             3. state leaves 0 once, when every task is done or dropped.
//             4. dropped counts where claimed is kAllDropped, which the dropper makes it, once, and only while dropped
//                is what was left.
// Order       What a task did comes before its fetch_add on done; the last of these before the change of
//             state; that before what a waiter does who has seen it. Who has dropped adds 0 to done after that: of it
//             and one who counts, the later sees both.
// Waiting     for one job on its state. For any of several on `any_done` in the window's header, which whoever
//             ends a job raises if somebody has registered as its waiter. Those register before they look
//             whether a job has ended.
// Progress    Claiming takes no latch.
// A death     of an actor leaves the tasks that it had claimed, and counted or not, neither done nor dropped. (Those who
//             may die, children, claim none.) In drop(): bury() drops what was to be dropped, if it is not done.

#include <algorithm>
#include <climits>
#include <optional>

#include "cohort/heap/blob.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

enum class JobState : Word { open = 0, finished = 1, failed = 2, cancelled = 3 };

/// How the results of a job lie in it.
enum class ResultsKind : Word {
  none = 0,   ///< the function returns nothing
  plain = 1,  ///< one after the other, `stride` bytes each
  blobs = 2,  ///< a word for each task; that of a chunk's first one has a blob: how many, then each encoded
  each = 3,   ///< as blobs, but each task has {1, result} or {0, type, message}, and none stops the others
};

inline constexpr Word kEagerJob = 1;    // what is done is counted at once, because somebody looks on
inline constexpr Word kSingleJob = 2;   // it is one call, not one for each element of an input
inline constexpr Word kLaterJob = 4;    // a part of what was begun before: close() does not keep it out
inline constexpr Word kTwoEndsJob = 8;  // its caller claims at the front, and all others at the back
inline constexpr Word kApartJob = 16;   // its tasks may be done one by one, however many were claimed at once

inline constexpr Word kMostWithTwoEnds = 0x7fff'ffff;  // so many tasks

inline constexpr Word kAllDropped = Word{1} << 63;  // in JobBody::claimed: what was left has been dropped

struct JobBody {
  Word tasks;
  Word chunk;     // tasks that are claimed at once; 0: a share of what is left
  Word parties;   // how many may be at it
  Word work;      // Token of void(JobPart&)
  Word function;  // blob
  Word input;     // blob
  Word offsets;   // block of tasks + 1 words, where elements are not of one size
  Word results;   // block
  Word stride;
  Word kind;      // ResultsKind
  Word flags;     // kEagerJob and so on
  Word outcomes;  // how many results there are
  Word pad0[4];
  Word claimed;
  Word pad1[7];
  Word done;
  Word dropped;
  LatchWord latch;
  Word first_error;  // 1 + the task's number
  Word error;        // blob {task, type, message, process, rank}; 0: there was no room for it
  Word error_rank;
  Word dropper;  // the actor that drops, or has; 0: nobody yet
};
static_assert(sizeof(JobBody) == 4 * kLineBytes && offsetof(JobBody, claimed) == 2 * kLineBytes);

/// What a new job consists of.
struct JobSpec {
  Word tasks = 0;
  Word outcomes = 0;  ///< 0: one for each task
  Word chunk = 0;
  Word work = 0;
  Encoded function = {};
  Encoded input = {};
  std::span<const Word> offsets = {};
  std::size_t stride = 0;
  ResultsKind kind = ResultsKind::none;
  Word flags = 0;
};

template <class A>
class JobCore {
 public:
  JobCore(const Heap<A>& heap, Address job) : heap_(heap), job_(job), body_(heap.load(own_field(job, 2))) {}

  Word get(std::size_t field) const { return heap_.load(body_ + field); }
  Word tasks() const { return get(kTasks); }
  JobState state() const { return static_cast<JobState>(heap_.load(own_field(job_, 0))); }
  bool ended() const { return state() != JobState::open; }
  /// How many tasks are neither claimed nor dropped.
  Word left() const { return left_of(get(kClaimed), tasks(), two_ends(get(offsetof(JobBody, flags)))); }
  Address pool() const { return Address(heap_.load(own_field(job_, 6))); }

  /// The next tasks, the caller's to do and to finish(); count 0: there are none.
  struct Chunk {
    Word first;
    Word count;
  };
  Chunk claim(Word tasks, Word chunk) const {
    if (get(kClaimed) >= tasks) return {};
    const Word first = heap_.access().fetch_add(body_ + kClaimed, chunk);
    return first >= tasks ? Chunk{} : Chunk{first, std::min(chunk, tasks - first)};
  }
  /// A fourth of a fair share of what is left: the pieces get smaller, so that all end together. `flags` are the
  /// job's; `back`: at its other end, if it has two.
  Chunk claim_share(Word tasks, Word parties, Word flags, bool back) const {
    const bool both = two_ends(flags);
    Word claimed = get(kClaimed);
    while (const Word left = left_of(claimed, tasks, both)) {
      const Word count = std::max<Word>(1, left / (4 * parties));
      const Word first = !both  ? claimed
                         : back ? tasks - (claimed >> 32) - count
                                : claimed & kMostWithTwoEnds;
      const Word next = claimed + (both && back ? count << 32 : count);
      if (heap_.access().compare_exchange(body_ + kClaimed, claimed, next)) return {first, count};
    }
    return {};
  }

  void finish(Word count) const {
    if (count != 0 && heap_.access().fetch_add(body_ + kDone, count) + count + dropped() == tasks()) end();
  }

  /// What nobody has claimed will not be done. Returns how many tasks that are; 0, too, where another is just at it.
  Word drop() const {
    const bool both = two_ends(get(offsetof(JobBody, flags)));
    const Word all = tasks();
    Word claimed = get(kClaimed);
    Word count = left_of(claimed, all, both);
    Word nobody = 0;
    if (count == 0 || !heap_.access().compare_exchange(body_ + kDropper, nobody, heap_.actor())) return 0;
    heap_.store(body_ + kDropped, count);
    while (!heap_.access().compare_exchange(body_ + kClaimed, claimed, kAllDropped)) {
      count = left_of(claimed, all, both);
      heap_.store(body_ + kDropped, count);
      if (count != 0) continue;
      heap_.store(body_ + kDropper, 0);
      return 0;
    }
    end_if_over();
    return count;
  }

  /// The actor is gone.
  void bury(std::uint32_t actor) const {
    if (get(kDropper) == actor && get(kClaimed) < kAllDropped) {
      heap_.store(body_ + kDropped, 0);
      heap_.store(body_ + kDropper, 0);
      drop();  // others may have found it at it, and gone on
    }
    end_if_over();
  }

  /// `error` (see JobBody) is that of this task, on this rank. The one of the lowest number stays. None: nobody will
  /// know why.
  void fail(Word task, const std::optional<Encoded>& error, int rank) const {
    Operation<A> operation(heap_);
    const Address blob = error ? make_blob(operation, heap_, *error) : Address();
    Latch<A> latch(heap_, body_ + offsetof(JobBody, latch));
    const Word before = get(kFirstError);
    if (before != 0 && before <= task + 1) return;
    if (const Address old(get(kError)); old) operation.discard(old);
    operation.set(body_ + kFirstError, task + 1);
    operation.set(body_ + kError, blob.bits());
    operation.set(body_ + offsetof(JobBody, error_rank), static_cast<Word>(rank));
    operation.commit(latch, latch.payload());
  }

  /// False: it had not ended when the deadline passed.
  bool wait(Deadline deadline) const {
    while (!ended()) {
      if (!wait_while(heap_, own_field(job_, 0), 0, {WaitKind::future, job_}, deadline)) return ended();
    }
    return true;
  }

  static constexpr std::size_t kTasks = offsetof(JobBody, tasks);
  static constexpr std::size_t kClaimed = offsetof(JobBody, claimed);
  static constexpr std::size_t kDone = offsetof(JobBody, done);
  static constexpr std::size_t kDropped = offsetof(JobBody, dropped);
  static constexpr std::size_t kFirstError = offsetof(JobBody, first_error);
  static constexpr std::size_t kError = offsetof(JobBody, error);
  static constexpr Address kAnyDone = header_field(COHORT_FIELD(WindowHeader, any_done));

  /// How many have been dropped.
  Word dropped() const {
    const Word count = get(kDropped);
    return count != 0 && get(kClaimed) >= kAllDropped ? count : 0;
  }

  /// For a job without tasks: nobody else would.
  void end() const {
    const JobState how = get(kFirstError) != 0 ? JobState::failed
                         : dropped() != 0      ? JobState::cancelled
                                               : JobState::finished;
    Word open = 0;
    if (!heap_.access().compare_exchange(own_field(job_, 0), open, static_cast<Word>(how))) return;
    wake_published(heap_, own_field(job_, 0), own_field(job_, 1));
    if (heap_.load(kAnyDone + COHORT_FIELD(WaitWord, waiters)) == 0) return;
    heap_.access().fetch_add(kAnyDone, 1);
    wake(heap_, kAnyDone);
  }

 private:
  static constexpr std::size_t kDropper = offsetof(JobBody, dropper);

  void end_if_over() const {
    const Word done = heap_.access().fetch_add(body_ + kDone, 0);
    if (done + dropped() == tasks()) end();
  }
  static bool two_ends(Word flags) { return (flags & kTwoEndsJob) != 0; }
  static Word left_of(Word claimed, Word tasks, bool two_ends) {
    if (claimed >= kAllDropped) return 0;
    if (two_ends) return tasks - (claimed & kMostWithTwoEnds) - (claimed >> 32);
    return tasks - std::min(claimed, tasks);
  }

  Heap<A> heap_;
  Address job_;
  Address body_;
};

/// Waits until one of the jobs has ended. Returns its index.
template <class A>
std::size_t wait_for_one(const Heap<A>& heap, std::span<const Address> jobs) {
  constexpr Address word = JobCore<A>::kAnyDone;
  constexpr Address waiters = word + COHORT_FIELD(WaitWord, waiters);
  const auto find = [&] {
    std::size_t i = 0;
    while (i < jobs.size() && !JobCore<A>(heap, jobs[i]).ended()) ++i;
    return i;
  };
  heap.access().fetch_add(waiters, 1);
  std::size_t found = 0;
  for (;;) {
    const Word seen = heap.load(word);
    found = find();
    if (found != jobs.size()) break;
    wait_while(heap, word, seen, {WaitKind::future, jobs[0]});
  }
  heap.access().fetch_add(waiters, ~Word{0});
  return found;
}

/// A job that nobody knows yet, with a count of 1. Holds `pool`. Throws OutOfSharedMemory.
template <class A>
ObjectId make_job(const Heap<A>& heap, const JobSpec& spec, ObjectId pool, Word parties, Word type,
                  Word creator) {
  Operation<A> operation(heap);
  const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::job, 0, 0), type, creator);
  const Address block = operation.allocate(sizeof(JobBody) + kLineBytes);
  const Address body((block.bits() + kLineBytes - 1) / kLineBytes * kLineBytes);
  JobBody content = {};
  content.tasks = spec.tasks;
  content.chunk = std::min(spec.chunk, spec.tasks);  // so that no sum of them overflows
  content.parties = parties;
  content.work = spec.work;
  content.function = make_blob(operation, heap, spec.function).bits();
  content.input = make_blob(operation, heap, spec.input).bits();
  if (!spec.offsets.empty()) {
    const Address offsets = operation.allocate(spec.offsets.size_bytes());
    heap.access().write(offsets, spec.offsets.data(), spec.offsets.size_bytes());
    content.offsets = offsets.bits();
  }
  const bool blobs = spec.kind == ResultsKind::blobs || spec.kind == ResultsKind::each;
  const std::size_t stride = blobs ? sizeof(Word) : spec.stride;
  content.outcomes = spec.outcomes != 0 ? spec.outcomes : spec.tasks;
  if (content.outcomes != 0 && spec.kind != ResultsKind::none) {
    if (content.outcomes > kPayloadMask / stride) operation.allocate(kPayloadMask);  // refused as what it is
    const Address results = operation.allocate(content.outcomes * stride);
    for (Word i = 0; blobs && i < content.outcomes; ++i) heap.store(results + i * sizeof(Word), 0);
    content.results = results.bits();
  }
  content.stride = stride;
  content.kind = static_cast<Word>(spec.kind);
  content.flags = spec.flags;
  heap.access().write(body, &content, sizeof content);
  heap.store(own_field(id.address, 2), body.bits());
  heap.store(own_field(id.address, 6), pool.address.bits());
  heap.store(own_field(id.address, 7), block.bits());
  operation.raise(pool);
  operation.keep();
  return id;
}

template <class A>
void destroy_job(Operation<A>& operation, const Heap<A>& heap, Address job, std::vector<Address>& held) {
  JobBody body;
  heap.access().read(Address(heap.load(own_field(job, 2))), &body, sizeof body);
  const auto discard_blob = [&](Word blob) {
    if (blob == 0) return;
    collect_handles(heap, Address(blob), held);
    operation.discard(Address(blob));
  };
  for (const Word blob : {body.function, body.input, body.error}) discard_blob(blob);
  const auto kind = static_cast<ResultsKind>(body.kind);
  if (kind == ResultsKind::blobs || kind == ResultsKind::each) {
    for (Word i = 0; i < body.outcomes; ++i)
      discard_blob(heap.load(Address(body.results) + i * sizeof(Word)));
  }
  if (body.offsets != 0) operation.discard(Address(body.offsets));
  if (body.results != 0) operation.discard(Address(body.results));
  operation.discard(Address(heap.load(own_field(job, 7))));
  held.push_back(Address(heap.load(own_field(job, 6))));
}

}  // namespace cohort
