// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/fork_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>

#include "cohort/heap/actor.hpp"
#include "cohort/process/child.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

struct Request {
  Word record;
  Word signal;
};

// What the server does, in its own process.
class Serving {
 public:
  explicit Serving(int socket) : socket_(socket) {
    ::sigset_t child_ended;
    ::sigemptyset(&child_ended);
    ::sigaddset(&child_ended, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_ended, &mask_);
    ended_ = ::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
    if (ended_ < 0) tell(errno);
  }

  [[noreturn]] void run() {
    tell(0);
    for (;;) {
      std::array waits = {::pollfd{socket_, POLLIN, 0}, ::pollfd{ended_, POLLIN, 0}};
      if (::poll(waits.data(), waits.size(), -1) < 0) continue;
      if (waits[1].revents != 0) {
        ::signalfd_siginfo which = {};
        while (::read(ended_, &which, sizeof which) > 0) {
        }
        wait_for_ended();
      }
      if (waits[0].revents == 0) continue;
      Request request = {};
      const auto got = ::recv(socket_, &request, sizeof request, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) ::_exit(0);  // and with it all of its children
      handle(request);
    }
  }

 private:
  // The rank hears whether there is a server: 0, or why there is none, which is its end.
  void tell(int problem) const {
    ::send(socket_, &problem, sizeof problem, MSG_NOSIGNAL);
    if (problem != 0) ::_exit(0);
  }
  void handle(const Request& request) {
    const Address record(request.record);
    if (request.signal == 0) return fork_child(record);
    for (const auto& [pid, which] : children_) {
      if (which == record) ::kill(pid, static_cast<int>(request.signal));
    }
  }

  void fork_child(Address record) {
    constexpr Word kNoPidYet = ~Word{0};
    const SharedAccess access(current_window.base);
    const auto member = claim_member(access, kNoPidYet, current_window.rank);
    if (!member) return set_child_state(record, ChildState::unforked, EAGAIN);
    const Address body(access.load(record_field(record, COHORT_FIELD(RecordLine, body))));
    access.store(body + COHORT_FIELD(RecordBody, member), *member);
    set_child_state(record, ChildState::running);
    const pid_t server = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(socket_);
      ::close(ended_);
      ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
      be_child(record, *member, server);
    }
    if (pid < 0) {
      const int why = errno;
      access.store(member_field(*member, COHORT_FIELD(MemberSlot, pid)), 0);
      return set_child_state(record, ChildState::unforked, why);
    }
    children_[pid] = record;
  }

  void wait_for_ended() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto child = children_.find(pid);
      if (child == children_.end()) continue;
      const Address record = child->second;
      children_.erase(child);
      set_child_state(record, ChildState::ended, status);
      // Whoever polls looks after those that nobody waits for.
      const SharedAccess access(current_window.base);
      constexpr Address bell = header_field(COHORT_FIELD(WindowHeader, bell));
      access.fetch_add(bell, 1);
      access.wake(bell, INT_MAX);
    }
  }

  int socket_;
  int ended_ = -1;
  ::sigset_t mask_ = {};
  std::map<pid_t, Address> children_;
};

[[noreturn]] void serve(int socket) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "cohort-forks");
  // As Python's: what is typed is the rank's to read.
  if (const int nothing = ::open("/dev/null", O_RDONLY); nothing > 0) {
    ::dup2(nothing, STDIN_FILENO);
    ::close(nothing);
  }
  // Files, pipes and connections that the program has opened are the rank's alone: to hold them open here, too, would
  // keep others from seeing their end.
  ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(socket) - 1, 0);
  ::close_range(static_cast<unsigned>(socket) + 1, ~0U, 0);
  // MPI's print their stack; and a program that ignores SIGCHLD would keep from the server how its children ended.
  for (const int signal : {SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGCHLD}) ::signal(signal, SIG_DFL);
  Serving(socket).run();
}

}  // namespace

ForkServer::ForkServer() {
  std::array<int, 2> ends = {-1, -1};
  std::cout.flush();
  std::fflush(nullptr);  // else each child would write it again
  int why = 0;
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0) {
    // By one between that ends at once: a program that waits for any child of its own is not to wait for the server.
    const pid_t between = ::fork();
    if (between == 0) {
      ::close(ends[0]);
      const pid_t server = ::fork();
      const int problem = errno;
      if (server < 0) ::send(ends[1], &problem, sizeof problem, MSG_NOSIGNAL);
      if (server != 0) ::_exit(0);
      serve(ends[1]);
    }
    why = errno;
    ::close(ends[1]);
    if (between > 0) {
      ssize_t got = -1;
      do {
        got = ::recv(ends[0], &why, sizeof why, 0);
      } while (got < 0 && errno == EINTR);
      if (got != sizeof why) why = EAGAIN;
      ::waitpid(between, nullptr, 0);
    }
    if (between > 0 && why == 0) {
      socket_ = ends[0];
    } else {
      ::close(ends[0]);
    }
  } else {
    why = errno;
  }
  if (!runs()) log_info(std::string("no process for children of this rank: ") + std::strerror(why));
}

// The server ends when this end is shut, whoever else has it, and closes its own.
ForkServer::~ForkServer() {
  if (!runs()) return;
  ::shutdown(socket_, SHUT_WR);
  char nothing = 0;
  while (::recv(socket_, &nothing, 1, 0) < 0 && errno == EINTR) {
  }
  ::close(socket_);
}

bool ForkServer::ask(Address record, int signal) const {
  const Request request = {record.bits(), static_cast<Word>(signal)};
  ssize_t sent = -1;
  do {
    sent = ::send(socket_, &request, sizeof request, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 || errno == EPIPE || errno == ECONNRESET;
}

}  // namespace cohort
