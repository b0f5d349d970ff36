// SPDX-License-Identifier: BSL-1.0
#pragma once

// Server: what one rank does with its core.
//
// A rank runs one thing at a time: its main, or a Process. When that blocks, another thread of the rank
// takes the next Process from the run queue; when it goes on, the rank takes nothing new until it has
// ended or blocks again. So any number of Processes gets along on any number of ranks.
//
// State       running_: threads of this rank that run user code and are not blocked. polling_: one thread
//             looks for work, or sleeps on the bell. All others that have nothing to do are parked: the
//             rank's main on main_parked_, further threads on spare_parked_. beside_: daemons that were taken from
//             the queue. A further thread, which running_ does not count meanwhile, waits for each one's end.
// Invariants  1. running_ == 0 implies that a thread polls, or is about to: whoever makes running_ 0 sees to it.
//             2. A poller that is woken while running_ > 0 passes the wake-up on and parks.
//             3. Where beside_ is not empty, a further thread is about to look: whoever adds to it sees to that, and
//                whoever takes from it and leaves some.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "cohort/heap/blocking.hpp"
#include "cohort/window/address.hpp"

namespace cohort {

class Server final : public BlockHook {
 public:
  /// The calling thread counts as running user code.
  Server();
  /// After the last join: ends the threads that were needed.
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The rank's part of session.join(): runs Processes until all ranks have come and none is left.
  void join();
  /// Runs the Process here, on this thread, if it is still queued.
  static bool run_if_queued(Address record);

  void block(WaitKind what) noexcept override;
  void unblock() noexcept override;

 private:
  template <class Until>
  void serve(std::unique_lock<std::mutex>& lock, std::optional<std::uint64_t> epoch, Until until);
  void poll(std::unique_lock<std::mutex>& lock, std::uint64_t bell, std::optional<std::uint64_t> epoch);
  void run_beside(std::unique_lock<std::mutex>& lock);
  void hand_over();
  bool can_leave();
  bool call_spare();
  void be_spare();
  void count_running(int change);

  std::mutex mutex_;
  std::condition_variable main_parked_;
  std::condition_variable spare_parked_;
  int main_parked_count_ = 0;
  int spare_parked_count_ = 0;
  int running_ = 1;
  bool polling_ = false;
  bool coming_ = false;  // a further thread is being made
  bool ending_ = false;
  std::vector<std::thread> threads_;
  std::deque<Address> beside_;
};

/// Around user code that a waiting thread runs meanwhile: inside of a Blocked it uses the core again.
class Unblocked {
 public:
  Unblocked();
  ~Unblocked();
  Unblocked(const Unblocked&) = delete;
  Unblocked& operator=(const Unblocked&) = delete;

 private:
  int outer_;
  WaitKind what_;
};

}  // namespace cohort
