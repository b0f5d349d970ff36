// SPDX-License-Identifier: BSL-1.0
// Who waits for what, as the wait records say: for tests that act while another thread waits.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "cohort/heap/current.hpp"
#include "cohort/heap/wait_kind.hpp"

namespace cohort::test {

/// Some thread of that rank waits for such a thing.
inline bool waits(int rank, WaitKind kind) {
  return with_heap([rank, kind](const auto& heap) {
    const Word high = heap.load(header_field(COHORT_FIELD(WindowHeader, actors_high)));
    for (std::uint32_t actor = 1; actor < high; ++actor) {
      if (heap.load(actor_field(actor, COHORT_FIELD(ActorSlot, rank))) == static_cast<Word>(rank) &&
          heap.load(actor_field(actor, COHORT_FIELD(ActorSlot, wait_kind))) == static_cast<Word>(kind))
        return true;
    }
    return false;
  });
}

/// Returns when it does; where it never does, the test fails and goes on.
inline void until_waits(int rank, WaitKind kind) {
  using namespace std::chrono_literals;
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!waits(rank, kind)) {
    if (std::chrono::steady_clock::now() > limit) {
      ADD_FAILURE() << "no thread of rank " << rank << " waits for " << static_cast<Word>(kind);
      return;
    }
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace cohort::test
