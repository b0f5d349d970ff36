// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include "search.hpp"

namespace tsp {

/// The best tour of one search.
class OwnBest : public Best {
 public:
  OwnBest(long length, Tour tour) : length_(length), tour_(std::move(tour)) {}
  long length() const override { return length_; }
  void offer(long length, const Tour& tour) override {
    if (length >= length_) return;
    length_ = length;
    tour_ = tour;
  }
  const Tour& tour() const { return tour_; }

 private:
  long length_;
  Tour tour_;
};

/// What a search has found out.
struct Result {
  long length = 0;
  Tour tour;
  std::vector<long> nodes;  ///< of each rank: how many nodes it has expanded
};

/// Depth first, in one plain loop: the baseline.
Result solve_serial(const Instance& instance, const Node& root, long length, const Tour& tour);

}  // namespace tsp
