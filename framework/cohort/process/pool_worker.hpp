// SPDX-License-Identifier: BSL-1.0
#pragma once

// Those who do a pool's tasks: Processes that are started for it, callers that sit down to it, and children.

#include <cstdint>
#include <span>

#include "cohort/heap/reference.hpp"
#include "cohort/process/job_part.hpp"

namespace cohort {

/// How a worker comes to its seat.
enum class Sitting : std::uint8_t {
  taken,   ///< for it, by who starts it
  if_any,  ///< it takes one, if there is one: it is started by a child, which may die
  beyond,  ///< the same, and above the limit: for a task of the pool that waits, whose own is of no use meanwhile
};
/// What a worker's Process runs. {the pool, its Sitting}
void pool_worker(std::span<const std::byte> arguments);
/// It is no call of the program's, but the Process of one who works for a pool.
bool is_pool_worker(Address record);
/// Starts one; where it is not said how it sits, as suits a rank, or a child. False: no room for another Process.
bool start_worker(const Reference& pool, Sitting sitting) noexcept;
bool start_worker(const Reference& pool) noexcept;

/// A seat in a pool, for as long as this lives, or none where all are taken, where its tasks run in children, or for one
/// that is a child. A task of the pool needs no other.
class Seat {
 public:
  explicit Seat(const Reference& pool);
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  explicit operator bool() const { return seated_; }

 private:
  const Reference& pool_;
  bool seated_;
  bool taken_ = false;
};

/// Does what is left to claim of a job, here, with a seat. Its plain results go to `own`, or into the job: see JobPart.
void work_at(const Reference& pool, const Reference& job, void* own = nullptr);
/// In a child: does the tasks [first, first + count) of a job that its rank has claimed. `shown`: see JobPart.
void work_given(const Reference& pool, Address job, Word first, Word count, Address shown);

/// This thread runs a task of that pool.
bool works_for(Address pool);
/// This thread runs a task of a pool that was terminated.
bool task_was_terminated() noexcept;

}  // namespace cohort
