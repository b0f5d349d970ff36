// SPDX-License-Identifier: BSL-1.0
#include "foreman.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>

#include "signals.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 100ms;
constexpr double kBetweenDrawings = 0.2;
constexpr double kBetweenLines = 10;
constexpr double kBetweenSyncs = 1;

}  // namespace

bool is_terminal() {
  if (::isatty(STDERR_FILENO) != 0) return true;
  // mpirun reads a rank's stderr through a pipe, and writes it to its own.
  struct stat mine = {};
  if (::fstat(STDERR_FILENO, &mine) != 0 || !S_ISFIFO(mine.st_mode)) return false;
  const std::string launchers = "/proc/" + std::to_string(::getppid()) + "/fd/2";
  const int descriptor = ::open(launchers.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  const bool terminal = descriptor >= 0 && ::isatty(descriptor) != 0;
  if (descriptor >= 0) ::close(descriptor);
  return terminal;
}

Foreman::Foreman(const Board& board, const Progress& progress, const Journal& journal, bool quiet)
    : board_(board),
      progress_(progress),
      journal_(journal),
      quiet_(quiet),
      terminal_(is_terminal()),
      drawn_(now()),
      thread_([this] { watch(); }) {}

Foreman::~Foreman() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  over_.notify_all();
  thread_.join();
  if (!quiet_ && terminal_) draw(true);
  static_cast<void>(journal_.sync());
}

void Foreman::watch() {
  int told = 0;
  double synced = now();
  std::unique_lock lock(mutex_);
  while (!over_.wait_for(lock, kLook, [this] { return ended_; })) {
    const double time = now();
    if (signals::usr1() != told) {
      told = signals::usr1();
      std::cerr << (terminal_ ? "\r\x1b[K" : "") +
                       state_text(progress_, board_.counts(), board_.running(), time);
    }
    if (time > synced + kBetweenSyncs) {
      if (!journal_.sync()) {
        std::cerr << std::string("farm: the journal does not reach the disk: ") + std::strerror(errno) +
                         "; nothing new is begun\n";
        board_.stop(Stop::drain, Why::disk);
      }
      synced = time;
    }
    if (!quiet_ && time > drawn_ + (terminal_ ? kBetweenDrawings : kBetweenLines)) draw(false);
  }
}

void Foreman::draw(bool last) {
  drawn_ = now();
  const std::string line =
      progress_line(progress_, board_.counts(), board_.running(), drawn_, terminal_ ? 79 : 200);
  std::cerr << (terminal_ ? "\r\x1b[K" + line + (last ? "\n" : "") : "farm: " + line + "\n") << std::flush;
}

}  // namespace farm
