// SPDX-License-Identifier: BSL-1.0
#include "search.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "one_tree.hpp"

namespace tsp {
namespace {

// Many steps for the root, whose multipliers all others begin with; found by trial on eil51 and kroA100.
constexpr Schedule kAtRoot{1000, 1};
constexpr Schedule kBelow{40, 0.3};

/// A tree with two edges in each city, as a tour.
Tour tour_of(const OneTree& tree) {
  std::vector<std::vector<std::uint16_t>> neighbours(tree.degree.size());
  for (const auto& [a, b] : tree.edges) {
    neighbours[a].push_back(b);
    neighbours[b].push_back(a);
  }
  Tour tour{0, neighbours[0][0]};
  while (tour.size() < tree.degree.size()) {
    const auto& next = neighbours[tour.back()];
    tour.push_back(next[0] == tour[tour.size() - 2] ? next[1] : next[0]);
  }
  return tour;
}

struct Decision {
  std::uint16_t to;
  bool required;  // else forbidden
};

}  // namespace

Root root_of(const Instance& instance, const Best& best) {
  Root root{{Choices(instance.cities), std::vector<double>(instance.cities, 0)}, 0};
  root.bound = raise_bound(instance, root.node.choices, best.length(), kAtRoot, root.node.multipliers).bound;
  return root;
}

std::vector<Node> expand(const Instance& instance, const Node& node, Best& best) {
  auto [choices, multipliers] = node;
  const auto shortest = best.length();
  const auto tree = raise_bound(instance, choices, shortest, kBelow, multipliers);
  if (none_shorter(tree.bound, shortest)) return {};
  if (tree.is_tour()) {
    const auto tour = tour_of(tree);
    best.offer(length_of(instance, tour), tour);
    return {};
  }
  if (!forbid_hopeless(instance, tree, multipliers, shortest, choices)) return {};

  // Volgenant and Jonker (1982): split at a city that has too many edges. At most one of these is required, as two
  // would have forbidden the others.
  const auto city = static_cast<std::size_t>(std::max_element(tree.degree.begin(), tree.degree.end()) -
                                             tree.degree.begin());
  std::vector<std::uint16_t> free;
  for (const auto& [a, b] : tree.edges) {
    if (a != city && b != city) continue;
    const auto other = a == city ? b : a;
    if (choices.mark(city, other) == Choices::Mark::free) free.push_back(other);
  }
  std::sort(free.begin(), free.end(), [&](auto a, auto b) {
    return instance.distance(city, a) + multipliers[a] < instance.distance(city, b) + multipliers[b];
  });

  std::vector<Node> children;
  const auto add = [&](std::initializer_list<Decision> decisions) {
    Node child{choices, multipliers};
    for (const auto& [to, required] : decisions)
      if (!(required ? child.choices.require(city, to) : child.choices.forbid(city, to))) return;
    children.push_back(std::move(child));
  };
  if (free.empty()) {  // forbidding what was hopeless has settled this city
    add({});
  } else if (free.size() == 1 || choices.required_at(city) > 0) {
    add({{free[0], true}});
    add({{free[0], false}});
  } else {
    add({{free[0], true}, {free[1], true}});
    add({{free[0], true}, {free[1], false}});
    add({{free[0], false}});
  }
  return children;
}

}  // namespace tsp
