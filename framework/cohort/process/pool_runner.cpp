// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/pool_runner.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/heap/backoff.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/pool_access.hpp"
#include "cohort/process/pool_initializer.hpp"
#include "cohort/process/pool_worker.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

// How many are at a job from its beginning on, with the caller. Where ranks outnumber cores, those who come start the
// others (start_next, pool_worker.cpp).
Word workers_at_once() {
  if (detail::spin == detail::Spin::long_enough) return ~Word{0};
  return std::max<Word>(2, static_cast<Word>(current_window.cores));
}

// Of a child, which does nothing that others may wait for: where nobody is at work, somebody is started; where it is a
// task of the pool that waits, in any case.
void need_worker(const Reference& pool) {
  const bool waits = works_for(pool.address());
  if (!waits && seats::taken(with_pool(pool, [](const auto& core) { return core.seats(); })) != 0) return;
  const Sitting sitting = waits ? Sitting::beyond : Sitting::if_any;
  if (queued_workers(pool, sitting) != 0) return;
  if (!start_worker(pool, sitting))
    throw OutOfSharedMemory(
        "no room in the shared heap to start anybody who works for the pool; raise COHORT_HEAP");
}

// Does what is left of a job, or sees to it that somebody does. False: all seats are taken, by those who will.
bool help_with(const Reference& pool, const Reference& job) {
  if (in_child) need_worker(pool);
  const Seat seat(pool);
  if (seat) work_at(pool, job);
  return static_cast<bool>(seat);
}

void help(const Reference& job) {
  if (with_job(job, [](const auto& core) { return core.left(); }) == 0) return;
  const Reference pool = pool_of(job);
  refuse_in_initializer(pool.address());
  help_with(pool, job);
}

}  // namespace

Reference open_pool(const PoolSpec& spec, const char* type) {
  if (spec.parties && *spec.parties < 1)
    throw std::invalid_argument("a Pool has at least 1 process, not " + std::to_string(*spec.parties));
  return Reference::of_new(with_heap([&](const auto& heap) {
    const Word seats = spec.parties ? static_cast<Word>(*spec.parties)
                                    : heap.load(header_field(COHORT_FIELD(WindowHeader, ranks)));
    return make_pool(heap, static_cast<Word>(spec.tasks_per_child) << 32 | seats, spec.initializer,
                     Modules::token(type), running_id(), spec.in_children ? kInChildren : 0);
  }));
}

int pool_parties(const Reference& pool) {
  return static_cast<int>(with_pool(pool, [](const auto& core) { return core.limit(); }));
}

namespace {

bool has_flag(const Reference& pool, Word flag) {
  return (with_pool(pool, [](const auto& core) { return core.seats(); }) & flag) != 0;
}
void require_without(const Reference& pool, Word flag) {
  if (has_flag(pool, flag)) throw Closed("the pool is closed: it takes no more work; make another one");
}

}  // namespace

void require_open(const Reference& pool) { require_without(pool, seats::kClosed); }

Reference submit_job(const Reference& pool, const JobSpec& spec, const char* type, bool seated) {
  refuse_in_initializer(pool.address());
  require_without(pool, (spec.flags & kLaterJob) != 0 ? seats::kTerminated : seats::kClosed);
  const auto parties = static_cast<Word>(pool_parties(pool));
  const Reference job = Reference::of_new(with_heap([&](const auto& heap) {
    return make_job(heap, spec, pool.id(), parties, Modules::token(type), running_id());
  }));
  if (spec.tasks == 0) {
    with_job(job, [](const auto& core) { core.end(); });
    return job;
  }
  with_pool(pool, [&](const auto& core) { core.add(job.id()); });
  if (has_flag(pool, seats::kTerminated)) {  // meanwhile, perhaps by one who has not seen the job
    cancel_job(job);
    return job;
  }
  const Word chunks = (spec.tasks - 1) / std::max<Word>(spec.chunk, 1) + 1;
  Word started = seated ? 1 : 0;
  if (in_child) started = queued_workers(pool, Sitting::if_any);
  for (; started < std::min({parties, chunks, workers_at_once()}); ++started) {
    const bool sits = in_child ? with_pool(pool, [](const auto& core) { return core.has_seat(); })
                               : with_pool(pool, [](const auto& core) { return core.try_sit(); });
    if (!sits) break;
    if (start_worker(pool)) continue;
    if (!in_child) with_pool(pool, [](const auto& core) { core.stand_up(); });
    break;
  }
  return job;
}

bool job_ended(const Reference& job) {
  return with_job(job, [](const auto& core) { return core.ended(); });
}

TaskCount count_tasks(const Reference& job) {
  return with_job(job, [](const auto& core) {
    return TaskCount{core.get(offsetof(JobBody, done)), core.tasks()};
  });
}

bool has_two_ends(const Reference& job) {
  return with_job(job,
                  [](const auto& core) { return (core.get(offsetof(JobBody, flags)) & kTwoEndsJob) != 0; });
}

bool wait_for_job(const Reference& job, Deadline deadline) {
  if (!deadline && !job_ended(job)) help(job);
  return with_job(job, [&](const auto& core) { return core.wait(deadline); });
}

namespace {

// Nobody else will, for certain. (Where others are at work, one who waits for the first of several is not kept from
// it by another, which may take long, or itself wait for what is done next.)
bool needs_help(const Reference& job) {
  const Reference pool = pool_of(job);
  return works_for(pool.address()) ||
         seats::taken(with_pool(pool, [](const auto& core) { return core.seats(); })) == 0;
}

}  // namespace

std::size_t wait_for_any(std::span<const Reference* const> jobs) {
  const auto find = [&] {
    std::size_t i = 0;
    while (i < jobs.size() && !job_ended(*jobs[i])) ++i;
    return i;
  };
  std::size_t found = find();
  for (std::size_t i = 0; i < jobs.size() && found == jobs.size(); ++i) {
    if (!needs_help(*jobs[i])) continue;
    help(*jobs[i]);
    found = find();
  }
  if (found != jobs.size()) return found;
  std::vector<Address> addresses;
  for (const Reference* job : jobs) addresses.push_back(job->address());
  return with_heap([&](const auto& heap) { return wait_for_one(heap, addresses); });
}

Word cancel_job(const Reference& job) {
  const Word dropped = with_job(job, [](const auto& core) { return core.drop(); });
  // (Though it was another who dropped them: he may have died before he came to this.)
  with_heap([&job]<class A>(const Heap<A>& heap) {
    const JobCore<A> core(heap, job.address());
    if (core.left() == 0) PoolCore<A>(heap, core.pool()).remove(job.address());
  });
  return dropped;
}

void close_pool(const Reference& pool, bool terminate) {
  with_pool(pool, [terminate](const auto& core) {
    core.set_flag(seats::kClosed);
    if (terminate) core.set_flag(seats::kTerminated);
  });
  while (terminate) {
    const Reference job = first_job(pool);
    if (!job) return;
    cancel_job(job);
    with_pool(pool, [&job](const auto& core) { core.remove(job.address()); });
  }
}

void join_pool(const Reference& pool) {
  if (works_for(pool.address()))
    throw UsageError("join(): a task of this pool cannot wait for the pool's end");
  for (;;) {
    const Word seen = with_pool(pool, [](const auto& core) { return core.seats(); });
    if ((seen & seats::kClosed) == 0)
      throw UsageError("join(): the pool still takes work; close() or terminate() it first");
    if (const Reference job = first_job(pool)) {
      // (To wait for the seats would not do: they may have changed, and be as they were.)
      if (!help_with(pool, job)) with_job(job, [](const auto& core) { core.wait({}); });
      with_pool(pool, [&job](const auto& core) { core.remove(job.address()); });
      continue;
    } else if (seats::taken(seen) == 0) {
      return;
    }
    with_pool(pool, [seen](const auto& core) { core.wait_for_seats(seen); });
  }
}

}  // namespace cohort
