// SPDX-License-Identifier: BSL-1.0
#include "bulk.hpp"

#include <malloc.h>

#include <limits>
#include <numeric>
#include <stdexcept>

namespace bench {

std::vector<long> bulk_source(std::size_t count) {
  std::vector<long> source(count);
  std::iota(source.begin(), source.end(), 1L);
  return source;
}

void keep_freed_memory() {
  constexpr int kNever = std::numeric_limits<int>::max();
  if (::mallopt(M_MMAP_MAX, 0) == 0 || ::mallopt(M_TRIM_THRESHOLD, kNever) == 0) {
    throw std::runtime_error("mallopt refused");
  }
}

}  // namespace bench
