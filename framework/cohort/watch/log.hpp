// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "cohort/options.hpp"

namespace cohort {

/// Before there are threads: which level is shown, and this rank's number for the lines.
void set_log(LogLevel level, int rank);
bool log_shows(LogLevel level);

/// One line on stderr, in one write: "cohort: rank 1: ...".
void log_error(const std::string& text);
void log_info(const std::string& text);
void log_debug(const std::string& text);

}  // namespace cohort
