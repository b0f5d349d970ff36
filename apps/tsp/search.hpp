// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/serialization/vector.hpp>
#include <vector>

#include "choices.hpp"
#include "tour.hpp"
#include "tsplib.hpp"

namespace tsp {

/// A part of the search: all tours that agree with the choices.
struct Node {
  Choices choices;
  std::vector<double> multipliers;  ///< good ones to begin with

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& choices& multipliers;
  }
};

/// The shortest tour that is known. Of one search or of all ranks.
class Best {
 public:
  virtual ~Best() = default;
  virtual long length() const = 0;
  /// Takes the tour, unless one has come meanwhile that is as short.
  virtual void offer(long length, const Tour& tour) = 0;
};

/// All tours, and a lower bound of their lengths.
struct Root {
  Node node;
  double bound;
};
Root root_of(const Instance& instance, const Best& best);

/// Looks at a node. Either it has no tour shorter than the best one, or its shortest tour is found and offered: then it
/// has no children. Or it is split into parts, the most promising one first.
std::vector<Node> expand(const Instance& instance, const Node& node, Best& best);

}  // namespace tsp
