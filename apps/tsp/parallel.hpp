// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cohort/cohort.hpp>

#include "serial.hpp"

namespace tsp {

/// The same on so many ranks, which share the best length and a queue of nodes.
Result solve_parallel(cohort::Manager& manager, int ranks, const Instance& instance, const Node& root,
                      long length, const Tour& tour);

}  // namespace tsp
