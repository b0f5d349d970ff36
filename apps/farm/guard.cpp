// SPDX-License-Identifier: BSL-1.0
#include "guard.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace farm {
namespace {

[[noreturn]] void guard(int socket) {
  ::prctl(PR_SET_NAME, "farm-guard");
  ::setsid();  // out of the group that the launcher's signals go to
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) ::signal(signal, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; ++standard) ::dup2(nothing, standard);
  ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(socket) - 1, 0);
  ::close_range(static_cast<unsigned>(socket) + 1, ~0U, 0);
  pid_t group = 0;
  for (;;) {
    pid_t next = 0;
    const auto got = ::read(socket, &next, sizeof next);
    if (got == sizeof next) {
      group = next;
    } else if (got >= 0 || errno != EINTR) {
      break;
    }
  }
  if (group > 0) ::kill(-group, SIGKILL);
  ::_exit(0);
}

}  // namespace

Guard::Guard() {
  std::array<int, 2> ends = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  std::fflush(nullptr);
  // By one between, so that nobody here has to wait for it.
  const pid_t between = ::fork();
  if (between == 0) {
    ::close(ends[1]);
    if (::fork() == 0) guard(ends[0]);
    ::_exit(0);
  }
  ::close(ends[0]);
  if (between > 0) ::waitpid(between, nullptr, 0);
  socket_ = ends[1];
}

Guard::~Guard() { ::close(socket_); }

void Guard::watch(pid_t group) const {
  ::send(socket_, &group, sizeof group, MSG_NOSIGNAL);  // (where it is gone, nobody hears it)
}

}  // namespace farm
