// SPDX-License-Identifier: BSL-1.0
#include "figures.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace bench {

void print(const Figures& figures) {
  std::string line = "{";
  for (const auto& [name, value] : figures) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6g", value);
    line += (line.size() > 1 ? ", \"" : "\"") + name + "\": " + text;
  }
  line += "}\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

std::size_t number_argument(int argc, char** argv, int position, std::size_t otherwise) {
  if (position >= argc) return otherwise;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(argv[position], &end, 10);
  if (*end != '\0') throw std::runtime_error(std::string("not a number: ") + argv[position]);
  return static_cast<std::size_t>(value);
}

std::string word_argument(int argc, char** argv, int position, const std::vector<std::string>& choices) {
  if (position >= argc) return choices.front();
  std::string word = argv[position];
  if (std::find(choices.begin(), choices.end(), word) == choices.end())
    throw std::runtime_error("not a mode: " + word);
  return word;
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::runtime_error("the median of nothing");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void report_failure(const char* what) { std::fprintf(stderr, "bench: %s\n", what); }

}  // namespace bench
