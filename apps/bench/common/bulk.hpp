// SPDX-License-Identifier: BSL-1.0
#pragma once

// What row 3 needs on both sides: a source, a clock, and a malloc that either returns memory or keeps it.

#include <cstddef>
#include <vector>

#include "cpu.hpp"
#include "figures.hpp"
#include "rounds.hpp"

namespace bench {

/// `count` longs in private memory, every page written.
std::vector<long> bulk_source(std::size_t count);

/// Makes malloc serve large blocks from memory that was freed before rather than from the kernel.
void keep_freed_memory();

/// 10^9 bytes a second at which `work` moves `count` longs.
template <class Work>
double gigabytes_per_second(std::size_t count, Work&& work) {
  const auto begin = now_ns();
  work();
  const auto end = now_ns();
  return static_cast<double>(count * sizeof(long)) / static_cast<double>(end - begin);
}

}  // namespace bench
