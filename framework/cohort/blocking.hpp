// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include "cohort/heap/blocking.hpp"

namespace cohort {

/// Calls `fn` and lets the rank run another Process meanwhile: for a read, a sleep, an MPI_Recv, which
/// would otherwise keep the rank's core idle. Returns what fn returns.
template <class F>
decltype(auto) blocking(F&& fn) {
  const Blocked blocked(WaitKind::outside);
  return std::forward<F>(fn)();
}

}  // namespace cohort
