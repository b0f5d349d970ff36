// SPDX-License-Identifier: BSL-1.0
#pragma once

// The command line.

#include <cstdint>
#include <optional>
#include <string>

#include "settings.hpp"

namespace farm {

struct Options {
  Settings settings;
  std::string list;
  std::string command_template;
  bool header = false;
  bool dry_run = false;
  bool force_resume = false;
  bool retry_failed = false;
  bool compact = false;
  bool quiet = false;
  std::string print;  ///< done, failed or remaining
  std::string gantt;
  std::string walltime;  ///< "": as Slurm says
  std::uint32_t show_log = 0;
};

/// Nothing: go on with `options`. Else the exit code, after the help or one line that says what is wrong.
std::optional<int> read_options(int argc, char** argv, Options& options);

}  // namespace farm
