// SPDX-License-Identifier: BSL-1.0
#include "serial.hpp"

#include <iterator>

namespace tsp {

Result solve_serial(const Instance& instance, const Node& root, long length, const Tour& tour) {
  OwnBest best(length, tour);
  long nodes = 0;
  std::vector<Node> open{root};
  while (!open.empty()) {
    const auto node = std::move(open.back());
    open.pop_back();
    auto children = expand(instance, node, best);
    ++nodes;
    open.insert(open.end(), std::make_move_iterator(children.rbegin()),
                std::make_move_iterator(children.rend()));
  }
  return {best.length(), best.tour(), {nodes}};
}

}  // namespace tsp
