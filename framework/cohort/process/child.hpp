// SPDX-License-Identifier: BSL-1.0
#pragma once

// A Process in a child of its rank: what the child does, and what the rank's thread does that waits for it.

#include <sys/types.h>

#include <functional>

#include "cohort/heap/current.hpp"
#include "cohort/heap/wait_site.hpp"
#include "cohort/process/record.hpp"

namespace cohort {

/// This process is a child: it has shared objects, and no MPI.
inline bool in_child = false;
/// The Process that it is.
inline Address child_record;
/// Throws UsageError in a child.
void refuse_in_child(const char* what);

/// Of one that the server has forked for the record, with this slot. Runs the target and leaves by _exit.
[[noreturn]] void be_child(Address record, std::uint32_t member, pid_t server);

/// Keeps the signal that the child is to get.
void set_child_state(Address record, ChildState state, int status = 0);
/// That the child gets this signal, as soon as there is one. Nothing where it has ended.
void signal_child(Address record, int signal);

/// Of a child that works for a pool: it has done what it was given. Blocks until it is given more. False: over() was
/// true, which is asked every second, and it has to end.
bool rest_child(Address record, const std::function<bool()>& over);
/// Of the rank, for such a child: gives it more. False: it has ended, or is about to.
bool wake_child(Address record);

/// "signal 11 (Segmentation fault)".
std::string signal_name(int signal);

/// That it is to run in a child, for what Isolation says. Throws UsageError where it cannot.
bool runs_in_child(Isolation isolation);

/// A record that runs in a child.
class ChildRun {
 public:
  /// `joiner`: where the thread joins it, if it does.
  ChildRun(Address record, const CallSite& joiner);
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;

  /// start() and wait() for its end, and finish(). The exit code: N as it left, -S where signal S ended it.
  int run() noexcept;

  /// False: there is none, with the reason in errno.
  bool start() noexcept;
  /// Blocks until the child is idle, has ended, or is found not to be.
  ChildState wait() noexcept;
  bool rests() const noexcept;
  /// Of one that has ended, as waitpid says it; of one that there is none for, why: an errno.
  int status() const noexcept;
  /// Of one that has ended: nothing of it is left that others may wait for. The exit code.
  int finish() noexcept;
  /// It was terminate() or kill() that ended it.
  bool was_asked() const { return asked_; }

 private:
  int unforked(int why) noexcept;
  template <class Heap>
  void wait_while_blocked(const Heap& heap, Address word, Word seen) const;

  Address record_;
  CallSite joiner_;
  bool asked_ = false;
  int passed_on_ = 0;                // the last signal
  std::uint64_t all_passed_on_ = 0;  // a bit for each
};

}  // namespace cohort
