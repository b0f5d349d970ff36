// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tsplib.hpp"

namespace tsp {

/// Cities in the order in which they are visited.
using Tour = std::vector<std::uint16_t>;

long length_of(const Instance& instance, const Tour& tour);

/// The same tour from city 0 on, in the direction in which the smaller neighbour comes first.
Tour normalized(Tour tour);

/// A good tour to begin with: of the nearest neighbours from each city, improved by 2-opt moves, the shortest.
Tour good_tour(const Instance& instance);

}  // namespace tsp
