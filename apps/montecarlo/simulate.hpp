// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>

#include "moments.hpp"

namespace montecarlo {

/// A share whose price moves as Black and Scholes assume, and the calls on it.
struct Market {
  double spot = 100;        ///< price of the share today
  double strike = 100;      ///< what the holder of the call may buy it for
  double rate = 0.05;       ///< interest a year, continuously compounded
  double volatility = 0.2;  ///< of a year
  double years = 1;         ///< until the call ends
  int dates = 12;           ///< the averages are over prices at so many dates, equally far apart
};

struct Experiment {
  Market market;
  std::int64_t paths = 4'000'000;
  std::uint64_t seed = 20111115;  ///< std::philox's

  /// Paths are simulated in batches, each with its own stream of random numbers.
  std::int64_t batches() const { return (paths + kBatch - 1) / kBatch; }
  static constexpr std::int64_t kBatch = 8192;
};

/// The calls' discounted payoffs over many paths.
struct Payoffs {
  Moments european;    ///< on the last price
  Moments arithmetic;  ///< Asian: on the arithmetic average of the prices
  Moments geometric;   ///< on their geometric average
};

/// One task: the paths of batch `number`. The result depends on the arguments alone.
Payoffs simulate(const Experiment& experiment, std::int64_t number);

/// All batches' results together, in the order of their numbers and pairwise, so that always the same roundings happen.
Payoffs total(std::span<const Payoffs> batches);

}  // namespace montecarlo
