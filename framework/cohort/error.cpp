// SPDX-License-Identifier: BSL-1.0
#include "cohort/error.hpp"

#include <cstring>
#include <utility>

namespace cohort {
namespace {

std::string where(const std::string& process, int rank, std::optional<std::size_t> index) {
  std::string text = "Process '" + process + "' on rank " + std::to_string(rank);
  if (index) text += ", element " + std::to_string(*index);
  return text;
}

std::string describe(const std::string& type, const std::string& message, const std::string& process,
                     int rank, std::optional<std::size_t> index) {
  std::string text = where(process, rank, index) + " failed: " + type;
  if (!message.empty()) text += ": " + message;
  return text;
}

std::string exit_text(int exitcode) {
  if (exitcode >= 0) return "it left with exit code " + std::to_string(exitcode);
  return "signal " + std::to_string(-exitcode) + " (" + ::strsignal(-exitcode) + ")";
}

std::string describe(const std::vector<ProcessFailure>& failures) {
  std::string text =
      std::to_string(failures.size()) + (failures.size() == 1 ? " Process" : " Processes") + " failed:";
  for (const auto& failure : failures) {
    text +=
        " '" + failure.process + "' on rank " + std::to_string(failure.rank) + " (" + failure.reason + ");";
  }
  text.pop_back();
  return text;
}

}  // namespace

MpiError::MpiError(std::string routine, int code, const std::string& text)
    : Error(routine + " failed with code " + std::to_string(code) + ": " + text),
      routine_(std::move(routine)),
      code_(code) {}

ProcessDied::ProcessDied(std::string process, int exitcode, int rank, std::optional<std::size_t> index)
    : Error(where(process, rank, index) + " died before the task was over: " + exit_text(exitcode)),
      process_(std::move(process)),
      exitcode_(exitcode),
      rank_(rank),
      index_(index) {}

RemoteError::RemoteError(std::string type, std::string message, std::string process, int rank,
                         std::optional<std::size_t> index)
    : Error(describe(type, message, process, rank, index)),
      type_(std::move(type)),
      message_(std::move(message)),
      process_(std::move(process)),
      rank_(rank),
      index_(index) {}

ProcessError::ProcessError(std::vector<ProcessFailure> failures)
    : Error(describe(failures)), failures_(std::move(failures)) {}

}  // namespace cohort
