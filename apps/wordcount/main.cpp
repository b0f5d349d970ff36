// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <chrono>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "count.hpp"
#include "dict.hpp"
#include "parallel.hpp"
#include "pieces.hpp"
#include "report.hpp"
#include "serial.hpp"

namespace {

using namespace wordcount;

constexpr int kDifferent = 1;
constexpr int kBadInput = 2;

struct Arguments {
  std::vector<std::string> files;
  std::size_t top = 10;
  std::string with = "list";
  bool serial = false;
  bool check = false;
};

/// Runs fn, prints its time under the label, and returns what it returned.
template <class F>
auto timed(const char* label, std::uint64_t bytes, F fn) {
  const auto start = std::chrono::steady_clock::now();
  auto result = fn();
  print_rate(std::cout, label, bytes,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return result;
}

int count(cohort::Manager& manager, const Arguments& arguments) {
  std::vector<File> files;
  std::uint64_t bytes = 0;
  bool readable = true;
  for (const auto& path : arguments.files) {
    try {
      files.push_back(inspect(path));
      bytes += files.back().size;
    } catch (const std::runtime_error& error) {
      std::cerr << "wordcount: " << error.what() << '\n';
      readable = false;
    }
  }
  if (!readable) return kBadInput;

  Table serial;
  if (arguments.serial || arguments.check)
    serial = timed("serial", bytes, [&] { return count_serial(files); });
  if (arguments.serial) {
    print(std::cout, summarize(serial, arguments.top));
    return 0;
  }
  const auto report = [&](const auto& counted, const auto& shared) {
    std::cout << "tasks     " << std::setw(12) << counted.tasks << '\n';
    print(std::cout, counted.summary);
    if (!arguments.check) return 0;
    if (!compare(std::cerr, serial, collect(shared))) return kDifferent;
    std::cout << "\ncheck: equal to the serial count\n";
    return 0;
  };
  if (arguments.with == "dict") {
    const auto counted =
        timed("parallel", bytes, [&] { return count_in_dict(manager, files, arguments.top); });
    return report(counted, counted.table);
  }
  const auto counted =
      timed("parallel", bytes, [&] { return count_parallel(manager, files, arguments.top); });
  return report(counted, counted.shards);
}

/// On rank 0 alone, so that help and complaints appear once.
int parse_and_count(cohort::Manager& manager, int argc, char** argv) {
  CLI::App app("Counts the words of text files on all ranks of an mpirun job.", "wordcount");
  Arguments arguments;
  app.add_option("FILE", arguments.files, "Text files of any size")->required();
  app.add_option("--top", arguments.top, "How many of the most frequent words to show")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  auto* with = app.add_option("--with", arguments.with, "What the ranks merge their counts in")
                   ->check(CLI::IsMember({"list", "dict"}))
                   ->capture_default_str();
  auto* serial = app.add_flag("--serial", arguments.serial, "Count in one plain loop on rank 0: the baseline")
                     ->excludes(with);
  app.add_flag("--check", arguments.check, "Count both ways and compare; exit 1 where they differ")
      ->excludes(serial);
  app.footer(
      "A word is a run of letters, digits and non-ASCII characters; A to Z count as a to z.\n"
      "Exit: 0 done, 1 --check found a difference, 2 wrong arguments or a file that cannot be read.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  return count(manager, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv,
                     [&](cohort::Manager& manager) { return parse_and_count(manager, argc, argv); });
}
