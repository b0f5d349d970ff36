// SPDX-License-Identifier: BSL-1.0
#pragma once

// Servant: a child that does tasks of one pool, for a rank's thread that has a seat there.
//
// Layout      ServantBlock, a block of the heap, which the child knows from its arguments; the turns are in the child's word
//             of its record: running, it has tasks to do; idle, it waits for more.
// Writers     job, first, count: the rank, before it wakes the child. at: the child.
// Invariants  1. The rank claims tasks and counts them: that the child dies loses no task but the one that it was at.
//             2. `at` is that one, from before it begins until the next one does. What a child dies of before its first
//                one counts as that one's, if the child is new: its initializer's, say.
// A death     is found by the rank, which waits: it has `at`. Of one that is idle, by whoever polls there, or wakes it next.

#include <memory>
#include <optional>

#include "cohort/heap/reference.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/job_part.hpp"

namespace cohort {

struct ServantBlock {
  Word job;  // 0: nothing more
  Word first;
  Word count;
  Word at;  // ~0: none yet
};

class Servant {
 public:
  /// Throws OutOfSharedMemory.
  explicit Servant(const Reference& pool);
  /// Ends the child. Blocks until it is gone.
  ~Servant();
  Servant(const Servant&) = delete;
  Servant& operator=(const Servant&) = delete;

  struct Death {
    Word task;
    TaskError error;
  };
  /// Has the child, or a new one, do these tasks. Blocks. Its death, if it died. Throws std::system_error where there is no
  /// child, OutOfSharedMemory.
  std::optional<Death> run(Address job, Word first, Word count);
  /// How many tasks this child has been given.
  Word tasks() const { return tasks_; }
  /// The next tasks get a new child.
  void end_child() noexcept;

  const Reference& pool() const { return pool_; }
  /// Its child is there, and waits.
  bool rests() const { return child_ && child_->rests(); }

 private:
  void start_child();

  Reference pool_;
  Address block_;
  Reference record_;
  std::unique_ptr<ChildRun> child_;
  Word tasks_ = 0;
};

/// One that nobody uses, or a new one. Throws OutOfSharedMemory.
std::unique_ptr<Servant> take_servant(const Reference& pool);
/// It is anybody's who has a seat. Those of pools that are closed are ended.
void give_back_servant(std::unique_ptr<Servant> servant);
/// What those have left whose children ended while nobody used them is put in order.
void reap_idle_servants() noexcept;
/// The pools that the Process of this id has left open are closed, and what is open there dropped: it was a child, and has
/// ended.
void close_pools_of(Word creator);
/// Before the session's end.
void end_servants() noexcept;

}  // namespace cohort
