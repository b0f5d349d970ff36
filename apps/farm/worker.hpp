// SPDX-License-Identifier: BSL-1.0
#pragma once

// One rank's part: takes tasks from the board, runs them one after the other, and writes down how they ended.
//
// Threads     The rank's main runs tasks, and waits in the kernel for each one's end. The overseer looks every 50 ms for
//             what ends one earlier: its time limit, the job's, a signal, a stop on the board.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "board.hpp"
#include "environment.hpp"
#include "guard.hpp"
#include "process_group.hpp"

namespace farm {

class Worker {
 public:
  Worker(const Board& board, Settings settings, Environment environment, const Guard& guard);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Until there is nothing left to do. Blocks.
  void run();

 private:
  // Why a task that runs has been sent SIGTERM.
  enum class Ending : std::uint8_t { none, timeout, interrupted };

  Record attempt(const Todo& todo, const std::string& folder);
  void oversee();
  void look();
  void end_task(Ending why, double grace);

  const Board& board_;
  const Settings settings_;
  Environment environment_;
  const Guard& guard_;
  const cpu_set_t cores_;
  const std::string host_;
  Journal journal_;
  ProcessGroup group_;

  std::mutex mutex_;  // of what follows
  std::condition_variable over_;
  bool ended_ = false;
  double limit_ = 0;  // when the task is to be ended; 0: never, or none runs
  bool runs_ = false;
  Ending ending_ = Ending::none;
  double kill_at_ = 0;
  bool hurries_ = false;  // as the job is being ended
  std::thread overseer_;
};

}  // namespace farm
