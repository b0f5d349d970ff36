// SPDX-License-Identifier: BSL-1.0
#include "process_group.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

namespace farm {
namespace {

constexpr std::chrono::milliseconds kLook(20);

// In the child of a vfork, in its parent's memory: system calls alone.
[[noreturn]] void be_command(const Start& start, const char* const* arguments, const sigset_t* mask) {
  ::setsid();  // and with it a group: what is sent to all of the job's session is not for tasks
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(start.out, STDOUT_FILENO);
  ::dup2(start.err, STDERR_FILENO);
  // (Cohort's and this program's descriptors are closed by exec; MPI's are not.)
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) != 0) {  // before Linux 5.9
    for (int descriptor = STDERR_FILENO + 1; descriptor < start.most_files; ++descriptor) ::close(descriptor);
  }
  ::sched_setaffinity(0, sizeof *start.cores, start.cores);
  if (start.memory_limit != 0) {
    const ::rlimit limit = {start.memory_limit, start.memory_limit};
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, mask, nullptr);
  ::execve("/bin/sh", const_cast<char* const*>(arguments), start.environment);
  ::_exit(127);
}

[[gnu::noinline]] pid_t start_command(const Start& start, const char* const* arguments) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // a handler of ours must not run in the child
  const pid_t pid = ::vfork();
  if (pid == 0) {
    sigset_t none;
    ::sigemptyset(&none);
    be_command(start, arguments, &none);
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// A process of the group that has not ended. (kill would find those, too, that nobody has waited for yet.)
bool any_lives_in(pid_t group) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const auto end = text.rfind(')');  // of the program's name
    char state = 0;
    int parent = 0, its = 0;
    if (end == text.npos || std::sscanf(text.c_str() + end + 1, " %c %d %d", &state, &parent, &its) != 3)
      continue;
    if (its == group && state != 'Z' && state != 'X') return true;
  }
  return false;
}

}  // namespace

void ProcessGroup::begin(const Start& start) {
  const char* const arguments[] = {"sh", "-c", start.command, nullptr};
  const std::lock_guard lock(mutex_);
  const pid_t pid = start_command(start, arguments);
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "no process for a task");
  leader_ = pid;
  asked_ = false;
}

End ProcessGroup::wait() {
  siginfo_t info = {};
  while (::waitid(P_PID, static_cast<id_t>(leader_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  // While it is not waited for, its number is nobody else's. Those who were asked to end with it have their time.
  while (asked_ && any_lives_in(leader_)) std::this_thread::sleep_for(kLook);
  signal(SIGKILL);
  const std::lock_guard lock(mutex_);
  int status = 0;
  ::rusage used = {};
  pid_t waited = 0;
  do {
    waited = ::wait4(leader_, &status, 0, &used);
  } while (waited < 0 && errno == EINTR);
  if (waited != leader_)
    throw std::system_error(errno, std::generic_category(), "how a task ended is not known");
  leader_ = 0;
  End end;
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
  end.memory = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  return end;
}

void ProcessGroup::ask_to_end() {
  asked_ = true;
  signal(SIGTERM);
}

void ProcessGroup::signal(int signal) {
  const std::lock_guard lock(mutex_);
  if (leader_ > 0) ::kill(-leader_, signal);
}

}  // namespace farm
