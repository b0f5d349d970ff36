// SPDX-License-Identifier: BSL-1.0
#pragma once

// Pools and jobs, reached through their references.

#include <utility>

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

}  // namespace cohort
