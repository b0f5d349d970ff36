// SPDX-License-Identifier: BSL-1.0
#include "moments.hpp"

#include <cmath>

namespace montecarlo {

double Moments::standard_error() const {
  if (count < 2) return 0;
  const auto n = static_cast<double>(count);
  return std::sqrt(squares / (n - 1) / n);
}

Moments moments_of(std::span<const double> numbers) {
  if (numbers.empty()) return {};
  double sum = 0;
  for (const double number : numbers) sum += number;
  Moments moments{static_cast<std::int64_t>(numbers.size()), sum / static_cast<double>(numbers.size()), 0};
  for (const double number : numbers) moments.squares += (number - moments.mean) * (number - moments.mean);
  return moments;
}

// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
Moments merge(const Moments& a, const Moments& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const std::int64_t count = a.count + b.count;
  const double share = static_cast<double>(b.count) / static_cast<double>(count);
  const double apart = b.mean - a.mean;
  return {count, a.mean + apart * share,
          a.squares + b.squares + apart * apart * share * static_cast<double>(a.count)};
}

}  // namespace montecarlo
