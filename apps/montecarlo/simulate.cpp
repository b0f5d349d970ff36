// SPDX-License-Identifier: BSL-1.0
#include "simulate.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "normals.hpp"

namespace montecarlo {

Payoffs simulate(const Experiment& experiment, std::int64_t number) {
  const Market& market = experiment.market;
  const auto paths = std::min(Experiment::kBatch, experiment.paths - number * Experiment::kBatch);
  Normals normals(experiment.seed, static_cast<std::uint64_t>(number));

  const double step = market.years / market.dates;
  const double drift = (market.rate - market.volatility * market.volatility / 2) * step;
  const double diffusion = market.volatility * std::sqrt(step);
  const double discount = std::exp(-market.rate * market.years);
  const auto payoff = [&](double price) { return discount * std::max(0.0, price - market.strike); };

  std::vector<double> european;
  std::vector<double> arithmetic;
  std::vector<double> geometric;
  for (auto* payoffs : {&european, &arithmetic, &geometric})
    payoffs->reserve(static_cast<std::size_t>(paths));
  for (std::int64_t path = 0; path < paths; ++path) {
    double moved = 0;  // logarithm of price / spot
    double sum_of_moves = 0;
    double price = market.spot;
    double sum_of_prices = 0;
    for (int date = 0; date < market.dates; ++date) {
      moved += drift + diffusion * normals.next();
      sum_of_moves += moved;
      price = market.spot * std::exp(moved);
      sum_of_prices += price;
    }
    european.push_back(payoff(price));
    arithmetic.push_back(payoff(sum_of_prices / market.dates));
    geometric.push_back(payoff(market.spot * std::exp(sum_of_moves / market.dates)));
  }
  return {moments_of(european), moments_of(arithmetic), moments_of(geometric)};
}

Payoffs total(std::span<const Payoffs> batches) {
  if (batches.empty()) return {};
  if (batches.size() == 1) return batches.front();
  const auto half = batches.size() / 2;
  const Payoffs a = total(batches.first(half));
  const Payoffs b = total(batches.subspan(half));
  return {merge(a.european, b.european), merge(a.arithmetic, b.arithmetic), merge(a.geometric, b.geometric)};
}

}  // namespace montecarlo
