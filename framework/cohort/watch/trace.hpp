// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// Before there are threads: whether Processes are traced, and this rank's number.
void set_trace(bool on, int rank);
bool trace_on();

/// One Process, from and to in ns of the monotonic clock (the same on all ranks of a node).
void trace_process(const std::string& name, std::uint64_t started, std::uint64_t ended, int exitcode);

/// This rank's events, as the inside of a JSON list.
std::string trace_events();
/// Writes all ranks' events as a trace that chrome://tracing and Perfetto show: a row a rank.
/// Returns why that failed, or "".
std::string write_trace(const std::string& path, const std::vector<std::string>& events);

}  // namespace cohort
