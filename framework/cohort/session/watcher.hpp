// SPDX-License-Identifier: BSL-1.0
#pragma once

// Watcher: a thread of each rank that waits for signals, and in rank 0 looks for hangs. It ends the job where the rank's
// fork server is gone: nobody would tell how its children have ended.
//
// Signals     SIGUSR1   the table of waits, on rank 0's stderr.
//             SIGUSR2   a stop request to every Process: this_process::stop_requested().
//             SIGTERM, SIGINT   the same, and the end of this rank kGrace later, with 128 + the signal.
//             A handler only notes which it was and rings the thread's eventfd. Signals that the program handles, or
//             ignores, itself are left to it.

#include <atomic>
#include <optional>
#include <thread>

#include "cohort/options.hpp"
#include "cohort/session/hang.hpp"

namespace cohort {

class Watcher {
 public:
  /// What a job that can never go on ends with.
  static constexpr int kHangExitCode = 70;

  /// `hang`: for rank 0. `fork_server`: a socket whose other end this rank's fork server has, or -1.
  Watcher(HangPolicy hang, int fork_server);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  bool runs() const { return thread_.joinable(); }

 private:
  void watch();
  void look(bool rung);
  void handle_signals();
  void print_table() const;
  void look_for_hang();

  const HangPolicy hang_;
  const int event_;
  const int fork_server_;
  std::atomic<bool> ending_ = false;
  HangWatch hang_watch_;
  std::optional<std::chrono::steady_clock::time_point> end_;  // of the grace
  int end_signal_ = 0;
  std::thread thread_;
};

}  // namespace cohort
