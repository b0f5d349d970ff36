// SPDX-License-Identifier: BSL-1.0
#pragma once

// What a bench program takes and gives: numbers on its command line, one line of JSON on its output.

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace bench {

using Figures = std::vector<std::pair<std::string, double>>;

/// Prints {"name": value, ...} in one write, so that ranks cannot mix their lines.
void print(const Figures& figures);

/// The position-th argument as a number, or `otherwise` where there are fewer.
std::size_t number_argument(int argc, char** argv, int position, std::size_t otherwise);

/// The position-th argument, which must be one of `choices`; where there is none, the first of them.
std::string word_argument(int argc, char** argv, int position, const std::vector<std::string>& choices);

double median(std::vector<double> values);

void report_failure(const char* what);

/// Runs a peer's body; what it throws becomes one line on stderr and the code 1.
template <class Body>
int guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    report_failure(error.what());
    return 1;
  }
}

}  // namespace bench
