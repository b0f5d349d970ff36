// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "formula.hpp"
#include "moments.hpp"
#include "normals.hpp"
#include "philox.hpp"
#include "simulate.hpp"

namespace {

using namespace montecarlo;

Payoffs simulate_all(const Experiment& experiment) {
  std::vector<Payoffs> batches;
  for (std::int64_t number = 0; number < experiment.batches(); ++number)
    batches.push_back(simulate(experiment, number));
  return total(batches);
}

// The vectors that the authors publish with their code, Random123: tests/kat_vectors.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// What C++26 requires of the 10000th number of a default std::philox4x32 (its seed is 20111115).
TEST(Philox, CountsAsTheStandardLibraryDoes) {
  EXPECT_EQ(philox({2499, 0, 0, 0}, {20111115, 0})[3], 1955073260U);
}

TEST(Normals, HaveTheMomentsOfTheNormalDistribution) {
  constexpr int kCount = 1'000'000;
  Normals normals(1, 0);
  double sums[4] = {};
  for (int i = 0; i < kCount; ++i) {
    const double x = normals.next();
    double power = 1;
    for (double& sum : sums) sum += power *= x;
  }
  // Within four standard errors of each.
  EXPECT_NEAR(sums[0] / kCount, 0, 4e-3);
  EXPECT_NEAR(sums[1] / kCount, 1, 4e-3 * std::sqrt(2.0));
  EXPECT_NEAR(sums[2] / kCount, 0, 4e-3 * std::sqrt(15.0));
  EXPECT_NEAR(sums[3] / kCount, 3, 4e-3 * std::sqrt(96.0));
}

TEST(Normals, StreamsAndSeedsAreIndependent) {
  const auto correlation = [](Normals a, Normals b) {
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += a.next() * b.next();
    return sum / 100'000;
  };
  EXPECT_NEAR(correlation(Normals(1, 0), Normals(1, 0)), 1, 0.02);
  EXPECT_NEAR(correlation(Normals(1, 0), Normals(1, 1)), 0, 0.013);
  EXPECT_NEAR(correlation(Normals(1, 0), Normals(2, 0)), 0, 0.013);
  EXPECT_NEAR(correlation(Normals(1, 0), Normals(1ULL << 32, 0)), 0, 0.013);
  EXPECT_NEAR(correlation(Normals(1, 0), Normals(1, 1ULL << 32)), 0, 0.013);
}

TEST(Moments, MergedAreThoseOfAllNumbers) {
  std::vector<double> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(1e6 + std::sin(i));
  const auto whole = moments_of(numbers);
  const std::span all(numbers);
  for (const std::size_t cut : {0U, 1U, 500U, 999U, 1000U}) {
    const auto merged = merge(moments_of(all.first(cut)), moments_of(all.subspan(cut)));
    EXPECT_EQ(merged.count, whole.count);
    EXPECT_NEAR(merged.mean, whole.mean, 1e-8);
    EXPECT_NEAR(merged.squares, whole.squares, 1e-8 * whole.squares);
  }
  EXPECT_NEAR(whole.standard_error(), std::sqrt(0.5 / 1000), 1e-4);
  EXPECT_EQ(moments_of(all.first(1)).standard_error(), 0);
}

TEST(Formula, GivesTextbookPrices) {
  // J. Hull, "Options, Futures, and Other Derivatives": a call at 4.76.
  EXPECT_NEAR(european_formula({.spot = 42, .strike = 40, .rate = 0.1, .volatility = 0.2, .years = 0.5}),
              4.7594, 1e-4);
  EXPECT_NEAR(european_formula({}), 10.450584, 1e-6);
}

TEST(Formula, AverageOfOneDateIsTheLastPrice) {
  const Market market{.strike = 90, .dates = 1};
  EXPECT_NEAR(geometric_formula(market), european_formula(market), 1e-12);
  const auto payoffs = simulate_all({.market = market, .paths = 1000});
  EXPECT_NEAR(payoffs.arithmetic.mean, payoffs.european.mean, 1e-9);
  EXPECT_NEAR(payoffs.geometric.mean, payoffs.european.mean, 1e-9);
}

TEST(Simulation, AgreesWithTheFormulas) {
  for (const Market& market :
       {Market{}, Market{.strike = 120, .rate = -0.01, .volatility = 0.4, .years = 3, .dates = 5},
        Market{.strike = 60, .volatility = 0.05, .dates = 2}}) {
    const auto payoffs = simulate_all({.market = market, .paths = 200'000});
    EXPECT_EQ(payoffs.european.count, 200'000);
    EXPECT_NEAR(payoffs.european.mean, european_formula(market), 4 * payoffs.european.standard_error());
    EXPECT_NEAR(payoffs.geometric.mean, geometric_formula(market), 4 * payoffs.geometric.standard_error());
    EXPECT_GT(payoffs.arithmetic.mean, payoffs.geometric.mean);
    EXPECT_LT(payoffs.arithmetic.mean, payoffs.european.mean);
  }
}

// Sixteen times the paths: a fourth of the error, of the one that is reported and of the one that is made.
TEST(Simulation, ErrorFallsWithTheRootOfThePaths) {
  constexpr int kSeeds = 100;
  const Market market{.dates = 1};
  const auto errors = [&](std::int64_t paths) {
    double reported = 0;
    double made = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto european = simulate_all({.market = market, .paths = paths, .seed = seed}).european;
      reported += std::pow(european.standard_error(), 2);
      made += std::pow(european.mean - european_formula(market), 2);
    }
    return std::pair(std::sqrt(reported / kSeeds), std::sqrt(made / kSeeds));
  };
  const auto [reported, made] = errors(1'000);
  const auto [reported_16, made_16] = errors(16'000);
  EXPECT_NEAR(reported / reported_16, 4, 0.1);
  EXPECT_NEAR(made / made_16, 4, 1);
  EXPECT_NEAR(made / reported, 1, 0.25);
  EXPECT_NEAR(made_16 / reported_16, 1, 0.25);
}

TEST(Simulation, BatchesAreOfTheirOwnAndTheLastIsShorter) {
  const Experiment experiment{.market = {}, .paths = Experiment::kBatch + 10};
  ASSERT_EQ(experiment.batches(), 2);
  EXPECT_EQ(simulate(experiment, 0).european.count, Experiment::kBatch);
  EXPECT_EQ(simulate(experiment, 1).european.count, 10);
  EXPECT_EQ(simulate(experiment, 1).european.mean, simulate(experiment, 1).european.mean);
  const Experiment first{.market = {}, .paths = 10};
  EXPECT_NE(simulate(experiment, 1).european.mean, simulate(first, 0).european.mean);
}

}  // namespace
