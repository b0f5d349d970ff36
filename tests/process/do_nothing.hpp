// SPDX-License-Identifier: BSL-1.0
#pragma once

// A function for Processes that only have to start and to end. A Process is named after it.

namespace cohort::test {

inline void do_nothing() {}

}  // namespace cohort::test
