// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/pool_worker.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cohort/codec.hpp"
#include "cohort/heap/backoff.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/job_part.hpp"
#include "cohort/process/pool_access.hpp"
#include "cohort/process/pool_initializer.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/process/servant.hpp"
#include "cohort/process/server.hpp"
#include "cohort/watch/log.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

// The pools whose tasks this thread is in, the innermost first.
struct Working {
  Address pool;
  const Working* outer;
};
thread_local const Working* working = nullptr;

// Where ranks outnumber cores, whoever is not at a job from its beginning on (workers_at_once, pool_runner.cpp) is
// started by one that has come: who comes when all is done would only
// have kept the others from a core.
void start_next(const Reference& pool, const Reference& job) {
  if (detail::spin == detail::Spin::long_enough) return;
  const bool more = with_job(job, [](const auto& core) {
    return core.left() > std::max<Word>(core.get(offsetof(JobBody, chunk)), 1);
  });
  if (!more || !with_pool(pool, [](const auto& core) { return core.try_sit(); })) return;
  if (!start_worker(pool)) with_pool(pool, [](const auto& core) { core.stand_up(); });
}

bool in_children(const Reference& pool) {
  return with_pool(pool, [](const auto& core) { return core.in_children(); });
}

// What has been claimed is done by the servant's children, one after the other where they die.
void have_done(Servant& servant, const Reference& job, JobPart& part) {
  const Word most = with_pool(servant.pool(), [](const auto& core) { return core.tasks_per_child(); });
  const Word end = part.first() + part.count();
  for (Word next = part.first(); next < end && !part.failed_below(next);) {
    if (most != 0 && servant.tasks() >= most) servant.end_child();
    const Word count = most != 0 && part.apart() ? std::min(end - next, most - servant.tasks()) : end - next;
    const auto death = servant.run(job.address(), next, count);
    if (death) part.lose(death->task, death->error);
    next = death && part.apart() ? death->task + 1 : next + count;
  }
}

// As work_at(), for a pool whose tasks run in children.
void work_in_children(const Reference& pool, const Reference& job) {
  const Doing doing(Activity::task);
  const WaitSite none({});
  std::optional<JobPart> part;
  std::unique_ptr<Servant> servant;
  try {
    part.emplace(job.address());
    servant = take_servant(pool);
    while (part->claim()) {
      have_done(*servant, job, *part);
      part->drop_after_failure();
    }
  } catch (...) {
    fail_job(job.address(), std::nullopt);
  }
  if (part) part->flush();
  if (servant) give_back_servant(std::move(servant));
}

// Does all that there is to do, and stands up.
void work_seated(const Reference& pool) {
  for (;;) {
    while (const Reference job = first_job(pool)) {
      start_next(pool, job);
      work_at(pool, job);
    }
    if (!with_pool(pool, [](const auto& core) { return core.leave(); })) return;
  }
}

// In a catch, where there is no memory left even to begin: those who wait are told, by what needs none.
void give_up(Address pool, bool seated) noexcept {
  with_heap([&]<class A>(const Heap<A>& heap) {
    const PoolCore<A> core(heap, pool);
    for (ObjectId job = core.first(); job.address; job = core.first()) {
      if (!raise_object(heap, job)) continue;  // it has just been taken off the list
      fail_job(job.address, std::nullopt);
      core.remove(job.address);
      lower_object(heap, job.address);
    }
    if (seated) core.stand_up();
  });
}

}  // namespace

bool is_pool_worker(Address record) {
  const Token function = with_heap([record](const auto& heap) {
    return heap.load(body_field(heap, record, COHORT_FIELD(RecordBody, function)));
  });
  return function == Modules::function_token(&pool_worker);
}

namespace {

// Of a child: the workers that it has started. It takes no seats for them, and would start them faster than ranks take
// them, without end, if it did not know which of them are still queued.
// Order       A job is in the pool's list before `queued` looks at records; a worker begins (its record is running), and
//             then raises the pool's count and looks into the list: one of the two sees the other.
// A death     of the child leaves its workers queued. They come, find what there is, and leave; its counts of their records
//             are lowered by the reaper, as of all that it held.
class Started {
 public:
  // How many of these have not begun. Whoever has added a job before sees it done by each of them.
  std::size_t queued(const Reference& pool, Sitting sitting) {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find({pool.address().bits(), sitting});
    if (at == all_.end()) return 0;
    with_heap([&at](const auto& heap) {
      heap.settle();
      std::erase_if(at->second, [&heap](const Reference& record) {
        return state_of(heap.load(record_field(record.address(), COHORT_FIELD(RecordLine, state)))) !=
               ProcessState::queued;
      });
    });
    const std::size_t count = at->second.size();
    if (count == 0) all_.erase(at);
    return count;
  }
  void add(const Reference& pool, Sitting sitting, Reference record) {
    const std::lock_guard lock(mutex_);
    all_[{pool.address().bits(), sitting}].push_back(std::move(record));
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<Word, Sitting>, std::vector<Reference>>
      all_;  // by the pool, which a queued worker holds
};
Started started_by_child;

}  // namespace

std::size_t queued_workers(const Reference& pool, Sitting sitting) {
  return started_by_child.queued(pool, sitting);
}

bool start_worker(const Reference& pool, Sitting sitting) noexcept {
  try {
    Encoder encoder;
    encoder.number(pool.address().bits());
    encode(encoder, sitting);
    encoder.handle(pool);
    RecordBody body = {};
    body.trampoline = Modules::function_token(&pool_worker);
    body.function = body.trampoline;
    body.parent = kMainParent + static_cast<Word>(current_window.rank);
    with_heap([&]<class A>(const Heap<A>& heap) {
      const ObjectId id = make_record(heap, body, encoder.encoded(), "", running_id());
      Scheduler<A>(heap).start(id);
      if (in_child) {
        started_by_child.add(pool, sitting, Reference::of_new(id));
      } else {
        lower_object(heap, id.address);
      }
    });
    return true;
  } catch (const std::exception& error) {
    log_debug(std::string("a pool has one worker less: ") + error.what());
    return false;
  }
}

bool start_worker(const Reference& pool) noexcept {
  return start_worker(pool, in_child ? Sitting::if_any : Sitting::taken);
}

// Not in a namespace without a name: its own name is that of the Process.
void pool_worker(std::span<const std::byte> arguments) {
  Decoder decoder(arguments);
  const Address address(decoder.number());
  const auto sitting = decode<Sitting>(decoder);
  bool seated = sitting == Sitting::taken;
  try {
    const Reference pool = decoder.handle();
    if (sitting == Sitting::if_any) seated = with_pool(pool, [](const auto& core) { return core.try_sit(); });
    if (sitting == Sitting::beyond) {
      with_pool(pool, [](const auto& core) { core.sit(); });
      seated = true;
    }
    if (seated) work_seated(pool);
  } catch (...) {
    give_up(address, seated);
    throw;
  }
}

bool works_for(Address pool) {
  for (const Working* at = working; at != nullptr; at = at->outer) {
    if (at->pool == pool) return true;
  }
  return false;
}

Seat::Seat(const Reference& pool) : pool_(pool), seated_(!in_child && works_for(pool.address())) {
  if (seated_ || in_child) return;
  taken_ = with_pool(pool, [](const auto& core) { return core.try_sit(); });
  seated_ = taken_;
}

// What came while all seats were taken, and nobody was started for, is not forgotten.
Seat::~Seat() {
  if (!taken_) return;
  const bool again = with_pool(pool_, [](const auto& core) { return core.leave(); });
  if (again && !start_worker(pool_)) with_pool(pool_, [](const auto& core) { core.stand_up(); });
}

namespace {

// Does what make(), an optional JobPart, is given to claim. `drops`: where it cannot, what is not claimed is dropped.
template <class Make>
void do_part(const Reference& pool, Address job, bool drops, Make make) {
  const UnwindsAnew unwinding;
  const Doing doing(Activity::task);
  const WaitSite none({});
  const Working here{pool.address(), working};
  working = &here;
  std::optional<JobPart> part;
  try {
    make(part);
    initialize_for(pool);
    const void* place = Modules::place(with_heap(
        [job]<class A>(const Heap<A>& heap) { return JobCore<A>(heap, job).get(offsetof(JobBody, work)); }));
    reinterpret_cast<void (*)(JobPart&)>(const_cast<void*>(place))(*part);
  } catch (...) {
    fail_job(job, std::nullopt, !drops);
  }
  if (part) part->flush();
  working = here.outer;
}

}  // namespace

void work_at(const Reference& pool, const Reference& job, void* own) {
  const Unblocked unblocked;
  // (Who comes too late for it needs no initializer.)
  if (with_job(job, [](const auto& core) { return core.left(); }) != 0) {
    if (in_children(pool)) {
      work_in_children(pool, job);
    } else {
      do_part(pool, job.address(), true, [&](auto& part) { part.emplace(job.address(), own); });
    }
  }
  with_pool(pool, [&job](const auto& core) { core.remove(job.address()); });
}

void work_given(const Reference& pool, Address job, Word first, Word count, Address shown) {
  do_part(pool, job, false, [&](auto& part) { part.emplace(job, first, count, shown); });
}

bool task_was_terminated() noexcept {
  for (const Working* at = working; at != nullptr; at = at->outer) {
    const Word seats = with_heap([at](const auto& heap) { return heap.load(own_field(at->pool, 4)); });
    if ((seats & seats::kTerminated) != 0) return true;
  }
  return false;
}

}  // namespace cohort
