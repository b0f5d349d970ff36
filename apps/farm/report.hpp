// SPDX-License-Identifier: BSL-1.0
#pragma once

// What people read: how far a farm is, what it is at, and what has become of everything.

#include <iosfwd>
#include <span>

#include "board.hpp"

namespace farm {

/// What is known of a farm beside the board.
struct Progress {
  std::uint64_t tasks = 0;   ///< in the list
  std::uint64_t before = 0;  ///< done by earlier farms
  double begin = 0;
  int ranks = 1;
};

/// "512/1000 done, 3 failed, 2 running, 13/s, 0:38 left, 97% busy", at most `width` wide.
std::string progress_line(const Progress& progress, const Counts& counts, std::span<const Running> running,
                          double time, std::size_t width);

/// What runs, since when, and what is left: for SIGUSR1.
std::string state_text(const Progress& progress, const Counts& counts, std::span<const Running> running,
                       double time);

/// Counts, times, the slowest, the failures with the ends of their logs, the load of each rank.
void print_summary(std::ostream& to, const Progress& progress, const Settings& settings, const Counts& counts,
                   std::span<const Record> records, double time);

/// Who ran what when, as a picture (SVG). Throws std::system_error.
void draw_gantt(const std::string& path, std::span<const Record> records);

}  // namespace farm
