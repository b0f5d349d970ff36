// SPDX-License-Identifier: BSL-1.0
#include "one_tree.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tsp {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kAlways = -1e12;  // below what any edge costs

/// What an edge costs where trees are chosen.
double price(const Instance& instance, const Choices& choices, const std::vector<double>& multipliers,
             std::size_t a, std::size_t b) {
  switch (choices.mark(a, b)) {
    case Choices::Mark::required:
      return kAlways;
    case Choices::Mark::forbidden:
      return kNever;
    case Choices::Mark::free:
      break;
  }
  return instance.distance(a, b) + multipliers[a] + multipliers[b];
}

}  // namespace

bool OneTree::is_tour() const {
  return std::all_of(degree.begin(), degree.end(), [](int count) { return count == 2; });
}

OneTree shortest_one_tree(const Instance& instance, const Choices& choices,
                          const std::vector<double>& multipliers) {
  const auto n = instance.cities;
  OneTree tree;
  tree.edges.reserve(n);
  tree.degree.assign(n, 0);
  tree.bound = -2 * std::accumulate(multipliers.begin(), multipliers.end(), 0.0);
  const auto take = [&](std::size_t a, std::size_t b) {
    tree.bound += instance.distance(a, b) + multipliers[a] + multipliers[b];
    tree.edges.emplace_back(static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b));
    ++tree.degree[a];
    ++tree.degree[b];
  };

  // Prim: the cheapest city outside of the tree comes in, again and again.
  std::vector<double> cost(n, kNever);
  std::vector<std::size_t> from(n, 1);
  std::vector<std::size_t> outside(n - 2);
  std::iota(outside.begin(), outside.end(), std::size_t{2});
  for (std::size_t last = 1; !outside.empty();) {
    std::size_t cheapest = 0;
    for (std::size_t i = 0; i < outside.size(); ++i) {
      const auto city = outside[i];
      const double here = price(instance, choices, multipliers, last, city);
      if (here < cost[city]) {
        cost[city] = here;
        from[city] = last;
      }
      if (cost[city] < cost[outside[cheapest]]) cheapest = i;
    }
    last = outside[cheapest];
    if (cost[last] == kNever) {
      tree.bound = kNever;
      return tree;
    }
    take(from[last], last);
    outside[cheapest] = outside.back();
    outside.pop_back();
  }

  // The two cheapest edges of city 0.
  std::size_t first = 0, second = 0;
  double first_cost = kNever, second_cost = kNever;
  for (std::size_t city = 1; city < n; ++city) {
    const double here = price(instance, choices, multipliers, 0, city);
    if (here < first_cost) {
      second = std::exchange(first, city);
      second_cost = std::exchange(first_cost, here);
    } else if (here < second_cost) {
      second = city;
      second_cost = here;
    }
  }
  if (second_cost == kNever) {
    tree.bound = kNever;
    return tree;
  }
  take(0, first);
  take(0, second);
  return tree;
}

OneTree raise_bound(const Instance& instance, const Choices& choices, long best, Schedule schedule,
                    std::vector<double>& multipliers) {
  auto best_tree = shortest_one_tree(instance, choices, multipliers);
  auto tree = best_tree;
  auto current = multipliers;
  double pace = schedule.pace;
  for (int i = 0; i < schedule.steps; ++i) {
    if (none_shorter(tree.bound, best) || tree.is_tour()) break;
    double imbalance = 0;
    for (const int degree : tree.degree) imbalance += (degree - 2) * (degree - 2);
    const double step = pace * (1.01 * static_cast<double>(best) - tree.bound) / imbalance;
    for (std::size_t city = 0; city < instance.cities; ++city)
      current[city] += step * (tree.degree[city] - 2);
    pace *= 1 - 5.0 / schedule.steps;  // to less than a hundredth in the end
    tree = shortest_one_tree(instance, choices, current);
    if (tree.bound > best_tree.bound || tree.is_tour()) {
      best_tree = tree;
      multipliers = current;
    }
  }
  return best_tree;
}

bool forbid_hopeless(const Instance& instance, const OneTree& tree, const std::vector<double>& multipliers,
                     long best, Choices& choices) {
  const auto n = instance.cities;
  std::vector<std::vector<std::size_t>> neighbours(n);
  double dearest_at_0 = kAlways;
  for (const auto& [a, b] : tree.edges) {
    if (a == 0) {
      dearest_at_0 = std::max(dearest_at_0, price(instance, choices, multipliers, a, b));
    } else {
      neighbours[a].push_back(b);
      neighbours[b].push_back(a);
    }
  }
  // An edge takes the place of the dearest one on the circle that it closes.
  std::vector<double> replaced(n * n, kAlways);
  std::vector<std::size_t> reached;
  for (std::size_t start = 1; start < n; ++start) {
    reached.assign(1, start);
    std::vector<bool> seen(n, false);
    seen[start] = true;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const auto next : neighbours[reached[i]]) {
        if (seen[next]) continue;
        seen[next] = true;
        replaced[start * n + next] = std::max(replaced[start * n + reached[i]],
                                              price(instance, choices, multipliers, reached[i], next));
        reached.push_back(next);
      }
    }
  }
  std::vector<Edge> hopeless;
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a + 1; b < n; ++b) {
      if (choices.mark(a, b) != Choices::Mark::free) continue;
      const double saved = a == 0 ? dearest_at_0 : replaced[a * n + b];
      // Where all on the circle is required, the edge is in no tour at all.
      if (none_shorter(tree.bound - saved + price(instance, choices, multipliers, a, b), best))
        hopeless.emplace_back(static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b));
    }
  }
  return std::all_of(hopeless.begin(), hopeless.end(),
                     [&](const Edge& edge) { return choices.forbid(edge.first, edge.second); });
}

}  // namespace tsp
