// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/large_pages.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace cohort {
namespace {

constexpr std::size_t kMany = std::size_t{4} << 20;
constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;

}  // namespace

void want_large_pages(void* p, std::size_t bytes) noexcept {
  if (bytes < kMany) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(p);
  const auto first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const auto last = (begin + bytes) / kLargePage * kLargePage;
  // A hint: a kernel that has no large pages says so, and nothing is lost.
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace cohort
