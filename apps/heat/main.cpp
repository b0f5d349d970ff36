// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "parallel.hpp"
#include "picture.hpp"
#include "plate.hpp"
#include "png.hpp"
#include "stencil.hpp"

namespace {

using namespace heat;

constexpr int kDifferent = 1;
constexpr int kBadInput = 2;

struct Arguments {
  std::size_t width = 1920;
  std::size_t height = 640;
  std::size_t steps = 3000;
  std::string output = "heat.png";
  bool serial = false;
  bool check = false;
};

/// Every rank reads the command line and comes to the same verdict; rank 0 says it. None: go on.
std::optional<int> parse(int argc, char** argv, bool speaks, Arguments& arguments) {
  CLI::App app("Lets heat spread from hot letters over a plate, and paints what it looks like.", "heat");
  app.add_option("--width", arguments.width, "Cells from left to right")
      ->check(CLI::Range(Plate::kSmallest, std::size_t{32768}))
      ->capture_default_str();
  app.add_option("--height", arguments.height, "Cells from top to bottom")
      ->check(CLI::Range(Plate::kSmallest, std::size_t{32768}))
      ->capture_default_str();
  app.add_option("--steps", arguments.steps, "How many steps to compute")
      ->check(CLI::Range(std::size_t{0}, std::size_t{100'000'000}))
      ->capture_default_str();
  app.add_option("--output", arguments.output, "The picture, a PNG file; '' for none")->capture_default_str();
  auto* serial =
      app.add_flag("--serial", arguments.serial, "Compute in one plain loop on rank 0: the baseline");
  app.add_flag("--check", arguments.check,
               "Compute both ways and compare every bit; exit 1 where they differ")
      ->excludes(serial);
  app.footer(
      "Exit: 0 done, 1 --check found a difference, 2 wrong arguments or a file that cannot be written.");
  app.failure_message(
      [](const CLI::App*, const CLI::Error& error) { return std::string("heat: ") + error.what() + '\n'; });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const bool failed = app.exit(error, text, text) != 0;
    if (speaks) (failed ? std::cerr : std::cout) << text.str();
    return failed ? kBadInput : 0;
  }
  return std::nullopt;
}

/// What only rank 0 can know before the work begins: there is room for the plate, and the picture can be written.
int prepare(cohort::Session& session, const Plate& plate, const Arguments& arguments) {
  try {
    if (!arguments.serial) open_shared(session, plate);
  } catch (const cohort::OutOfSharedMemory& error) {
    std::cerr << "heat: a plate of " << plate.width() << " x " << plate.height() << ": " << error.what()
              << '\n';
    return kBadInput;
  }
  if (arguments.output.empty()) return 0;
  errno = 0;
  if (std::ofstream(arguments.output, std::ios::app)) return 0;
  std::cerr << "heat: cannot write '" << arguments.output << "': " << std::generic_category().message(errno)
            << '\n';
  return kBadInput;
}

/// Runs fn, and on rank 0 prints its time under the label.
template <class F>
auto timed(const char* label, const Arguments& arguments, bool speaks, F fn) {
  const auto start = std::chrono::steady_clock::now();
  auto result = fn();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto cells = static_cast<double>(arguments.width * arguments.height * arguments.steps);
  std::ostringstream line;
  line << std::left << std::setw(10) << label << std::right << std::fixed << std::setprecision(3)
       << std::setw(8) << seconds << " s  " << std::setprecision(0) << cells / 1e6 / std::max(seconds, 1e-9)
       << " million cells a second\n";
  if (speaks) std::cout << line.str();
  return result;
}

/// On rank 0, when all is computed.
int report(const Arguments& arguments, const std::vector<double>& cells, const std::vector<double>& serial) {
  double sum = 0;
  for (const double cell : cells) sum += cell;
  std::cout << "mean      " << std::setw(8) << std::setprecision(15)
            << sum / static_cast<double>(cells.size()) << '\n';
  if (!arguments.output.empty()) {
    try {
      write_png(arguments.output, arguments.width, arguments.height,
                paint(arguments.width, arguments.height, cells));
    } catch (const std::runtime_error& error) {
      std::cerr << "heat: " << error.what() << '\n';
      return kBadInput;
    }
    std::cout << "picture   " << arguments.output << '\n';
  }
  if (!arguments.check) return 0;
  if (cells != serial) {
    const auto at = static_cast<std::size_t>(std::mismatch(cells.begin(), cells.end(), serial.begin()).first -
                                             cells.begin());
    std::cerr << "heat: differs from the serial result, first in row " << at / arguments.width << ", column "
              << at % arguments.width << '\n';
    return kDifferent;
  }
  std::cout << "check     equal to the serial result, to the last bit\n";
  return 0;
}

int run(int argc, char** argv) {
  cohort::Session session(argc, argv);  // every rank makes one, and runs all of main
  const bool speaks = session.is_manager();
  Arguments arguments;
  if (const auto verdict = parse(argc, argv, speaks, arguments)) return *verdict;

  const Plate plate(arguments.width, arguments.height);
  auto verdict = session.manager().open<cohort::Value<int>>("verdict");
  if (speaks) verdict.set(prepare(session, plate, arguments));
  session.join();  // the others learn what rank 0 has found, and find what it has made
  if (verdict.get() != 0) return verdict.get();

  std::vector<double> serial;
  if (speaks && (arguments.serial || arguments.check))
    serial = timed("serial", arguments, speaks, [&] { return solve_serial(plate, arguments.steps); });
  if (arguments.serial) {
    if (speaks) verdict.set(report(arguments, serial, serial));
  } else {
    session.join();  // all begin at once
    const auto shared = open_shared(session, plate);
    const auto way = timed("parallel", arguments, speaks,
                           [&] { return solve_parallel(session, shared, plate, arguments.steps); });
    if (speaks) {
      std::cout << "ranks     " << std::setw(8) << session.size() << "    " << way << '\n';
      verdict.set(report(arguments, shared.cells[arguments.steps % 2].copy(), serial));
    }
  }
  session.join();
  return verdict.get();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const cohort::LaunchError&) {
    return 1;  // rank 0 has said why
  }
}
