// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace farm {
namespace {

[[noreturn]] void refuse_duration(std::string_view text) {
  throw std::invalid_argument("'" + std::string(text) +
                              "' is not a time; write 90, 90s, 15m, 1h30m, 55:00 or 1-12:00:00");
}
[[noreturn]] void refuse_bytes(std::string_view text) {
  throw std::invalid_argument("'" + std::string(text) + "' is not a size; write 512K, 20M or 2G");
}

// The number that the text begins with, which is taken off. False: there is none.
bool take_number(std::string_view& text, double& number) {
  if (text.empty() || text.find_first_of("0123456789.") != 0) return false;  // "nan" is one, too
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::string formatted(const char* format, double number, const char* unit) {
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), format, number, unit);
  return text.data();
}

// [days-][hours:]minutes:seconds
Seconds parse_clock(std::string_view text) {
  const std::string_view all = text;
  double days = 0;
  double number = 0;
  std::vector<double> parts;
  for (;;) {
    if (!take_number(text, number)) refuse_duration(all);
    if (text.empty()) break;
    if (text.front() == '-' && days == 0 && parts.empty()) {
      days = number;
    } else if (text.front() == ':') {
      parts.push_back(number);
    } else {
      refuse_duration(all);
    }
    text.remove_prefix(1);
  }
  parts.push_back(number);
  if (parts.size() < 2 || parts.size() > 3) refuse_duration(all);
  double seconds = 0;
  for (const double part : parts) seconds = 60 * seconds + part;
  return Seconds(86400 * days + seconds);
}

}  // namespace

Seconds parse_duration(std::string_view text) {
  if (text.find(':') != text.npos) return parse_clock(text);
  const std::string_view all = text;
  double sum = 0;
  double smallest = 1e9;
  while (!text.empty() || smallest == 1e9) {
    double number = 0;
    if (!take_number(text, number)) refuse_duration(all);
    const char unit = text.empty() ? 's' : text.front();
    const double factor = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0;
    if (factor == 0 || factor >= smallest) refuse_duration(all);
    smallest = factor;
    sum += number * factor;
    if (!text.empty()) text.remove_prefix(1);
  }
  return Seconds(sum);
}

std::uint64_t parse_bytes(std::string_view text) {
  const std::string_view all = text;
  double number = 0;
  if (!take_number(text, number)) refuse_bytes(all);
  constexpr std::string_view kUnits = "KMGT";
  if (!text.empty()) {
    const auto power = kUnits.find(text.front());
    if (power == kUnits.npos || text.size() > 1) refuse_bytes(all);
    for (std::size_t i = 0; i <= power; ++i) number *= 1024;
  }
  if (number >= 9e18) refuse_bytes(all);
  return static_cast<std::uint64_t>(number);
}

std::string duration_text(Seconds duration) {
  if (duration.count() < 9.95) return formatted("%.1f s%s", duration.count(), "");
  if (duration.count() < 59.5) return formatted("%.0f s%s", duration.count(), "");
  const auto all = static_cast<long long>(duration.count() + 0.5);
  std::array<char, 48> text = {};
  if (all < 3600) {
    std::snprintf(text.data(), text.size(), "%lld:%02lld", all / 60, all % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  }
  return text.data();
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits = {"", "K", "M", "G", "T", "P"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; number >= 1024 && unit + 1 < kUnits.size(); ++unit) number /= 1024;
  return formatted(unit == 0 || number >= 10 ? "%.0f %s" : "%.1f %s", number, kUnits[unit]);
}

std::string shell_quoted(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string hash_text(std::string_view text) {
  boost::crc_optimal<64, 0x42F0E1EBA9EA3693, ~std::uint64_t{0}, ~std::uint64_t{0}, true, true> crc;
  crc.process_bytes(text.data(), text.size());
  std::array<char, 17> digits = {};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(crc.checksum()));
  return digits.data();
}

}  // namespace farm
