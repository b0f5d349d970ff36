// SPDX-License-Identifier: BSL-1.0
#pragma once

// A pool over a Schedule, actors that bring jobs to it, work, cancel and wait, and the story of each job.

#include <algorithm>
#include <bit>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "process/job_mutant.hpp"

namespace cohort::test {

using JobHeap = Heap<JobMutantAccess>;

// What becomes of one job, told by those who act on it.
struct JobStory {
  ObjectId id;
  std::vector<int> done;  // how often each task was
  Word dropped = 0;
  Word fails = 0;       // a bit for each task that throws
  bool failed = false;  // one has
  bool dropped_by_another = false;
  int ended = 0;
};

class JobWorld {
  using A = JobMutantAccess;

 public:
  JobWorld(std::uint64_t seed, JobDefect defect, std::size_t actors, Word limit = 0)
      : schedule_(kBytes, seed), seen_{defect} {
    JobHeap::forget_readable();
    detail::spin = detail::Spin::never;
    register_destroyers<A>();
    destroyers<A>[static_cast<std::size_t>(ObjectKind::pool)] = destroy_pool<A>;
    destroyers<A>[static_cast<std::size_t>(ObjectKind::job)] = destroy_job<A>;
    const ScheduledAccess access(schedule_);
    if (!format_window(access, kBytes, 1)) throw std::logic_error("the window is too small");
    for (std::size_t i = 0; i < actors; ++i) {
      doing_.emplace_back();
      const auto slot = claim_actor(access, 1, 0, static_cast<Word>(i)).value();
      heaps_.emplace_back(A(schedule_, doing_.back()), slot);
    }
    schedule_.allow_spurious(draw(4) == 0);
    pool_ = make_pool(heaps_[0], limit != 0 ? limit : 1 + draw(2), {}, 0, 0);
    seen_.pool = pool_.address;
    seen_.on_end = [this](Address job) { ends(job); };
    witness = &seen_;
  }
  ~JobWorld() { witness = nullptr; }

  Word draw(Word below) { return schedule_.draw(below); }
  JobHeap& heap(std::size_t actor) { return heaps_[actor]; }
  ObjectId pool() const { return pool_; }

  // With the job's count of one, which is the caller's.
  JobStory& make(const JobHeap& heap, Word most = 4) {
    JobSpec spec;
    spec.tasks = 1 + draw(most);
    spec.chunk = draw(3);
    if (spec.chunk == 0 && draw(2) == 0) spec.flags = kTwoEndsJob;
    const ObjectId id = make_job(heap, spec, pool_, 2, 0, 0);
    seen_.jobs.push_back({id.address, Address(heap.load(own_field(id.address, 2)))});
    stories_.push_back({id, std::vector<int>(spec.tasks, 0)});
    if (draw(2) == 0) stories_.back().fails = draw(Word{1} << spec.tasks);
    return stories_.back();
  }

  // As a submitter does: workers come as there are seats.
  void submit(const JobHeap& heap, const JobStory& story) {
    const PoolCore<A> pool(heap, pool_.address);
    pool.add(story.id);
    while (pool.try_sit()) {
      ++wanted_;
      if (draw(2) == 0) break;
    }
  }

  void work(const JobHeap& heap) {
    const PoolCore<A> pool(heap, pool_.address);
    ++sitting_;
    do {
      for (ObjectId id = pool.first(); id.address; id = pool.first()) {
        if (!raise_object(heap, id)) continue;
        if (draw(2) == 0 && pool.try_sit()) ++wanted_;  // one that has come starts the next
        work_at(heap, id);
        lower_object(heap, id.address);
      }
      if (sitting_ > pool.limit()) problem("more sit than may");
      --sitting_;
    } while (pool.leave() && ++sitting_ != 0);
  }
  void work_at(const JobHeap& heap, ObjectId id) {
    const JobCore<A> job(heap, id.address);
    JobStory& story =
        *std::find_if(stories_.begin(), stories_.end(), [id](const JobStory& s) { return s.id == id; });
    const Word chunk = job.get(offsetof(JobBody, chunk));
    const Word flags = job.get(offsetof(JobBody, flags));
    const Word tasks = story.done.size();
    for (;;) {
      const bool back = draw(2) == 0;
      const auto mine = chunk != 0 ? job.claim(tasks, chunk) : job.claim_share(tasks, 2, flags, back);
      if (mine.count == 0) break;
      const Word end = mine.first + mine.count;
      for (Word i = mine.first; i < end; ++i) ++story.done[i];
      if (seen_.defect == JobDefect::counts_before_it_tells) job.finish(mine.count);
      const bool drops = (flags & kTwoEndsJob) == 0 || !back || seen_.defect == JobDefect::drops_at_the_back;
      for (Word i = mine.first; i < end; ++i) {
        if ((story.fails >> i & 1) == 0) continue;
        fail(story, job, i, drops);
        break;
      }
      if (seen_.defect != JobDefect::counts_before_it_tells) job.finish(mine.count);
    }
    PoolCore<A>(heap, pool_.address).remove(id.address);
  }
  void fail(JobStory& story, const JobCore<A>& job, Word task, bool drops) {
    const std::byte text[8] = {};
    job.fail(task, Encoded{text}, 0);
    story.failed = true;
    if (drops) drop(story, job);
  }
  void drop(JobStory& story, const JobCore<A>& job) {
    // (Counted by what the core says after it is over; ends() looks at the job's own count.)
    story.dropped += job.drop();
  }
  void cancel(const JobHeap& heap, JobStory& story) {
    story.dropped_by_another = true;
    drop(story, JobCore<A>(heap, story.id.address));
    PoolCore<A>(heap, pool_.address).remove(story.id.address);
  }

  // Runs what was added, with actors [first, all) as workers, until nobody brings work and none is left.
  void run(std::size_t first) {
    for (std::size_t i = first; i < heaps_.size(); ++i) {
      schedule_.add([this, i] {
        while (wanted_ != 0 || submitters_ != 0) {
          if (wanted_ == 0) {
            heaps_[i].access().pause();
            continue;
          }
          --wanted_;
          work(heaps_[i]);
        }
      });
    }
    schedule_.run();
  }
  void add(std::size_t actor, std::function<void(const JobHeap&)> act) {
    schedule_.add([this, actor, act] { act(heaps_[actor]); });
  }
  void add_submitter(std::size_t actor, std::function<void(const JobHeap&)> act) {
    ++submitters_;
    schedule_.add([this, actor, act] {
      act(heaps_[actor]);
      --submitters_;
    });
  }

  /// What is wrong at the end of a run(), if anything.
  std::string judge(std::size_t first) {
    try {
      run(first);
    } catch (const std::exception& error) {
      return error.what();
    }
    return judge();
  }
  std::string judge() {
    witness = nullptr;
    const JobHeap& heap = heaps_[0];
    const PoolCore<A> pool(heap, pool_.address);
    if (seats::taken(pool.seats()) != 0) problem("seats are taken");
    if (pool.any()) problem("a job is left in the list");
    if (heap.load(JobCore<A>::kAnyDone + COHORT_FIELD(WaitWord, waiters)) != 0) problem("waiters are left");
    for (const JobStory& story : stories_) {
      const JobCore<A> job(heap, story.id.address);
      Word done = 0;
      for (const int count : story.done) {
        if (count > 1) problem("a task was done twice");
        done += static_cast<Word>(count);
      }
      if (done + story.dropped != story.done.size()) problem("a task was lost");
      if (story.ended != 1) problem("a job ended " + std::to_string(story.ended) + " times");
      const JobState expected = story.failed         ? JobState::failed
                                : story.dropped != 0 ? JobState::cancelled
                                                     : JobState::finished;
      if (job.state() != expected) problem("a job ended in another state");
      if (story.failed && !story.dropped_by_another &&
          job.get(JobCore<A>::kFirstError) != 1 + static_cast<Word>(std::countr_zero(story.fails)))
        problem("a failure is told that is not the lowest");
      if (!problem_.empty()) return problem_;
      lower_object(heap, story.id.address);
    }
    if (!problem_.empty()) return problem_;
    lower_object(heap, pool_.address);
    const Audit audit = audit_heap(heap);
    if (!audit.problems.empty()) return audit.text();
    return audit.live.empty() ? "" : "blocks are lost";
  }

  void problem(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }
  std::deque<JobStory>& stories() { return stories_; }

 private:
  static constexpr std::size_t kBytes = std::size_t{16} << 20;

  void ends(Address job) {
    for (JobStory& story : stories_) {
      if (story.id.address != job) continue;
      ++story.ended;
      const auto done =
          std::count_if(story.done.begin(), story.done.end(), [](int count) { return count != 0; });
      const JobCore<A> core(heaps_[0], job);
      if (static_cast<Word>(done) + core.dropped() != story.done.size())
        problem("a job ended before its tasks");
    }
  }

  Schedule schedule_;
  JobWitness seen_;
  std::deque<A::Doing> doing_;
  std::deque<JobHeap> heaps_;
  ObjectId pool_;
  std::deque<JobStory> stories_;
  std::size_t wanted_ = 0;   // workers that were started and have not come
  std::size_t sitting_ = 0;  // workers that are at it
  std::size_t submitters_ = 0;
  std::string problem_;
};

}  // namespace cohort::test
