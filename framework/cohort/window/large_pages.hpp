// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace cohort {

/// Private memory that is about to be filled for the first time: where it is many megabytes, the kernel is asked
/// for large pages, which take a page fault for two megabytes instead of one for each four kilobytes.
void want_large_pages(void* p, std::size_t bytes) noexcept;

}  // namespace cohort
