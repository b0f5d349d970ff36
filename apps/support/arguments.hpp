// SPDX-License-Identifier: BSL-1.0
#pragma once

// What the apps share in reading their command lines. Call it in run's body: that is rank 0 alone, so help and
// complaints appear once.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>

namespace apps {

constexpr int kWrongArguments = 2;

/// A number of type T from low to high; the complaint names both. (CLI::Range takes "nan" as well, and CLI11 reads -1
/// as a large unsigned number.)
template <class T>
CLI::Validator between(T low, T high) {
  std::ostringstream text;
  text << low << " to " << high;
  return CLI::Validator(
      [low, high, allowed = text.str()](const std::string& given) -> std::string {
        T value{};
        const bool negative = std::is_unsigned_v<T> && given.find('-') != std::string::npos;
        if (!negative && CLI::detail::lexical_cast(given, value) && value >= low && value <= high) return {};
        return "'" + given + "' is not a number from " + allowed;
      },
      "in " + text.str());
}

/// Reads the command line. Nothing: go on. Else the program's exit code, after the help on stdout or one line on
/// stderr.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  std::string wrong;
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ExtrasError&) {
    wrong = "not expected:";
    for (const auto& argument : app.remaining()) wrong += ' ' + argument;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    wrong = error.what();
  }
  std::cerr << app.get_name() << ": " << wrong << " (see " << app.get_name() << " --help)\n";
  return kWrongArguments;
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace apps
