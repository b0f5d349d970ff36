// SPDX-License-Identifier: BSL-1.0
#pragma once

// Those who do a pool's tasks: Processes that are started for it, callers that sit down to it, and children.

#include <span>

#include "cohort/heap/reference.hpp"

namespace cohort {

/// What a worker's Process runs. {the pool, how it comes to its seat}
void pool_worker(std::span<const std::byte> arguments);
/// It is no call of the program's, but the Process of one who works for a pool.
bool is_pool_worker(Address record);
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

/// This thread runs a task of a pool that was terminated.
bool task_was_terminated() noexcept;

}  // namespace cohort
