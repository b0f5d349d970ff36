// SPDX-License-Identifier: BSL-1.0
#include "cohort/watch/log.hpp"

#include <unistd.h>

namespace cohort {
namespace {

LogLevel the_level = LogLevel::error;
int the_rank = 0;

void write_line(const std::string& text) {
  const std::string line = "cohort: rank " + std::to_string(the_rank) + ": " + text + "\n";
  // One write, so that lines of different ranks do not mix; there is nobody to tell where it fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void set_log(LogLevel level, int rank) {
  the_level = level;
  the_rank = rank;
}
bool log_shows(LogLevel level) { return level <= the_level; }

void log_error(const std::string& text) { write_line(text); }
void log_info(const std::string& text) {
  if (log_shows(LogLevel::info)) write_line(text);
}
void log_debug(const std::string& text) {
  if (log_shows(LogLevel::debug)) write_line(text);
}

}  // namespace cohort
