// SPDX-License-Identifier: BSL-1.0
#include "cohort/options.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "cohort/error.hpp"

namespace cohort {
namespace {

template <class T>
using Choices = std::vector<std::pair<std::string, T>>;

const Choices<WindowKind> kWindows = {
    {"automatic", WindowKind::automatic}, {"shared", WindowKind::shared}, {"rma", WindowKind::rma}};
const Choices<Isolation> kIsolations = {{"rank", Isolation::rank}, {"child", Isolation::child}};
const Choices<HangPolicy> kHangs = {
    {"abort", HangPolicy::abort}, {"report", HangPolicy::report}, {"off", HangPolicy::off}};
const Choices<LogLevel> kLogs = {
    {"error", LogLevel::error}, {"info", LogLevel::info}, {"debug", LogLevel::debug}};
const Choices<bool> kSwitches = {{"on", true}, {"off", false}};
const Choices<bool> kNumbersToo = {{"1", true}, {"0", false}, {"on", true}, {"off", false}};

[[noreturn]] void refuse(const std::string& variable, const std::string& value, const std::string& allowed) {
  throw LaunchError(variable + "=" + value + " is not understood; allowed: " + allowed);
}

template <class T>
void choose(const char* variable, const Choices<T>& choices, T& option) {
  const char* value = std::getenv(variable);
  if (value == nullptr) return;
  std::string allowed;
  for (const auto& [name, choice] : choices) {
    if (name == value) {
      option = choice;
      return;
    }
    allowed += (allowed.empty() ? "" : ", ") + name;
  }
  refuse(variable, value, allowed);
}

}  // namespace

std::size_t parse_bytes(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || end - rest > 1) return 0;
  int shift = 0;
  if (rest != end) {
    switch (*rest) {
      case 'K':
      case 'k':
        shift = 10;
        break;
      case 'M':
      case 'm':
        shift = 20;
        break;
      case 'G':
      case 'g':
        shift = 30;
        break;
      case 'T':
      case 't':
        shift = 40;
        break;
      default:
        return 0;
    }
  }
  if (number > (std::numeric_limits<std::uint64_t>::max() >> shift)) return 0;
  return number << shift;
}

std::string format_bytes(std::size_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text,
                value < 10 && unit > 0 && value != static_cast<int>(value) ? "%.1f %s" : "%.0f %s", value,
                kUnits[unit]);
  return text;
}

Options options_from_environment(Options options) {
  if (const char* heap = std::getenv("COHORT_HEAP")) {
    options.heap = parse_bytes(heap);
    if (options.heap == 0)
      refuse("COHORT_HEAP", heap, "a number of bytes, or one with K, M, G or T behind it");
  }
  choose("COHORT_WINDOW", kWindows, options.window);
  choose("COHORT_ISOLATION", kIsolations, options.isolation);
  choose("COHORT_HANG", kHangs, options.hang);
  choose("COHORT_LOG", kLogs, options.log);
  choose("COHORT_LEAKS", kSwitches, options.leaks);
  choose("COHORT_REPORT", kNumbersToo, options.report);
  if (const char* trace = std::getenv("COHORT_TRACE")) options.trace = trace;
  return options;
}

std::string options_help() {
  return "  COHORT_HEAP=BYTES       size of the shared heap on rank 0 (64M, 2G); default: half of what is "
         "free, 256M over rma\n"
         "  COHORT_WINDOW=KIND      automatic, shared (one node, memory speed), rma (MPI calls only)\n"
         "  COHORT_ISOLATION=WHERE  rank, child: where a Process runs; a child that crashes leaves the job "
         "going\n"
         "  COHORT_HANG=POLICY      abort, report, off: what becomes of a job that can never go on\n"
         "  COHORT_LOG=LEVEL        error, info, debug\n"
         "  COHORT_TRACE=FILE       write a timeline of all Processes (open it in a trace viewer)\n"
         "  COHORT_LEAKS=on|off     at the end, list the shared objects that something still holds\n"
         "  COHORT_REPORT=1|0       at the end, print what each rank did: tasks, busy, waiting and for "
         "what\n";
}

}  // namespace cohort
