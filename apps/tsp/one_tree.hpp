// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "tsplib.hpp"

namespace tsp {

using Edge = std::pair<std::uint16_t, std::uint16_t>;

/// A spanning tree of cities 1 to n - 1, and two edges of city 0: every tour is one, so the shortest is at most as
/// long as the shortest tour. A multiplier at each city, paid once for each edge there and given back twice, changes
/// no tour's length, but which tree is the shortest (Held and Karp, 1970 and 1971).
struct OneTree {
  double bound = 0;         ///< its length
  std::vector<Edge> edges;  ///< n of them
  std::vector<int> degree;  ///< of each city
  bool is_tour() const;
};

/// The shortest one with all required edges and no forbidden one; an infinite bound where there is none.
OneTree shortest_one_tree(const Instance& instance, const Choices& choices,
                          const std::vector<double>& multipliers);

/// How many subgradient steps, and how large the first one is; the later ones are ever smaller.
struct Schedule {
  int steps;
  double pace;
};

/// Changes the multipliers step by step so that the bound grows, and returns the best
/// tree; the multipliers are its own then. Ends early where the bound proves that no tour is shorter than `best`,
/// or where the tree is a tour.
OneTree raise_bound(const Instance& instance, const Choices& choices, long best, Schedule schedule,
                    std::vector<double>& multipliers);

/// Forbids each edge that would make the tree so much longer that no tour with it is shorter than `best`.
/// False where no tour is left.
bool forbid_hopeless(const Instance& instance, const OneTree& tree, const std::vector<double>& multipliers,
                     long best, Choices& choices);

/// Lengths are whole numbers: a tour shorter than `best` has at most best - 1. Bounds are sums of doubles, for which
/// the margin is wide.
inline bool none_shorter(double bound, long best) { return bound > static_cast<double>(best) - 1 + 1e-6; }

}  // namespace tsp
