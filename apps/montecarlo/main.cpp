// SPDX-License-Identifier: BSL-1.0

// Batches of random paths as tasks of a pool. What a batch draws depends on its number alone, and results are added
// up in the order of the numbers: whoever computes which batch, the answer has the same bits.

#include <cohort/cohort.hpp>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <limits>
#include <optional>
#include <vector>

#include "../support/arguments.hpp"
#include "formula.hpp"
#include "simulate.hpp"

namespace {

using namespace montecarlo;

struct Arguments {
  Experiment experiment;
  std::size_t chunk = 0;
  bool serial = false;
  bool no_progress = false;
  bool exact = false;
};

/// One row: with `exact`, numbers in hexadecimal, which show every bit.
void print(const char* name, const Moments& moments, std::optional<double> formula, bool exact) {
  const double error = moments.standard_error();
  std::cout << std::left << std::setw(24) << name << std::right;
  if (exact) {
    std::cout << std::hexfloat << std::setw(24) << moments.mean << std::setw(24) << error << '\n';
    return;
  }
  std::cout << std::fixed << std::setprecision(6) << std::setw(14) << moments.mean << std::setw(18) << error;
  if (formula) {
    std::cout << std::setw(18) << *formula << std::setprecision(2) << std::showpos;
    if (error > 0) std::cout << std::setw(12) << (moments.mean - *formula) / error << " errors";
    std::cout << std::noshowpos;
  } else {
    std::cout << std::setw(18) << "none";
  }
  std::cout << '\n';
}

int price(const Arguments& arguments) {
  const Experiment& experiment = arguments.experiment;
  const auto batches = cohort::range(experiment.batches());
  std::vector<Payoffs> results;
  int ranks = 1;
  const apps::Stopwatch stopwatch;
  if (arguments.serial) {
    for (const auto number : batches) results.push_back(simulate(experiment, number));
  } else {
    cohort::Pool pool;
    ranks = pool.processes();
    const cohort::MapOptions options{.chunk = arguments.chunk,
                                     .progress = arguments.no_progress ? "" : "batches"};
    results = pool.map(cohort::partial(simulate, experiment), batches, options);
  }
  const Payoffs all = total(results);
  const double seconds = stopwatch.seconds();

  std::cout
      << "Call                             price    standard error    closed formula         difference\n";
  const Market& market = experiment.market;
  print("European", all.european, european_formula(market), false);
  print("on geometric average", all.geometric, geometric_formula(market), false);
  print("on arithmetic average", all.arithmetic, {}, false);
  if (arguments.exact) {
    std::cout << "\nTo the last bit:\n";
    print("European", all.european, {}, true);
    print("on geometric average", all.geometric, {}, true);
    print("on arithmetic average", all.arithmetic, {}, true);
  }
  std::cout << '\n' << std::defaultfloat << std::setprecision(3) << experiment.paths << " paths, ";
  if (arguments.serial)
    std::cout << "serial";
  else
    std::cout << ranks << (ranks == 1 ? " rank" : " ranks");
  std::cout << ", " << seconds << " s, " << static_cast<double>(experiment.paths) / seconds / 1e6
            << " million paths/s\n";
  return 0;
}

int parse_and_price(int argc, char** argv) {
  CLI::App app("Prices European and Asian call options by Monte Carlo, on all ranks of an mpirun job.",
               "montecarlo");
  Arguments arguments;
  Experiment& experiment = arguments.experiment;
  Market& market = experiment.market;
  const auto number = [&app](const char* name, auto& value, auto low, auto high, const char* text) {
    app.add_option(name, value, text)->check(apps::between(low, high))->capture_default_str();
  };
  number("--paths", experiment.paths, std::int64_t{2}, std::int64_t{100'000'000'000},
         "Random paths of the price");
  number("--seed", experiment.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
         "Another seed draws other paths");
  number("--spot", market.spot, 0.01, 1e6, "Price of the share today");
  number("--strike", market.strike, 0.01, 1e6, "What the holder of a call may buy it for");
  number("--rate", market.rate, -0.5, 1.0, "Interest a year, continuously compounded");
  number("--volatility", market.volatility, 0.001, 2.0, "Of a year");
  number("--years", market.years, 0.001, 50.0, "Until the calls end");
  number("--dates", market.dates, 1, 10'000, "How many prices an average is taken of");
  number("--chunk", arguments.chunk, std::size_t{0}, std::size_t{1'000'000},
         "Batches handed out at once; 0: shares out");
  app.add_flag("--serial", arguments.serial, "Compute in one plain loop on rank 0: the baseline");
  app.add_flag("--exact", arguments.exact, "Print the prices in hexadecimal as well, which shows every bit");
  app.add_flag("--no-progress", arguments.no_progress, "Do not show on stderr how many batches are done");
  app.footer("Exit: 0 done, 1 something failed, 2 wrong arguments.");
  if (const auto code = apps::parse(app, argc, argv)) return *code;
  return price(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [&] { return parse_and_price(argc, argv); });
}
