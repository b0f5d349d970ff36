// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "cohort/heap/wait_kind.hpp"

namespace cohort {

/// What a thread of a rank does while it does not wait.
enum class Activity {
  none,  ///< it looks for work, or it is a thread of the program's own
  main,  ///< what the program does outside of tasks
  task,  ///< a Process, or tasks of a pool
};

/// What one rank did. The times are in ns; `busy`, `main` and `waiting` together are `wall`.
struct RankReport {
  std::uint64_t tasks = 0;
  std::uint64_t wall = 0;
  std::uint64_t busy = 0;  ///< in tasks
  std::uint64_t main = 0;
  std::array<std::uint64_t, kWaitKinds> waiting = {};

  std::uint64_t waited() const;
  std::string encode() const;
  static RankReport decode(const std::string& text);
};

/// Shares out a rank's time. At each moment a rank is busy where a thread of it runs a task; else it is in its main
/// where that runs; else it waits, for what the last of its threads that began to wait, and still does, waits for; or
/// for work, where none does. Not for several threads at once. All functions take the time in ns, which never falls.
class RankTimes {
 public:
  explicit RankTimes(std::uint64_t now) : begin_(now), since_(now) {}

  /// One thread ends the one and begins the other.
  void change(Activity from, Activity to, std::uint64_t now);
  /// A thread begins to wait, or to go on.
  void block(Activity from, WaitKind what, std::uint64_t now);
  void unblock(Activity to, WaitKind what, std::uint64_t now);

  /// From the beginning until now.
  RankReport at(std::uint64_t now);

 private:
  void settle(std::uint64_t now);
  WaitKind awaited() const;
  int& threads(Activity what) { return threads_[static_cast<std::size_t>(what)]; }

  std::uint64_t begin_;
  std::uint64_t since_;
  RankReport report_;
  std::array<int, 3> threads_ = {};           // by Activity
  std::array<int, kWaitKinds> blocked_ = {};  // threads that wait
  WaitKind last_ = WaitKind::work;            // what the last one began to wait for
};

}  // namespace cohort
