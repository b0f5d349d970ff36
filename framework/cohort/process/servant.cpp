// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/servant.hpp"

#include <atomic>
#include <cerrno>
#include <list>
#include <mutex>
#include <system_error>
#include <vector>

#include "cohort/heap/census.hpp"
#include "cohort/process/pool_core.hpp"
#include "cohort/process/pool_runner.hpp"
#include "cohort/process/pool_worker.hpp"
#include "cohort/process/record.hpp"
#include "cohort/process/recovery.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

bool is_closed(const Reference& pool) {
  return with_heap([&pool]<class A>(const Heap<A>& heap) {
    return (PoolCore<A>(heap, pool.address()).seats() & seats::kClosed) != 0;
  });
}

// Those that nobody uses. Never destroyed: the session's end empties it.
struct Idle {
  std::mutex mutex;
  std::list<std::unique_ptr<Servant>>
      servants;  // so that they can be taken out where there is no memory left
};
Idle& idle() {
  static auto* the_idle = new Idle;
  return *the_idle;
}

std::atomic<std::size_t> any_idle = 0;

// What the child runs, until its rank has nothing more for it, or the pool is closed.
void serve_pool(std::span<const std::byte> arguments) {
  Decoder decoder(arguments);
  const Reference pool = decoder.handle();
  const Address block(decoder.number());
  do {
    ServantBlock given = {};
    with_heap([&](const auto& heap) { heap.access().read(block, &given, sizeof given); });
    if (given.job == 0) return;
    work_given(pool, Address(given.job), given.first, given.count, block + COHORT_FIELD(ServantBlock, at));
  } while (rest_child(running_record(), [&pool] { return is_closed(pool); }));
}

}  // namespace

Servant::Servant(const Reference& pool) : pool_(pool) {
  with_heap([this]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    block_ = operation.allocate(sizeof(ServantBlock));
    operation.keep();
  });
}

Servant::~Servant() {
  end_child();
  with_heap([this]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    operation.discard(block_);
    operation.keep();
  });
}

void Servant::start_child() {
  Encoder encoder;
  encoder.handle(pool_);
  encoder.number(block_.bits());
  RecordBody body = {};
  body.trampoline = Modules::function_token(&serve_pool);
  body.function = Modules::function_token(&pool_worker);
  body.parent = kMainParent + static_cast<Word>(current_window.rank);
  body.isolation = 1;
  body.rank = static_cast<Word>(current_window.rank) + 1;
  record_ = Reference::of_new(with_heap(
      [&](const auto& heap) { return make_record(heap, body, encoder.encoded(), "", running_id()); }));
  child_ = std::make_unique<ChildRun>(record_.address(), CallSite());
  if (child_->start()) return;
  child_.reset();
  throw std::system_error(errno, std::generic_category(), "no child for a task of a Pool");
}

std::optional<Servant::Death> Servant::run(Address job, Word first, Word count) {
  constexpr Word kNone = ~Word{0};
  const auto give = [&] {
    const ServantBlock given = {job.bits(), first, count, kNone};
    with_heap([&](const auto& heap) { heap.access().write(block_, &given, sizeof given); });
  };
  give();
  const bool woken = child_ && wake_child(record_.address());
  if (!woken) {
    end_child();  // where it has been killed, or its pool was closed
    give();
    start_child();
  }
  tasks_ += count;
  const ChildState state = child_->wait();
  if (state == ChildState::idle) return std::nullopt;
  if (state == ChildState::unforked) {
    const int why = child_->status();
    child_.reset();
    throw std::system_error(why, std::generic_category(), "no child for a task of a Pool");
  }
  const std::string name = record_name(record_.address());
  const int exitcode = child_->finish();
  child_.reset();
  const Word at =
      with_heap([this](const auto& heap) { return heap.load(block_ + COHORT_FIELD(ServantBlock, at)); });
  if (at == kNone && woken) return run(job, first, count);      // it had been killed before, and nobody knew
  if (at != kNone && at >= first + count) return std::nullopt;  // all of them were over
  const Word task = at == kNone ? first : at;
  const auto error = record_error(record_.address());  // it was there when the child began to work
  if (at == kNone && error)
    return Death{task, {task, error->type, error->message, name, current_window.rank}};
  log_error(ProcessDied(name, exitcode, current_window.rank).what());
  return Death{task, {task, "", std::to_string(exitcode), name, current_window.rank}};
}

void Servant::end_child() noexcept {
  tasks_ = 0;
  if (!child_) return;
  with_heap([this](const auto& heap) { heap.store(block_, 0); });
  wake_child(record_.address());
  while (child_->wait() == ChildState::idle) wake_child(record_.address());
  child_->finish();
  child_.reset();
}

// The first that fits() goes to `to`, in front; or all that do.
template <class Fits>
void take_out(std::list<std::unique_ptr<Servant>>& to, bool all, Fits fits) {
  const std::lock_guard lock(idle().mutex);
  auto& servants = idle().servants;
  for (auto at = servants.begin(); at != servants.end() && (all || to.empty());) {
    const auto servant = at++;
    if (fits(**servant)) to.splice(to.begin(), servants, servant);
  }
  any_idle.store(servants.size(), std::memory_order_relaxed);
}

std::unique_ptr<Servant> take_servant(const Reference& pool) {
  std::list<std::unique_ptr<Servant>> found;
  take_out(found, false, [&pool](const Servant& servant) { return servant.pool().id() == pool.id(); });
  return found.empty() ? std::make_unique<Servant>(pool) : std::move(found.front());
}

void give_back_servant(std::unique_ptr<Servant> servant) {
  {
    const std::lock_guard lock(idle().mutex);
    idle().servants.push_back(std::move(servant));
  }
  std::list<std::unique_ptr<Servant>> over;
  take_out(over, true, [](const Servant& one) { return is_closed(one.pool()); });
}

void reap_idle_servants() noexcept {
  if (any_idle.load(std::memory_order_relaxed) == 0) return;
  std::list<std::unique_ptr<Servant>> ended;
  take_out(ended, true, [](const Servant& one) { return !one.rests(); });
}

void end_servants() noexcept {
  std::list<std::unique_ptr<Servant>> all;
  take_out(all, true, [](const Servant& /*unused*/) { return true; });
}

void close_pools_of(Word creator) {
  std::vector<ObjectId> found;
  with_heap([&](const auto& heap) {
    each_object(heap, [&](Address object, Word) {
      if (!is_born(heap, object)) return;
      const auto field = [&](std::size_t at) { return heap.load(object_field(object, at)); };
      if (kind_of(field(COHORT_FIELD(ObjectHeader, kind))) != ObjectKind::pool) return;
      if (field(COHORT_FIELD(ObjectHeader, creator)) != creator) return;
      found.push_back(
          {object, static_cast<std::uint32_t>(field(COHORT_FIELD(ObjectHeader, reference)) >> 32)});
    });
  });
  for (const ObjectId id : found) {
    if (const Reference pool = Reference::adopt(id)) close_pool(pool, true);
  }
}

}  // namespace cohort
