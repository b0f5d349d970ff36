// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace cohort {

/// Shows how far something is while it lives: on a terminal, mpirun's too, a bar that is drawn anew, elsewhere a line
/// every few seconds, both on stderr. A thread of its own looks, so that it moves while all others compute.
class Progress {
 public:
  /// `all` 0: nobody knows how many there will be. `done` is called from another thread.
  Progress(std::string name, std::uint64_t all, std::function<std::uint64_t()> done);
  /// Draws the last state.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The text of a bar: "frames  512/1000  51% [=====>    ]  134/s  0:03 left", at most `width` wide.
  static std::string bar(const std::string& name, std::uint64_t done, std::uint64_t all,
                         std::chrono::duration<double> elapsed, std::size_t width);

 private:
  void watch();
  void redraw();
  void draw(bool last);

  const std::string name_;
  const std::uint64_t all_;
  const std::function<std::uint64_t()> done_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const int terminal_;  // what stderr ends in, as a descriptor; -1: no terminal
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace cohort
