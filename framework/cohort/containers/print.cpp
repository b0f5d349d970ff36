// SPDX-License-Identifier: BSL-1.0
#include "cohort/containers/print.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace cohort::detail {
namespace {

template <class Float>
void print_shortest(std::ostream& out, Float value) {
  if (std::isnan(value)) {  // has no sign in Python
    out << "nan";
    return;
  }
  const Float size = std::abs(value);
  const bool plain = value == 0 || (size >= Float(1e-4) && size < Float(1e16)) || std::isinf(value);
  std::array<char, 64> buffer;
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  out << text;
  if (plain && !std::isinf(value) && text.find('.') == text.npos) out << ".0";
}

}  // namespace

void print_float(std::ostream& out, double value) { print_shortest(out, value); }
void print_float(std::ostream& out, float value) { print_shortest(out, value); }

}  // namespace cohort::detail
