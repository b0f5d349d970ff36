// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

namespace farm {

/// A process beside a rank that outlives it, and kills the task that the rank had running. Made before the rank has
/// threads, and small: MPI is not in it yet.
class Guard {
 public:
  Guard();
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// The group to be killed from now on; 0: none.
  void watch(pid_t group) const;

 private:
  int socket_ = -1;
};

}  // namespace farm
