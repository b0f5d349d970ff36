// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace cohort {

/// What a thread may wait for.
enum class WaitKind : std::uint64_t {
  none = 0,
  process = 1,
  work = 2,
  value = 3,
  latch = 4,
  lock = 5,
  semaphore = 6,
  condition = 7,
  event = 8,
  barrier = 9,
  queue_get = 10,
  queue_put = 11,
  queue_join = 12,
  future = 13,
  pool = 14,
  outside = 15,  // not in Cohort: cohort::blocking
};
inline constexpr std::size_t kWaitKinds = 16;

}  // namespace cohort
