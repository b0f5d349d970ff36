// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cohort/heap/reference.hpp"

namespace cohort {

/// Runs the pool's initializer, where it has one: once in each process, before the first task there; again where it threw.
/// Blocks while another thread of this process is in it. Throws what it throws.
void initialize_for(const Reference& pool);

/// Throws UsageError where this thread is in the pool's initializer: no task of it begins before that is over.
void refuse_in_initializer(Address pool);

}  // namespace cohort
