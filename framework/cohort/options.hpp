// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>

namespace cohort {

/// How the window is reached. `automatic`: shared where all ranks are on one node, else rma.
enum class WindowKind { automatic, shared, rma };

/// Where a Process runs: in its rank, or in a child of its rank (over the shared window; tasks of a Pool run in ranks).
enum class Isolation { rank, child };

/// What happens when the job can never go on.
enum class HangPolicy { abort, report, off };

/// How much Cohort says on stderr: failures alone, also what was chosen at start-up, or every Process.
enum class LogLevel { error, info, debug };

/// What a program may choose before it starts. A user overrides each with the environment variable
/// beside it, without rebuilding; the variable wins. A wrong value there is a LaunchError that names
/// the values allowed. All ranks use rank 0's choice.
struct Options {
  std::size_t heap =
      0;  ///< COHORT_HEAP: bytes, at least 8M (64M, 2G); 0 is automatic: half of what is free, 256M over rma
  WindowKind window = WindowKind::automatic;  ///< COHORT_WINDOW: automatic | shared | rma
  Isolation isolation = Isolation::rank;      ///< COHORT_ISOLATION: rank | child (see Process)
  HangPolicy hang =
      HangPolicy::abort;  ///< COHORT_HANG: abort | report | off; when nothing can go on any more, who
                          ///< waits for what is told, and with abort the job ends with 70
  LogLevel log = LogLevel::error;  ///< COHORT_LOG: error | info | debug
  std::string trace = {};          ///< COHORT_TRACE: a file for a timeline of all Processes
  bool leaks = false;              ///< COHORT_LEAKS: on | off; list what is left at the end
  bool report = false;  ///< COHORT_REPORT: 1 | 0 (or on | off); print at the end what each rank did
};

/// The table of these options, one line each, for a program's --help.
std::string options_help();

/// `options` as the environment changes them. Throws LaunchError: variable, value, values allowed.
Options options_from_environment(Options options);

/// 4096, 64K, 256M or 2G as bytes; 0 where the text is none of these.
std::size_t parse_bytes(const std::string& text);
/// 268435456 as "256 MiB".
std::string format_bytes(std::size_t bytes);

}  // namespace cohort
