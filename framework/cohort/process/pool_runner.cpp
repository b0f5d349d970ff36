// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/pool_runner.hpp"

#include <map>
#include <memory>
#include <mutex>

#include "cohort/error.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/job_part.hpp"
#include "cohort/process/pool_core.hpp"
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

// The pools whose initializers this thread is in, the innermost first.
struct Initializing {
  Address pool;
  const Initializing* outer;
};
thread_local const Initializing* initializing = nullptr;

void refuse_in_initializer(Address pool) {
  for (const Initializing* at = initializing; at != nullptr; at = at->outer) {
    if (at->pool == pool)
      throw UsageError(
          "a Pool's initializer cannot give work to its own pool: no task there begins before it is over");
  }
}

template <class Work>
decltype(auto) with_pool(const Reference& pool, Work&& work) {
  return with_heap([&]<class A>(const Heap<A>& heap) -> decltype(auto) {
    return work(PoolCore<A>(heap, pool.address()));
  });
}
template <class Work>
decltype(auto) with_job(const Reference& job, Work&& work) {
  return with_heap(
      [&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(JobCore<A>(heap, job.address())); });
}

ObjectId id_of(Address object) {
  const Word reference = with_heap([object](const auto& heap) {
    return heap.load(object_field(object, COHORT_FIELD(ObjectHeader, reference)));
  });
  return {object, static_cast<std::uint32_t>(reference >> 32)};
}
// Of an object that is held.
Reference pool_of(const Reference& job) {
  return Reference::adopt(id_of(with_job(job, [](const auto& core) { return core.pool(); })));
}
Reference first_job(const Reference& pool) {
  for (;;) {
    const ObjectId id = with_pool(pool, [](const auto& core) { return core.first(); });
    if (!id.address) return Reference();
    if (Reference job = Reference::adopt(id)) return job;  // else it has just been taken off the list
  }
}

// The pool's initializer runs once in each rank, before the first task there; again where it threw.
void initialize(const Reference& pool) {
  const Address blob = with_pool(pool, [](const auto& core) { return core.initializer(); });
  if (!blob) return;
  refuse_in_initializer(pool.address());
  struct Once {
    std::uint32_t generation;
    std::mutex mutex;
    bool done = false;
    explicit Once(std::uint32_t of) : generation(of) {}
  };
  static std::mutex mutex;
  static std::map<Word, std::shared_ptr<Once>> all;  // by address: a pool takes the place of one that is gone
  std::shared_ptr<Once> once;
  {
    const std::lock_guard lock(mutex);
    const auto [address, generation] = pool.id();
    auto& entry = all[address.bits()];
    if (!entry || entry->generation != generation) entry = std::make_shared<Once>(generation);
    once = entry;
  }
  std::unique_lock lock(once->mutex, std::try_to_lock);
  if (!lock) {
    const Blocked blocked(WaitKind::pool);  // it may wait for what another Process of this rank does
    lock.lock();
  }
  if (once->done) return;
  const auto bytes = with_heap([blob](const auto& heap) {
    const Word head = heap.load(blob);
    std::vector<std::byte> content(blob_bytes(head));
    heap.access().read(blob_data(blob, head), content.data(), content.size());
    return content;
  });
  Decoder decoder(bytes);
  const void* place = Modules::place(decoder.number());
  struct Scope {
    Initializing here;
    explicit Scope(Address pool) : here{pool, initializing} { initializing = &here; }
    ~Scope() { initializing = here.outer; }
  };
  const Scope scope(pool.address());
  reinterpret_cast<void (*)(Decoder&)>(const_cast<void*>(place))(decoder);
  once->done = true;
}

}  // namespace

bool is_pool_worker(Address record) {
  const Token function = with_heap([record](const auto& heap) {
    return heap.load(body_field(heap, record, COHORT_FIELD(RecordBody, function)));
  });
  return function == Modules::function_token(&pool_worker);
}

namespace {

// How a worker comes to its seat.
enum class Sitting : std::uint8_t {
  taken,   // for it, by who starts it
  if_any,  // it takes one, if there is one: it is started by a child, which may die
  beyond,  // the same, and above the limit: for a task of the pool that waits, whose own is of no use meanwhile
};

// False: no room for another Process.
bool start_worker(const Reference& pool,
                  Sitting sitting = in_child ? Sitting::if_any : Sitting::taken) noexcept {
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
      lower_object(heap, id.address);
    });
    return true;
  } catch (const std::exception& error) {
    log_debug(std::string("a pool has one worker less: ") + error.what());
    return false;
  }
}

// How many are at a job from its beginning on, with the caller. Where ranks outnumber cores, each further one is started
// by one that has come: who comes when all is done would only have kept the others from a core.
Word workers_at_once() {
  if (detail::spin == detail::Spin::long_enough) return ~Word{0};
  return std::max<Word>(2, static_cast<Word>(current_window.cores));
}
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

namespace {

bool works_for(Address pool) {
  for (const Working* at = working; at != nullptr; at = at->outer) {
    if (at->pool == pool) return true;
  }
  return false;
}

// Of a child, which does nothing that others may wait for: where nobody is at work, somebody is started; where it is a
// task of the pool that waits, in any case.
void need_worker(const Reference& pool) {
  const bool waits = works_for(pool.address());
  if (!waits && seats::taken(with_pool(pool, [](const auto& core) { return core.seats(); })) != 0) return;
  if (!start_worker(pool, waits ? Sitting::beyond : Sitting::if_any))
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
  for (Word started = seated ? 1 : 0; started < std::min({parties, chunks, workers_at_once()}); ++started) {
    const bool sits = in_child ? with_pool(pool, [](const auto& core) { return core.has_seat(); })
                               : with_pool(pool, [](const auto& core) { return core.try_sit(); });
    if (!sits) break;
    if (start_worker(pool)) continue;
    if (!in_child) with_pool(pool, [](const auto& core) { core.stand_up(); });
    break;
  }
  return job;
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
    initialize(pool);
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

bool task_was_terminated() noexcept {
  for (const Working* at = working; at != nullptr; at = at->outer) {
    const Word seats = with_heap([at](const auto& heap) { return heap.load(own_field(at->pool, 4)); });
    if ((seats & seats::kTerminated) != 0) return true;
  }
  return false;
}

}  // namespace cohort
