// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "cohort/heap/wait_kind.hpp"

namespace cohort {

/// Whom a waiting thread tells that its rank has a core to spare, and that it wants it back.
/// The rank's serving loop is one; a test may be another. Neither function throws or waits for long.
class BlockHook {
 public:
  virtual ~BlockHook() = default;
  virtual void block(WaitKind what) noexcept = 0;
  virtual void unblock() noexcept = 0;
};

/// This process's hook, or null. Set while one thread runs, at the session's start and end.
inline BlockHook* block_hook = nullptr;

/// Another thread of this rank has use for its core: who waits does better to sleep than to spin. A hint.
inline std::atomic<bool> core_wanted = false;

/// The time in which this thread does not use its core.
class Blocked {
 public:
  explicit Blocked(WaitKind what) noexcept : hook_(block_hook) {
    if (hook_ != nullptr) hook_->block(what);
  }
  ~Blocked() {
    if (hook_ != nullptr) hook_->unblock();
  }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;

 private:
  BlockHook* hook_;
};

}  // namespace cohort
