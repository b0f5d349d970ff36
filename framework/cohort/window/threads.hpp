// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <optional>

namespace cohort {

/// How many threads a process of this machine has now; none where the kernel does not tell.
std::optional<int> thread_count(pid_t pid);

}  // namespace cohort
