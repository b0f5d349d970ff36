// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>

#include "parallel.hpp"
#include "search.hpp"
#include "serial.hpp"
#include "tour.hpp"
#include "tsplib.hpp"

namespace {

using namespace tsp;

constexpr int kDifferent = 1;
constexpr int kBadInput = 2;

struct Arguments {
  std::string file;
  bool serial = false;
  bool check = false;
};

std::string decimal(double number, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << number;
  return text.str();
}

template <class Value>
void print(const char* label, const Value& value) {
  std::cout << std::left << std::setw(10) << label << std::right << std::setw(10) << value;
}

/// Runs fn, prints its time under the label, and returns what it returned; the time is in `seconds`, too.
template <class F>
Result timed(const char* label, double& seconds, F fn) {
  const auto start = std::chrono::steady_clock::now();
  auto result = fn();
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  print(label, decimal(seconds, 3));
  std::cout << " s, " << std::accumulate(result.nodes.begin(), result.nodes.end(), 0L) << " nodes\n";
  return result;
}

void print(const Result& result) {
  if (result.nodes.size() > 1) {
    for (std::size_t rank = 0; rank < result.nodes.size(); ++rank) {
      print(("rank " + std::to_string(rank)).c_str(), result.nodes[rank]);
      std::cout << " nodes\n";
    }
  }
  print("optimum", result.length);
  std::cout << "\ntour     ";
  for (const auto city : normalized(result.tour)) std::cout << ' ' << city + 1;
  std::cout << '\n';
}

int solve(cohort::Manager& manager, const Arguments& arguments) {
  Instance instance;
  try {
    instance = read(arguments.file);
  } catch (const std::runtime_error& error) {
    std::cerr << "tsp: " << error.what() << '\n';
    return kBadInput;
  }
  const auto first = good_tour(instance);
  const OwnBest begin(length_of(instance, first), first);
  const auto root = root_of(instance, begin);
  print("instance", instance.name);
  std::cout << ", " << instance.cities << " cities\n";
  print("bounds", decimal(root.bound, 1));
  std::cout << " to " << begin.length() << '\n';

  Result serial;
  double serial_seconds = 0;
  double parallel_seconds = 0;
  if (arguments.serial || arguments.check)
    serial = timed("serial", serial_seconds,
                   [&] { return solve_serial(instance, root.node, begin.length(), first); });
  if (arguments.serial) {
    print(serial);
    return 0;
  }
  const int ranks = cohort::Pool().processes();
  const auto result = timed("parallel", parallel_seconds, [&] {
    return solve_parallel(manager, ranks, instance, root.node, begin.length(), first);
  });
  print(result);
  if (!arguments.check) return 0;
  if (result.length != serial.length || length_of(instance, result.tour) != result.length) {
    std::cerr << "tsp: the serial search found " << serial.length << ", the parallel one " << result.length
              << " with a tour of " << length_of(instance, result.tour) << '\n';
    return kDifferent;
  }
  print("speed-up", decimal(serial_seconds / parallel_seconds, 2));
  std::cout << " x on " << ranks << (ranks == 1 ? " rank\n" : " ranks\n");
  std::cout << "check     equal to the serial optimum\n";
  return 0;
}

/// On rank 0 alone, so that help and complaints appear once.
int parse_and_solve(cohort::Manager& manager, int argc, char** argv) {
  CLI::App app("Finds the shortest tour through all cities of a TSPLIB file, and proves that it is.", "tsp");
  Arguments arguments;
  app.add_option("FILE", arguments.file, "A symmetric problem: EUC_2D, GEO, or EXPLICIT distances")
      ->required();
  auto* serial =
      app.add_flag("--serial", arguments.serial, "Search in one plain loop on rank 0: the baseline");
  app.add_flag("--check", arguments.check, "Search both ways and compare; exit 1 where they differ")
      ->excludes(serial);
  app.footer(
      "Exit: 0 done, 1 --check found a difference, 2 wrong arguments or a file that cannot be understood.");
  app.failure_message(
      [](const CLI::App*, const CLI::Error& error) { return std::string("tsp: ") + error.what() + '\n'; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return solve(manager, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv,
                     [&](cohort::Manager& manager) { return parse_and_solve(manager, argc, argv); });
}
