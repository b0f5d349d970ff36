// SPDX-License-Identifier: BSL-1.0
#include "signals.hpp"

#include <atomic>
#include <csignal>

namespace farm::signals {
namespace {

std::atomic<int> the_usr1 = 0;
std::atomic<int> the_usr2 = 0;
std::atomic<int> the_ending = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal) {
  if (signal == SIGUSR1) {
    ++the_usr1;
  } else if (signal == SIGUSR2) {
    ++the_usr2;
  } else {
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

int usr1() { return the_usr1; }
int usr2() { return the_usr2; }
int ending() { return the_ending; }

}  // namespace farm::signals
