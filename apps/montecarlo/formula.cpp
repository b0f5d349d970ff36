// SPDX-License-Identifier: BSL-1.0
#include "formula.hpp"

#include <cmath>

namespace montecarlo {
namespace {

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// Of a call on exp(X), where X is normal with this mean and variance.
double lognormal_call(const Market& market, double mean, double variance) {
  const double deviation = std::sqrt(variance);
  const double d2 = (mean - std::log(market.strike)) / deviation;
  const double d1 = d2 + deviation;
  const double expected = std::exp(mean + variance / 2);
  return std::exp(-market.rate * market.years) *
         (expected * normal_below(d1) - market.strike * normal_below(d2));
}

}  // namespace

double european_formula(const Market& market) {
  const double variance = market.volatility * market.volatility * market.years;
  return lognormal_call(market, std::log(market.spot) + market.rate * market.years - variance / 2, variance);
}

double geometric_formula(const Market& market) {
  const double n = market.dates;
  const double variance = market.volatility * market.volatility * market.years;
  const double drift = market.rate * market.years - variance / 2;
  return lognormal_call(market, std::log(market.spot) + drift * (n + 1) / (2 * n),
                        variance * (n + 1) * (2 * n + 1) / (6 * n * n));
}

}  // namespace montecarlo
