// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

/// The Process that the caller runs in. Python: `multiprocessing.current_process()`.
namespace cohort::this_process {

/// Its name; "rank 2" outside of a Process.
std::string name();
/// Its number; 0 outside of a Process.
std::uint64_t id();
/// Of the operating system's process: the rank's.
pid_t pid();
/// Throws UsageError where no session runs.
int rank();
/// Ends the Process (in run's body: the program) with this exit code, by unwinding: destructors run.
/// Do not call std::exit in a Process: it ends the whole rank, and the job with it.
[[noreturn]] void exit(int code);
/// Somebody has called request_stop(), or the session is ending early. A long computation looks now and
/// then and returns.
bool stop_requested();

}  // namespace cohort::this_process
