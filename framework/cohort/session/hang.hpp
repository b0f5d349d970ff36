// SPDX-License-Identifier: BSL-1.0
#pragma once

// When nothing can go on any more.
//
// Claimed only where it is certain: every thread of every rank is in a wait of Cohort's without a time limit, what each
// waits for has not come, no Process is queued that anybody would take, and there are no threads but Cohort's and MPI's. Two looks agree: each
// of those waits has lasted from the first to the second, so between the two there was a moment in which nobody ran; and
// who does not run changes nothing. A thread that computes, or waits outside of Cohort (for a message, a file, a
// child), is in no such wait, and one that the program made and that never uses a shared object shows in the number of
// threads: then there is no claim.
//
// A death of a thread that waits leaves its record. Its process has a thread less than records, and there is no claim.

#include <vector>

#include "cohort/heap/wait_scan.hpp"

namespace cohort {

/// All actors but this thread's, by rank.
std::vector<ActorView> look_at_actors();

class HangWatch {
 public:
  /// To be called from time to time, by one thread. True once for each hang.
  bool look();
  /// As they were at the last look.
  const std::vector<ActorView>& actors() const { return actors_; }

 private:
  std::vector<ActorView> actors_;
  bool nothing_went_on_ = false;
  bool told_ = false;
};

}  // namespace cohort
