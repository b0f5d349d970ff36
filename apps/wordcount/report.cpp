// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <algorithm>
#include <cstddef>
#include <iomanip>
#include <ios>
#include <sstream>
#include <string>

namespace wordcount {
namespace {

constexpr std::size_t kBar = 40;
constexpr std::size_t kColumn = 24;

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// The word, cut or filled up with blanks to the width of the column; a UTF-8 character counts as one.
std::string in_column(const std::string& word) {
  std::string text;
  std::size_t width = 0;
  for (const char c : word) {
    if (starts_character(c) && width++ == kColumn) return text + "...";
    text += c;
  }
  return text + std::string(kColumn + 3 - width, ' ');
}

}  // namespace

void print(std::ostream& out, const Summary& summary) {
  out << "words     " << std::setw(12) << summary.words << "\ndistinct  " << std::setw(12) << summary.distinct
      << '\n';
  if (summary.top.empty()) return;
  out << '\n';
  const auto most = static_cast<double>(summary.top.front().second);
  for (const auto& [word, count] : summary.top) {
    const auto bar = static_cast<std::size_t>(static_cast<double>(count) / most * double{kBar} + 0.5);
    out << in_column(word) << std::setw(12) << count << "  "
        << std::string(std::max<std::size_t>(bar, 1), '#') << '\n';
  }
}

void print_rate(std::ostream& out, const char* label, std::uint64_t bytes, double seconds) {
  const double megabytes = static_cast<double>(bytes) / 1e6;
  std::ostringstream line;
  line << std::fixed << std::left << std::setw(10) << label << std::right << std::setprecision(3)
       << std::setw(12) << seconds << " s  " << std::setprecision(1) << megabytes << " MB, "
       << megabytes / std::max(seconds, 1e-9) << " MB/s\n";
  out << line.str();
}

bool compare(std::ostream& out, const Table& serial, const Table& parallel) {
  if (serial == parallel) return true;
  int shown = 0;
  const auto show = [&](const std::string& word, long one, long other) {
    if (one != other && ++shown <= 5) {
      out << "wordcount: '" << word << "' occurs " << one << " times serially, " << other
          << " times in parallel\n";
    }
  };
  for (const auto& [word, count] : serial) {
    const auto found = parallel.find(word);
    show(word, count, found == parallel.end() ? 0 : found->second);
  }
  for (const auto& [word, count] : parallel) {
    if (!serial.contains(word)) show(word, 0, count);
  }
  out << "wordcount: " << shown << " words differ\n";
  return false;
}

}  // namespace wordcount
