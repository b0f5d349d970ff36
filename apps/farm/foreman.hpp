// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "report.hpp"

namespace farm {

/// Rank 0's second thread: draws how far the farm is, prints its state for SIGUSR1, and sees to it that what is in the journal
/// survives the machine.
class Foreman {
 public:
  Foreman(const Board& board, const Progress& progress, const Journal& journal, bool quiet);
  /// Draws the last state.
  ~Foreman();
  Foreman(const Foreman&) = delete;
  Foreman& operator=(const Foreman&) = delete;

 private:
  void watch();
  void draw(bool last);

  const Board& board_;
  const Progress progress_;
  const Journal& journal_;
  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;
  double drawn_ = 0;
  std::thread thread_;
};

/// stderr is a terminal, or what mpirun passes on to one.
bool is_terminal();

}  // namespace farm
