// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/child.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "cohort/process/fork_server.hpp"
#include "cohort/process/reaper.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/process/servant.hpp"
#include "cohort/sync/wait.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

using namespace std::chrono_literals;

SharedAccess window() { return SharedAccess(current_window.base); }

Address body_of(Address record) {
  return Address(window().load(record_field(record, COHORT_FIELD(RecordLine, body))));
}
Address child_word(Address record) { return body_of(record) + COHORT_FIELD(RecordBody, child); }

// change(before): the word's new value.
template <class Change>
void change_child_word(Address record, Change change) {
  const SharedAccess access = window();
  const Address word = child_word(record);
  Word seen = access.load(word);
  Word next = 0;
  do {
    next = change(seen);
    if (next == seen) return;
  } while (!access.compare_exchange(word, seen, next));
  if (access.fetch_add(word + COHORT_FIELD(WaitWord, waiters), 0) != 0) access.wake(word, INT_MAX);
}

// The child tells its rank when it can do without the core. Threads that the program makes in it do not.
class ChildHook final : public BlockHook {
 public:
  explicit ChildHook(Address record) : record_(record) { is_main_ = true; }
  void block(WaitKind) noexcept override {
    if (is_main_ && depth_++ == 0) set_child_state(record_, ChildState::blocked);
  }
  void unblock() noexcept override {
    if (is_main_ && --depth_ == 0) set_child_state(record_, ChildState::running);
  }

 private:
  inline static thread_local bool is_main_ = false;
  Address record_;
  int depth_ = 0;
};

void flush_output() {
  std::cout.flush();
  std::cerr.flush();
  std::clog.flush();
  std::fflush(nullptr);
}

[[noreturn]] void die_on_terminate() noexcept {
  if (std::current_exception()) {
    log_error("Process '" + running_name() + "': " + describe_exception().line() + "; nobody could catch it");
  } else {
    log_error("Process '" + running_name() + "': std::terminate was called");
  }
  flush_output();
  ::signal(SIGABRT, SIG_DFL);
  std::abort();
}

// What the process may take above what it has now. (The window is shared memory, and does not count.)
void limit_memory(Word bytes) {
  std::ifstream status("/proc/self/status");
  Word kib = 0;
  for (std::string word; status >> word && word != "VmData:";) {
  }
  status >> kib;
  ::rlimit limit = {};
  ::getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min<Word>(limit.rlim_max, kib * 1024 + bytes);
  ::setrlimit(RLIMIT_DATA, &limit);
}

Word body_word(Address record, std::size_t offset) { return window().load(body_of(record) + offset); }

}  // namespace

void refuse_in_child(const char* what) {
  if (in_child)
    throw UsageError(std::string(what) + ": a Process in a child has no part in MPI; its rank has");
}

void be_child(Address record, std::uint32_t member, pid_t server) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != server) ::_exit(1);
  ::prctl(PR_SET_NAME, "cohort-child");
  const SharedAccess access = window();
  in_child = true;
  child_record = record;
  current_window.pid = static_cast<Word>(::getpid());
  current_window.member = member;
  access.store(member_field(member, COHORT_FIELD(MemberSlot, quiet)), 1);
  access.store(member_field(member, COHORT_FIELD(MemberSlot, pid)), current_window.pid);
  access.store(body_of(record) + COHORT_FIELD(RecordBody, pid), current_window.pid);
  std::set_terminate(die_on_terminate);
  // std::exit: as the end of the Process. Before all that is registered for the rank's own end.
  ::on_exit(
      [](int code, void*) {
        flush_output();
        ::_exit(code);
      },
      nullptr);
  block_hook = new ChildHook(record);
  if (const Word limit = body_word(record, COHORT_FIELD(RecordBody, memory_limit)); limit != 0)
    limit_memory(limit);
  const int code = run_here(record);
  flush_output();
  access.store(body_of(record) + COHORT_FIELD(RecordBody, tidy), 1);
  ::_exit(code);
}

void set_child_state(Address record, ChildState state, int status) {
  change_child_word(record, [=](Word before) { return make_child(state, child_signal_of(before), status); });
}

void signal_child(Address record, int signal) {
  change_child_word(record, [=](Word before) {
    const ChildState state = child_state_of(before);
    const bool over = state == ChildState::ended || state == ChildState::unforked;
    return over ? before : make_child(state, signal);
  });
}

bool wake_child(Address record) {
  bool idle = false;
  change_child_word(record, [&idle](Word before) {
    idle = child_state_of(before) == ChildState::idle;
    return idle ? make_child(ChildState::running, child_signal_of(before)) : before;
  });
  return idle;
}

bool rest_child(Address record, const std::function<bool()>& over) {
  const Heap<SharedAccess> heap(window(), this_actor());
  const Address word = child_word(record);
  flush_output();
  set_child_state(record, ChildState::idle);
  const Word seen = heap.load(word);
  const WaitRecord waits(heap, {WaitKind::work, record}, word, seen, std::nullopt);
  while (child_state_of(heap.load(word)) == ChildState::idle) {
    detail::sleep_while(heap, word, word + COHORT_FIELD(WaitWord, waiters), seen, deadline_in(1s));
    if (over() && wake_child(record)) return false;
  }
  return true;
}

bool runs_in_child(Isolation isolation) {
  if (isolation == Isolation::rank && !children_by_default) return false;
  if (current_window.state == WindowState::rma)
    throw UsageError(
        "Isolation::child needs the shared window: over rma a Process reaches shared objects by MPI, which a "
        "child has not");
  return true;
}

std::string signal_name(int signal) {
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

ChildRun::ChildRun(Address record, const CallSite& joiner) : record_(record), joiner_(joiner) {}

// Its text goes where that of an exception of the target would.
int ChildRun::unforked(int why) noexcept {
  const ExceptionText text = {"std::system_error", std::string("no child for it: ") + std::strerror(why)};
  log_error("Process '" + record_name(record_) + "' failed: " + text.line());
  keep_error(record_, text);
  return 1;
}

// The child shows what it waits for. A thread that took the record from the queue has nothing to do meanwhile.
template <class Heap>
void ChildRun::wait_while_blocked(const Heap& heap, Address word, Word seen) const {
  const WaitSite site(joiner_);
  const bool joins = joiner_.line() != 0;
  const WaitRecord record(heap, {joins ? WaitKind::process : WaitKind::work, record_}, word, seen,
                          std::nullopt);
  const Blocked blocked(WaitKind::process);
  sleep_while(heap, word, seen);
}

int ChildRun::run() noexcept {
  int signal = child_signal_of(window().load(child_word(record_)));
  const Heap<SharedAccess> heap(window(), this_actor());
  const Scheduler<SharedAccess> scheduler(heap);
  if (scheduler.expects_daemons() && scheduler.is_daemon(record_)) signal = SIGKILL;  // it came too late
  if (signal != 0) {
    asked_ = true;
    return -signal;
  }
  if (!start()) return unforked(errno);
  if (wait() == ChildState::unforked) return unforked(status());
  const int code = finish();
  asked_ = code < 0 && (all_passed_on_ >> -code & 1) != 0;
  if (code < 0 && !asked_)
    log_error("Process '" + record_name(record_) + "' was ended by " + signal_name(-code));
  return code;
}

bool ChildRun::start() noexcept {
  errno = EAGAIN;
  if (fork_server == nullptr || !fork_server->runs()) return false;
  return fork_server->ask(record_, 0);
}

ChildState ChildRun::wait() noexcept {
  const Heap<SharedAccess> heap(window(), this_actor());
  const Address word = child_word(record_);
  for (;;) {
    const Word seen = heap.load(word);
    const ChildState state = child_state_of(seen);
    if (state == ChildState::ended || state == ChildState::unforked || state == ChildState::idle)
      return state;
    if (const int signal = child_signal_of(seen); signal != passed_on_ && state != ChildState::none) {
      if (!fork_server->ask(record_, signal)) {
        window().sleep(1ms);
        continue;
      }
      passed_on_ = signal;
      all_passed_on_ |= std::uint64_t{1} << signal;
    } else if (state == ChildState::blocked && passed_on_ != SIGKILL) {
      wait_while_blocked(heap, word, seen);
    } else {
      sleep_while(heap, word, seen);
    }
  }
}

int ChildRun::finish() noexcept {
  try {
    const Heap<SharedAccess> heap(window(), this_actor());
    const auto member = static_cast<std::uint32_t>(body_word(record_, COHORT_FIELD(RecordBody, member)));
    Reaper(heap, member, body_word(record_, COHORT_FIELD(RecordBody, tidy)) != 0).reap();
    close_pools_of(heap.load(record_field(record_, COHORT_FIELD(RecordLine, id))));
  } catch (const std::exception& error) {  // no memory
    log_error(std::string("what a child has left could not be put in order: ") + error.what());
  }
  const int how = status();
  return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

bool ChildRun::rests() const noexcept {
  return child_state_of(window().load(child_word(record_))) == ChildState::idle;
}

int ChildRun::status() const noexcept { return child_status_of(window().load(child_word(record_))); }

}  // namespace cohort
