// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cohort {

/// The root of everything that Cohort throws, but for the standard exceptions that stand for Python's
/// IndexError (`std::out_of_range`) and ValueError (`std::invalid_argument`).
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The program called something that cannot be meant: an empty handle, a second start.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The job cannot start as it was launched. Thrown on every rank, with one text.
class LaunchError : public Error {
 public:
  using Error::Error;
};

/// Rank 0's heap cannot give what was asked. Nothing was changed; COHORT_HEAP sets its size.
class OutOfSharedMemory : public Error {
 public:
  using Error::Error;
};

/// A time limit passed before the result was there.
class TimeoutError : public Error {
 public:
  using Error::Error;
};

/// The other side closed the queue or connection; or the pool takes no more work.
class Closed : public Error {
 public:
  using Error::Error;
};

/// The task was dropped before anybody had begun it: by cancel(), or by its pool's terminate().
class Cancelled : public Error {
 public:
  using Error::Error;
};

/// The barrier was aborted or reset, or one of its parties is gone.
class BrokenBarrier : public Error {
 public:
  using Error::Error;
};

/// The holder of the lock died; the lock is free again, what it guarded may be half done.
class OwnerDied : public Error {
 public:
  using Error::Error;
};

/// A file or a blob is damaged, cut short, or not Cohort's.
class DataError : public Error {
 public:
  using Error::Error;
};

/// The child that ran a task of a Pool ended before the task did.
class ProcessDied : public Error {
 public:
  ProcessDied(std::string process, int exitcode, int rank, std::optional<std::size_t> index = {});
  /// N as it left, -S where signal S ended it.
  int exitcode() const noexcept { return exitcode_; }
  /// The signal that ended it; 0: none did.
  int signal() const noexcept { return exitcode_ < 0 ? -exitcode_ : 0; }
  /// The name of the Process.
  const std::string& process() const noexcept { return process_; }
  int rank() const noexcept { return rank_; }
  /// Which element of the input, where that is known.
  std::optional<std::size_t> index() const noexcept { return index_; }

 private:
  std::string process_;
  int exitcode_;
  int rank_;
  std::optional<std::size_t> index_;
};

/// A call of MPI failed.
class MpiError : public Error {
 public:
  MpiError(std::string routine, int code, const std::string& text);
  const std::string& routine() const noexcept { return routine_; }
  int code() const noexcept { return code_; }

 private:
  std::string routine_;
  int code_;
};

/// An exception that ended a Process (or a task) elsewhere, as text: the type itself stays there.
class RemoteError : public Error {
 public:
  RemoteError(std::string type, std::string message, std::string process, int rank,
              std::optional<std::size_t> index = {});
  /// The exception's type, as the compiler spells it: "std::out_of_range".
  const std::string& type() const noexcept { return type_; }
  /// Its what(); empty where it was no std::exception.
  const std::string& message() const noexcept { return message_; }
  /// The name of the Process.
  const std::string& process() const noexcept { return process_; }
  int rank() const noexcept { return rank_; }
  /// Which element of the input, where there was one.
  std::optional<std::size_t> index() const noexcept { return index_; }

 private:
  std::string type_;
  std::string message_;
  std::string process_;
  int rank_;
  std::optional<std::size_t> index_;
};

/// One Process of those that ProcessError names.
struct ProcessFailure {
  std::string process;  ///< its name
  int rank;             ///< where it ran
  int exitcode;         ///< as Process::exitcode() has it
  std::string reason;  ///< "std::runtime_error: no such file", "exit(3)", or "signal 11 (Segmentation fault)"
};

/// Thrown by join_all when Processes failed; all have ended by then.
class ProcessError : public Error {
 public:
  explicit ProcessError(std::vector<ProcessFailure> failures);
  const std::vector<ProcessFailure>& failures() const noexcept { return failures_; }

 private:
  std::vector<ProcessFailure> failures_;
};

}  // namespace cohort
