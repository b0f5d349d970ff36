// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <span>

#include "cohort/heap/reference.hpp"
#include "cohort/process/job.hpp"

namespace cohort {

/// What a pool is made of.
struct PoolSpec {
  std::optional<int> parties = {};  ///< at a time; none: as many as there are ranks
  Encoded initializer = {};         ///< a Token and a callable
  bool in_children = false;
  int tasks_per_child = 0;  ///< 0: any number
};
Reference open_pool(const PoolSpec& spec, const char* type);
int pool_parties(const Reference& pool);

/// Throws Closed where the pool takes no more work.
void require_open(const Reference& pool);

/// A new job, in the pool's list, with workers on their way to it. Throws Closed, OutOfSharedMemory.
/// `seated`: the caller will work at it too, and has a seat: see Seat.
Reference submit_job(const Reference& pool, const JobSpec& spec, const char* type, bool seated = false);

/// Waits for a job. Without a deadline it does what nobody has begun, if there is a seat. False: it has not ended.
bool wait_for_job(const Reference& job, Deadline deadline);
bool job_ended(const Reference& job);
struct TaskCount {
  Word done;
  Word all;
};
TaskCount count_tasks(const Reference& job);
/// The front of it is for its caller.
bool has_two_ends(const Reference& job);
/// Waits until one of them has ended. Does itself only what nobody else would. Returns its index.
std::size_t wait_for_any(std::span<const Reference* const> jobs);
/// Drops what nobody has begun. Returns how many tasks that were.
Word cancel_job(const Reference& job);

/// No more jobs. `terminate`: and what is open is dropped.
void close_pool(const Reference& pool, bool terminate);
/// Waits until nobody is at work and nothing is open. Throws UsageError where it was not closed.
void join_pool(const Reference& pool);

}  // namespace cohort
