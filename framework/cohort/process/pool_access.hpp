// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the sources of pools share: pools and jobs, reached through their references, and who starts workers.

#include <cstdint>

#include "cohort/heap/current.hpp"
#include "cohort/heap/reference.hpp"
#include "cohort/process/job.hpp"
#include "cohort/process/pool_core.hpp"

namespace cohort {

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

inline ObjectId id_of(Address object) {
  const Word reference = with_heap([object](const auto& heap) {
    return heap.load(object_field(object, COHORT_FIELD(ObjectHeader, reference)));
  });
  return {object, static_cast<std::uint32_t>(reference >> 32)};
}
/// Of a job that is held.
inline Reference pool_of(const Reference& job) {
  return Reference::adopt(id_of(with_job(job, [](const auto& core) { return core.pool(); })));
}
/// The pool's first open job; none: there is none.
inline Reference first_job(const Reference& pool) {
  for (;;) {
    const ObjectId id = with_pool(pool, [](const auto& core) { return core.first(); });
    if (!id.address) return Reference();
    if (Reference job = Reference::adopt(id)) return job;  // else it has just been taken off the list
  }
}

/// How a worker comes to its seat.
enum class Sitting : std::uint8_t {
  taken,   ///< for it, by who starts it
  if_any,  ///< it takes one, if there is one: it is started by a child, which may die
  beyond,  ///< the same, and above the limit: for a task of the pool that waits, whose own is of no use meanwhile
};
/// Starts a worker; where it is not said how it sits, as suits a rank, or a child. False: no room for another Process.
bool start_worker(const Reference& pool, Sitting sitting) noexcept;
bool start_worker(const Reference& pool) noexcept;
/// Of a child: how many of those that it has started so have not begun. They will see every job that was added before.
std::size_t queued_workers(const Reference& pool, Sitting sitting);

/// This thread runs a task of that pool.
bool works_for(Address pool);

}  // namespace cohort
