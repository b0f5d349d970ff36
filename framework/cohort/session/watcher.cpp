// SPDX-License-Identifier: BSL-1.0
#include "cohort/session/watcher.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "cohort/heap/current.hpp"
#include "cohort/session/wait_table.hpp"
#include "cohort/watch/log.hpp"
#include "cohort/window/launch.hpp"

namespace cohort {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 250ms;
// mpirun gives a rank a second between SIGTERM and SIGKILL.
constexpr auto kGrace = 700ms;
constexpr std::array kSignals = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};

// What the handler uses.
std::atomic<int> the_event = -1;
std::atomic<unsigned> came = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free);

void note(int signal) {
  if (static_cast<Word>(::getpid()) != current_window.pid) {  // a child that the program forked
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  const int error = errno;
  came.fetch_or(1U << signal);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(the_event, &one, sizeof one);
  errno = error;
}

bool is_ours(int signal) {
  struct sigaction now = {};
  return ::sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
         now.sa_handler == note;
}

void take_over(int signal) {
  struct sigaction now = {};
  if (::sigaction(signal, nullptr, &now) != 0 || (now.sa_flags & SA_SIGINFO) != 0 ||
      now.sa_handler != SIG_DFL)
    return;
  struct sigaction ours = {};
  ours.sa_handler = note;
  ours.sa_flags = SA_RESTART;
  ::sigaction(signal, &ours, nullptr);
}

void give_back(int signal) {
  if (!is_ours(signal)) return;
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal, &standard, nullptr);
}

constexpr Address kStopping = header_field(COHORT_FIELD(WindowHeader, stopping));
constexpr Address kTableAsked = header_field(COHORT_FIELD(WindowHeader, table_asked));

}  // namespace

Watcher::Watcher(HangPolicy hang, int fork_server)
    : hang_(hang), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), fork_server_(fork_server) {
  if (event_ < 0) {
    log_error(std::string("no eventfd for signals: ") + std::strerror(errno) +
              "; they keep their usual meaning");
    if (current_window.rank != 0) return;  // nothing would ring it
  } else {
    the_event = event_;
    for (const int signal : kSignals) take_over(signal);
  }
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    log_error(std::string("no thread for signals and hang reports: ") + error.what());
    for (const int signal : kSignals) give_back(signal);
  }
}

// (The eventfd stays open: a handler may be about to write to it.)
Watcher::~Watcher() {
  for (const int signal : kSignals) give_back(signal);
  ending_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
  if (runs()) thread_.join();
}

void Watcher::watch() {
  const bool looks = current_window.rank == 0;
  while (!ending_) {
    std::array waits = {::pollfd{event_, POLLIN, 0},
                        ::pollfd{fork_server_, 0, 0}};  // (0: whether it is closed)
    const int pause = looks || end_ ? static_cast<int>(std::chrono::milliseconds(kLook).count()) : -1;
    const bool rung = ::poll(waits.data(), waits.size(), pause) != 0;
    if (ending_) return;
    if ((waits[1].revents & POLLHUP) != 0) {
      log_error(
          "the process that forks children for this rank is gone, and with it all of them; the job ends");
      Launch::abort(1);
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const auto had = ::read(event_, &count, sizeof count);
    try {
      handle_signals();
      if (looks) look(rung);
    } catch (const std::exception& error) {  // no memory, mostly: the job goes on
      log_error(std::string("could not look who waits for what: ") + error.what());
    }
  }
}

// Two looks for a hang have some time between them, in which whoever is being woken wakes up.
void Watcher::look(bool rung) {
  const bool asked = with_access([](const auto& access) {
    return access.load(kTableAsked) != 0 && access.exchange(kTableAsked, 0) != 0;
  });
  if (asked) print_table();
  if (hang_ != HangPolicy::off && !rung && !end_) look_for_hang();
}

void Watcher::handle_signals() {
  const unsigned signals = came.exchange(0);
  const auto has = [signals](int signal) { return (signals & 1U << signal) != 0; };
  const auto set = [](Address word) { with_access([word](const auto& access) { access.store(word, 1); }); };
  if (has(SIGUSR1)) set(kTableAsked);
  if (has(SIGUSR2)) set(kStopping);
  for (const int signal : {SIGTERM, SIGINT}) {
    if (!has(signal) || end_) continue;
    set(kStopping);
    end_ = std::chrono::steady_clock::now() + kGrace;
    end_signal_ = signal;
    if (current_window.rank == 0)
      log_error(std::string(signal == SIGTERM ? "SIGTERM" : "SIGINT") +
                ": every Process is asked to stop; the job ends");
  }
  if (end_ && std::chrono::steady_clock::now() >= *end_) ::_exit(128 + end_signal_);
}

void Watcher::print_table() const {
  log_error("SIGUSR1: what everyone waits for\n" + wait_table(look_at_actors()));
}

void Watcher::look_for_hang() {
  if (!hang_watch_.look()) return;
  std::string text = "nothing can go on any more";
  if (hang_ == HangPolicy::abort) text += "; the job ends";
  try {
    text += "\n" + hang_reason(hang_watch_.actors()) + wait_table(hang_watch_.actors());
  } catch (const std::exception& error) {
    text += std::string("; who waits for what cannot be told: ") + error.what();
  }
  log_error(text);
  if (hang_ != HangPolicy::abort) return;
  std::this_thread::sleep_for(50ms);  // mpirun has passed the text on before it says its own
  Launch::abort(kHangExitCode);
}

}  // namespace cohort
