// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/servant.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <vector>

#include "cohort/heap/census.hpp"
#include "cohort/process/pool_core.hpp"
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
  std::vector<std::unique_ptr<Servant>> servants;
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
  log_error(ProcessDied(name, exitcode, current_window.rank).what());
  const Word task = at == kNone ? first : at;
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

std::unique_ptr<Servant> take_servant(const Reference& pool) {
  {
    const std::lock_guard lock(idle().mutex);
    auto& servants = idle().servants;
    const auto found = std::ranges::find_if(
        servants, [&pool](const auto& servant) { return servant->pool().id() == pool.id(); });
    if (found != servants.end()) {
      std::unique_ptr<Servant> servant = std::move(*found);
      servants.erase(found);
      any_idle.store(servants.size(), std::memory_order_relaxed);
      return servant;
    }
  }
  return std::make_unique<Servant>(pool);
}

void give_back_servant(std::unique_ptr<Servant> servant) {
  std::vector<std::unique_ptr<Servant>> over;
  const std::lock_guard lock(idle().mutex);
  auto& servants = idle().servants;
  servants.push_back(std::move(servant));
  const auto closed = std::partition(servants.begin(), servants.end(),
                                     [](const auto& one) { return !is_closed(one->pool()); });
  std::move(closed, servants.end(), std::back_inserter(over));
  servants.erase(closed, servants.end());
  any_idle.store(servants.size(), std::memory_order_relaxed);
}

void reap_idle_servants() noexcept {
  if (any_idle.load(std::memory_order_relaxed) == 0) return;
  std::vector<std::unique_ptr<Servant>> ended;
  const std::lock_guard lock(idle().mutex);
  auto& servants = idle().servants;
  const auto gone =
      std::partition(servants.begin(), servants.end(), [](const auto& one) { return one->rests(); });
  std::move(gone, servants.end(), std::back_inserter(ended));
  servants.erase(gone, servants.end());
  any_idle.store(servants.size(), std::memory_order_relaxed);
}

void end_servants() noexcept {
  std::vector<std::unique_ptr<Servant>> all;
  const std::lock_guard lock(idle().mutex);
  all.swap(idle().servants);
  any_idle.store(0, std::memory_order_relaxed);
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
