// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <exception>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "cohort/callable.hpp"
#include "cohort/error.hpp"
#include "cohort/options.hpp"
#include "cohort/sync/wait.hpp"

namespace cohort {

struct ProcessOptions {
  std::string name = {};                  ///< shown in messages and tables; "" chooses one
  bool daemon = false;                    ///< Isolation::child only: nobody waits for it (see Process)
  Isolation isolation = Isolation::rank;  ///< where it runs
  /// Isolation::child only: bytes that it may take beyond what its rank had when the session began; 0: no limit. Beyond
  /// them allocations throw std::bad_alloc, which ends it as any exception does.
  std::size_t memory_limit = 0;
};

/// A call that runs on some rank, once started. Python: `multiprocessing.Process(target, args)`, with the
/// same life: make it, start() it, join() it.
///
/// The target is a function, a functor that can travel, or a lambda that captures nothing. Arguments are
/// copied when the Process is made and must be able to travel (see Travels); handles go as handles, to
/// the same object. What cannot travel does not compile. Any number of Processes may be started, from the
/// body and from Processes; those that run in one rank share its globals and may run at the same time.
///
/// Python: a Process is a new operating system process and starts in milliseconds; here it runs in a rank
/// that is there already and starts in microseconds, so that a segmentation fault in it ends the job. With
/// Isolation::child it is one, forked from a copy that was made of its rank when the session began (as Python's forkserver
/// does: globals are as they were then): whatever happens to it, the job goes on, and its exit code tells. What it had
/// begun to change in shared objects is done or undone, its Locks are free again (OwnerDied), and Barriers that it had
/// come to are broken. It has no MPI.
///
/// A daemon runs beside the rank that takes it, which takes other work meanwhile. The session does not wait for it, nor
/// does the end of its Process object, and kills it (SIGKILL) at its own end; how it ended is no reason for the program's
/// exit code. As in Python it makes no Processes.
///
/// A Process may be used by one thread at a time. Moved from, it is empty: every use but destruction and
/// assignment throws UsageError.
class Process {
 public:
  /// Throws OutOfSharedMemory; UsageError where no session runs.
  template <class F, class... Args>
    requires(!std::is_same_v<std::remove_cvref_t<F>, ProcessOptions> &&
             !std::is_same_v<std::remove_cvref_t<F>, Process>)
  explicit Process(F&& target, Args&&... args)
      : Process(ProcessOptions{}, std::forward<F>(target), std::forward<Args>(args)...) {}

  template <class F, class... Args>
  explicit Process(const ProcessOptions& options, F&& target, Args&&... args) {
    using Target = detail::StoredCallable<F>;
    detail::require_callable_travels<Target>();
    (require_travels<detail::StoredArgument<Args>>(), ...);
    detail::require_call<Target, detail::StoredArgument<Args>...>();
    Encoder encoder;
    const Target& stored = target;
    detail::encode_callable(encoder, stored);
    const std::tuple<detail::StoredArgument<Args>...> arguments(std::forward<Args>(args)...);
    encode(encoder, arguments);
    Token function = 0;
    if constexpr (detail::is_function_pointer<Target>) function = Modules::function_token(stored);
    reference_ = make(options, Modules::function_token(&trampoline<Target, detail::StoredArgument<Args>...>),
                      function, encoder.encoded());
  }

  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Blocks: where it still runs, asks it to stop and joins it; during an exception it only asks. Leaves a daemon alone.
  ~Process();

  /// Puts it on the run queue. Throws UsageError the second time.
  void start();

  /// Blocks until it has ended; all that it did to shared objects is visible then. Where it is still
  /// queued, runs it here and now. Throws UsageError before start(), and inside the Process itself.
  void join(CallSite where = CallSite::current());
  /// Blocks for at most `timeout`. True: it has ended. Never runs it here.
  template <class Rep, class Period>
  bool join(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) {
    return join_until(deadline_in(timeout), where);
  }

  /// It was started and has not ended.
  bool is_alive() const;
  /// None before its end; then 0, 1 after an exception, N after this_process::exit(N); of a child as waitpid has it: the
  /// low 8 bits of N, and -S where signal S ended it.
  std::optional<int> exitcode() const;
  /// What the target threw, if it did.
  std::optional<RemoteError> exception() const;
  /// As given, or "square-3" after the function, or "Process-3".
  const std::string& name() const;
  /// 1, 2, 3 ... in the order in which Processes were made in this session.
  std::uint64_t id() const;
  /// The rank that runs or ran it; none before. Python: nothing like it.
  std::optional<int> rank() const;
  /// That of its rank, or its own in a child.
  std::optional<pid_t> pid() const;

  /// Asks it to stop: this_process::stop_requested() turns true there. Python: an Event of one's own.
  void request_stop();
  /// Isolation::child only: it gets SIGTERM, or SIGKILL. One that has not begun never does. Does not wait. Throws
  /// UsageError for one in a rank, and before start().
  void terminate();
  void kill();

 private:
  template <class Target, class... Stored>
  static void trampoline(std::span<const std::byte> bytes) {
    Decoder decoder(bytes);
    Target target = detail::decode_callable<Target>(decoder);
    auto arguments = decode<std::tuple<Stored...>>(decoder);
    detail::call_with(target, arguments);
  }
  static Reference make(const ProcessOptions& options, Token trampoline, Token function,
                        const Encoded& arguments);

  bool join_until(Deadline deadline, CallSite where);
  void end_by(int signal, const char* done);
  Address record() const;
  void end() noexcept;

  Reference reference_;
  mutable std::string name_;
};

/// A Process as others see it.
struct ProcessInfo {
  std::uint64_t id;
  std::string name;
  std::optional<int> rank;  ///< none while it is queued
};

/// The Processes that this Process made (outside of a Process: that this rank's main made),
/// and that were started and have not ended, oldest first.
std::vector<ProcessInfo> active_children();

/// Starts all.
template <std::ranges::input_range R>
  requires std::same_as<std::ranges::range_value_t<R>, Process>
void start_all(R&& processes) {
  for (Process& process : processes) process.start();
}

namespace detail {
std::optional<ProcessFailure> failure_of(const Process& process);
}

/// Joins all, then throws ProcessError that names every one that failed, if one did.
template <std::ranges::input_range R>
  requires std::same_as<std::ranges::range_value_t<R>, Process>
void join_all(R&& processes, CallSite where = CallSite::current()) {
  std::vector<ProcessFailure> failures;
  for (Process& process : processes) process.join(where);
  for (const Process& process : processes) {
    if (auto failure = detail::failure_of(process)) failures.push_back(std::move(*failure));
  }
  if (!failures.empty()) throw ProcessError(std::move(failures));
}

}  // namespace cohort
