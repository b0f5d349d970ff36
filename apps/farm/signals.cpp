// SPDX-License-Identifier: BSL-1.0
#include "signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>

namespace farm::signals {
namespace {

std::atomic<int> the_usr1 = 0;
std::atomic<int> the_usr2 = 0;
std::atomic<int> the_ending = 0;
std::atomic<bool> ends_at_once = false;
std::atomic<long> the_last_usr2 = 0;  // when it came, in milliseconds
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<long>::is_always_lock_free);

// Sent to every process of a job it comes from there and from mpirun: that is one.
constexpr long kOne = 500;
// The one that a batch system sends before its limit is no second one of what somebody has sent by hand.
constexpr long kTogether = 60'000;

long milliseconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

void note(int signal) {
  if (signal == SIGUSR1) {
    ++the_usr1;
  } else if (signal == SIGUSR2) {
    const long time = milliseconds();
    long last = the_last_usr2;
    if (time - last < kOne || !the_last_usr2.compare_exchange_strong(last, time)) return;
    if (the_usr2 == 0 || time - last <= kTogether) ++the_usr2;
  } else {
    if (ends_at_once) ::_exit(128 + signal);
    the_ending = signal;
  }
}

}  // namespace

void count() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  ::signal(SIGCHLD, SIG_DFL);  // where it is ignored nobody hears how a task ended
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) ::sigaction(signal, &action, nullptr);
}

void end_at_once(bool on) { ends_at_once = on; }

int usr1() { return the_usr1; }
int usr2() { return the_usr2; }
int ending() { return the_ending; }

}  // namespace farm::signals
