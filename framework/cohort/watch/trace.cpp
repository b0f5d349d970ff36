// SPDX-License-Identifier: BSL-1.0
#include "cohort/watch/trace.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>

namespace cohort {
namespace {

bool the_switch = false;
int the_rank = 0;
std::mutex the_mutex;
std::string the_events;

std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      quoted += code;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

void set_trace(bool on, int rank) {
  the_switch = on;
  the_rank = rank;
}
bool trace_on() { return the_switch; }

void trace_process(const std::string& name, std::uint64_t started, std::uint64_t ended, int exitcode) {
  char times[160];
  std::snprintf(times, sizeof times,
                ",\"ph\":\"X\",\"ts\":%.3f,\"dur\":%.3f,\"pid\":0,\"tid\":%d,\"args\":{\"exitcode\":%d}}",
                static_cast<double>(started) / 1e3, static_cast<double>(ended - started) / 1e3, the_rank,
                exitcode);
  const std::lock_guard lock(the_mutex);
  the_events += (the_events.empty() ? "{\"name\":" : ",\n{\"name\":") + json_text(name) + times;
}

std::string trace_events() {
  const std::lock_guard lock(the_mutex);
  return the_events;
}

std::string write_trace(const std::string& path, const std::vector<std::string>& events) {
  std::ofstream file(path);
  file << "{\"traceEvents\":[\n";
  for (std::size_t rank = 0; rank < events.size(); ++rank) {
    file << "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":0,\"tid\":" << rank
         << ",\"args\":{\"name\":\"rank " << rank << "\"}}";
    if (!events[rank].empty()) file << ",\n" << events[rank];
    file << (rank + 1 < events.size() ? ",\n" : "\n");
  }
  file << "]}\n";
  file.close();
  return file ? "" : "cannot write the trace to " + path + ": " + std::strerror(errno);
}

}  // namespace cohort
