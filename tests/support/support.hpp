// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "cohort/session.hpp"

namespace cohort::test {

/// The one session of this test program; every rank runs every test, in the same order.
Session& session();
inline bool is_manager() { return session().is_manager(); }
inline int ranks() { return session().size(); }

/// The same on all ranks; from COHORT_TEST_SEED, else new, and printed.
std::uint64_t seed();

/// Collective: runs `work` on rank 0, while the others serve, and joins.
template <class Work>
void on_manager(Work&& work) {
  try {
    if (is_manager()) work();
  } catch (const std::exception& error) {  // the others wait below
    ADD_FAILURE() << error.what();
  }
  session().join();
}

}  // namespace cohort::test
