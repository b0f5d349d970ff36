// SPDX-License-Identifier: BSL-1.0
#include "faults/failing_calls.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace cohort::test {
namespace {

constexpr std::array kNames = {
    "none",    "futex_wait", "membarrier", "populate", "mmap", "fork", "socketpair", "send",  "recv",  "poll",
    "waitpid", "signalfd",   "eventfd",    "thread",   "open", "read", "write",      "fsync", "rename"};
static_assert(kNames.size() == static_cast<std::size_t>(Call::count));

struct Plan {
  std::atomic<Call> call;
  std::atomic<Failing::Which> which;
  std::atomic<std::uint64_t> at;
  std::atomic<int> error;
  std::atomic<std::uint64_t> since;  // calls
  std::atomic<std::uint64_t> hits;
};
Plan* the_plan = nullptr;

void begin(Call call, std::uint64_t at, int error, Failing::Which which) {
  the_plan->at = at;
  the_plan->error = error;
  the_plan->which = which;
  the_plan->since = 0;
  the_plan->hits = 0;
  the_plan->call = call;
}

// Before main, so that all that is forked later has it.
[[gnu::constructor]] void make_plan() {
  void* memory = ::mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  the_plan = new (memory) Plan{};
  const char* asked = std::getenv("COHORT_TEST_FAILURE");
  if (asked == nullptr) return;
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  if (rank != nullptr && std::string(rank) != "0") return;
  std::array<char, 20> name = {};
  std::array<char, 2> from = {};
  unsigned at = 0;
  int error = 0;
  if (std::sscanf(asked, "%19[a-z_]:%u%1[+:]%*[:]%d", name.data(), &at, from.data(), &error) < 4 &&
      std::sscanf(asked, "%19[a-z_]:%u%1[:]%d", name.data(), &at, from.data(), &error) < 4)
    std::abort();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (std::string(name.data()) == kNames[i])
      begin(static_cast<Call>(i), at, error, from[0] == '+' ? Failing::Which::from : Failing::Which::once);
  }
}

// True: it is to fail, and errno says how.
bool fails(Call call) {
  if (the_plan == nullptr) return false;
  if (the_plan->call.load() != call) return false;
  const std::uint64_t number = ++the_plan->since;
  const std::uint64_t at = the_plan->at.load();
  const Failing::Which which = the_plan->which.load();
  const bool hit = which == Failing::Which::once   ? number == at
                   : which == Failing::Which::each ? number % at == 0
                                                   : number >= at;
  if (!hit) return false;
  ++the_plan->hits;
  errno = the_plan->error.load();
  return true;
}

}  // namespace

Failing::Failing(Call call, std::uint64_t at, int error, Which which) { begin(call, at, error, which); }
Failing::~Failing() { the_plan->call = Call::none; }
std::uint64_t Failing::hits() const { return the_plan->hits; }

Spared::Spared() : failing_(the_plan->call.exchange(Call::none)) {}
Spared::~Spared() { the_plan->call = failing_; }

}  // namespace cohort::test

using cohort::test::Call;
using cohort::test::fails;

// NOLINTBEGIN: the names are the linker's, and these functions' own.
#define COHORT_TEST_WRAP(result, name, call, parameters, ...) \
  extern "C" result __real_##name parameters;                 \
  extern "C" result __wrap_##name parameters {                \
    if (fails(Call::call)) return -1;                         \
    return __real_##name(__VA_ARGS__);                        \
  }

COHORT_TEST_WRAP(pid_t, fork, fork, (), )
COHORT_TEST_WRAP(int, socketpair, socketpair, (int d, int t, int p, int* s), d, t, p, s)
COHORT_TEST_WRAP(ssize_t, send, send, (int s, const void* b, size_t n, int f), s, b, n, f)
COHORT_TEST_WRAP(ssize_t, recv, recv, (int s, void* b, size_t n, int f), s, b, n, f)
COHORT_TEST_WRAP(int, poll, poll, (pollfd * p, nfds_t n, int t), p, n, t)
COHORT_TEST_WRAP(pid_t, waitpid, waitpid, (pid_t p, int* s, int o), p, s, o)
COHORT_TEST_WRAP(int, signalfd, signalfd, (int d, const sigset_t* m, int f), d, m, f)
COHORT_TEST_WRAP(int, eventfd, eventfd, (unsigned v, int f), v, f)
COHORT_TEST_WRAP(ssize_t, read, read, (int d, void* b, size_t n), d, b, n)
COHORT_TEST_WRAP(ssize_t, write, write, (int d, const void* b, size_t n), d, b, n)
COHORT_TEST_WRAP(int, fsync, fsync, (int d), d)
COHORT_TEST_WRAP(int, rename, rename, (const char* a, const char* b), a, b)

extern "C" int __real_madvise(void* a, size_t n, int what);
extern "C" int __wrap_madvise(void* a, size_t n, int what) {
  if (what == MADV_POPULATE_WRITE && fails(Call::populate)) return -1;
  return __real_madvise(a, n, what);
}

extern "C" void* __real_mmap(void* a, size_t n, int p, int f, int d, off_t o);
extern "C" void* __wrap_mmap(void* a, size_t n, int p, int f, int d, off_t o) {
  return fails(Call::mmap) ? MAP_FAILED : __real_mmap(a, n, p, f, d, o);
}

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(Call::open) ? -1 : __real_open(path, flags, mode);
}

extern "C" long __real_syscall(long number, ...);
extern "C" long __wrap_syscall(long number, ...) {
  std::array<long, 6> arguments = {};
  va_list more;
  va_start(more, number);
  for (long& argument : arguments) argument = va_arg(more, long);
  va_end(more);
  const auto [a, b, c, d, e, f] = arguments;
  if (number == SYS_futex && (b & FUTEX_CMD_MASK) == FUTEX_WAIT && fails(Call::futex_wait)) return -1;
  if (number == SYS_membarrier && fails(Call::membarrier)) return -1;
  return __real_syscall(number, a, b, c, d, e, f);
}

// std::thread's, with a std::unique_ptr, which is passed by its address.
#define COHORT_TEST_START_THREAD(prefix) \
  prefix##_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE
extern "C" void COHORT_TEST_START_THREAD(__real_)(void* self, void* state, void (*depend)());
extern "C" void COHORT_TEST_START_THREAD(__wrap_)(void* self, void* state, void (*depend)()) {
  if (fails(Call::thread)) throw std::system_error(errno, std::generic_category());
  COHORT_TEST_START_THREAD(__real_)(self, state, depend);
}
// NOLINTEND
