// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <ostream>

#include "count.hpp"

namespace wordcount {

/// Prints the totals and the top words with their bars.
void print(std::ostream& out, const Summary& summary);

/// Prints a line with the time and the rate.
void print_rate(std::ostream& out, const char* label, std::uint64_t bytes, double seconds);

/// True where both tables are the same. Where not, names some words that differ.
bool compare(std::ostream& out, const Table& serial, const Table& parallel);

}  // namespace wordcount
