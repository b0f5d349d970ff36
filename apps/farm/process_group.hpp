// SPDX-License-Identifier: BSL-1.0
#pragma once

// One command as a process group: started by sh, watched, ended.

#include <sched.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace farm {

struct Start {
  const char* command;
  char* const* environment;
  int out;  ///< descriptors
  int err;
  const cpu_set_t* cores;
  std::uint64_t memory_limit;  ///< bytes; 0: none
  int most_files;              ///< no descriptor of this process is so high
};

/// How it ended.
struct End {
  int code = 0;
  int signal = 0;
  double cpu = 0;
  std::uint64_t memory = 0;
};

/// One at a time. run() is called by one thread, signal() by any.
class ProcessGroup {
 public:
  /// Blocks until the command has ended; then what is left of its group is killed. `started(pid)` is called while it runs.
  /// Throws std::system_error where there is no process for it.
  template <class Started>
  End run(const Start& start, Started started) {
    begin(start);
    started(leader_);
    return wait();
  }
  /// To all that it consists of, if it runs.
  void signal(int signal);
  /// SIGTERM to all. From now on run() waits for the last of them, not for the first alone.
  void ask_to_end();

 private:
  void begin(const Start& start);
  End wait();

  std::mutex mutex_;
  pid_t leader_ = 0;
  std::atomic<bool> asked_ = false;
};

}  // namespace farm
