// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/list_core.hpp"

#include "cohort/heap/current.hpp"
#include "cohort/heap/statistics.hpp"

namespace cohort::detail {

void require_room(std::size_t count, std::size_t times, std::size_t slot_bytes) {
  const std::size_t capacity = with_heap([](const auto& heap) { return heap_statistics(heap); }).capacity;
  if (times <= capacity / slot_bytes / count) return;
  throw OutOfSharedMemory("shared heap on rank 0 cannot hold " + std::to_string(count) + " elements " +
                          std::to_string(times) + " times: it has " + format_bytes(capacity) +
                          "; raise COHORT_HEAP");
}

}  // namespace cohort::detail
