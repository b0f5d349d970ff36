// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "cohort/window/address.hpp"

namespace cohort {

/// Runs a Process that the scheduler gave to this rank, on this thread, to its end: exceptions become
/// its error and exit code 1, this_process::exit(n) its exit code n. Throws nothing.
/// One that is to run in a child is run there.
void run_record(Address record) noexcept;

/// Of a child: the same here and without its end. Returns the exit code.
int run_here(Address record) noexcept;

/// Which Process this thread runs; null outside of one.
Address running_record() noexcept;

/// An exception passes through the Process (or the main) that this thread runs, not only through one
/// that runs it in the middle of itself.
bool unwinding_here() noexcept;

/// While user code runs in the middle of something else: exceptions that pass out there are not its own.
class UnwindsAnew {
 public:
  UnwindsAnew() noexcept;
  ~UnwindsAnew();
  UnwindsAnew(const UnwindsAnew&) = delete;
  UnwindsAnew& operator=(const UnwindsAnew&) = delete;

 private:
  int outer_;
};

/// Leaves a Process (or run's body) with a code; no std::exception, so that nobody catches it by accident.
struct ExitRequest {
  int code;
};

/// "std::out_of_range: no such key", for any exception.
struct ExceptionText {
  std::string type;
  std::string message;
  std::string line() const { return message.empty() ? type : type + ": " + message; }
};
/// Of the exception being handled.
ExceptionText describe_exception();

/// As the record's error, which Process::exception() shows.
void keep_error(Address record, const ExceptionText& text) noexcept;
/// The record's error, if it has one.
std::optional<ExceptionText> record_error(Address record);

/// Its number; 0 outside of one.
std::uint64_t running_id() noexcept;
/// Its name; "rank 2" outside of one.
std::string running_name();

/// The Process's name: given, or from its function, or "Process-7".
std::string record_name(Address record);

}  // namespace cohort
