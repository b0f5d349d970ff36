// SPDX-License-Identifier: BSL-1.0
#include "tour.hpp"

#include <algorithm>
#include <numeric>

namespace tsp {
namespace {

Tour nearest_neighbours(const Instance& instance, std::size_t start) {
  Tour tour(instance.cities);
  std::iota(tour.begin(), tour.end(), std::uint16_t{0});
  std::swap(tour[0], tour[start]);
  for (std::size_t i = 1; i + 1 < tour.size(); ++i) {
    const auto from = tour[i - 1];
    std::iter_swap(
        tour.begin() + static_cast<std::ptrdiff_t>(i),
        std::min_element(tour.begin() + static_cast<std::ptrdiff_t>(i), tour.end(), [&](auto a, auto b) {
          return instance.distance(from, a) < instance.distance(from, b);
        }));
  }
  return tour;
}

/// Reverses stretches as long as one of them makes the tour shorter.
void improve(const Instance& instance, Tour& tour) {
  const auto n = tour.size();
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (std::size_t i = 0; i + 2 < n; ++i) {
      for (std::size_t j = i + 2; j < (i == 0 ? n - 1 : n); ++j) {
        const auto a = tour[i], b = tour[i + 1], c = tour[j], d = tour[(j + 1) % n];
        if (instance.distance(a, c) + instance.distance(b, d) <
            instance.distance(a, b) + instance.distance(c, d)) {
          std::reverse(tour.begin() + static_cast<std::ptrdiff_t>(i + 1),
                       tour.begin() + static_cast<std::ptrdiff_t>(j + 1));
          shorter = true;
        }
      }
    }
  }
}

}  // namespace

long length_of(const Instance& instance, const Tour& tour) {
  long length = instance.distance(tour.back(), tour.front());
  for (std::size_t i = 1; i < tour.size(); ++i) length += instance.distance(tour[i - 1], tour[i]);
  return length;
}

Tour normalized(Tour tour) {
  std::rotate(tour.begin(), std::find(tour.begin(), tour.end(), std::uint16_t{0}), tour.end());
  if (tour[1] > tour.back()) std::reverse(tour.begin() + 1, tour.end());
  return tour;
}

Tour good_tour(const Instance& instance) {
  Tour best;
  for (std::size_t start = 0; start < instance.cities; ++start) {
    auto tour = nearest_neighbours(instance, start);
    improve(instance, tour);
    if (best.empty() || length_of(instance, tour) < length_of(instance, best)) best = std::move(tour);
  }
  return best;
}

}  // namespace tsp
