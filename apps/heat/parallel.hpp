// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

#include "plate.hpp"

namespace heat {

/// What the ranks share: the plate of even steps and that of odd ones, all of one size, and where they meet after
/// each step.
struct Shared {
  std::array<cohort::Array<double>, 2> cells;
  cohort::Barrier barrier;
};

/// Finds them by name, or makes them. Throws cohort::OutOfSharedMemory.
Shared open_shared(cohort::Session& session, const Plate& plate);

/// Collective: every rank computes its band of rows. Returns how they did it.
std::string_view solve_parallel(const cohort::Session& session, const Shared& shared, const Plate& plate,
                                std::size_t steps);

}  // namespace heat
