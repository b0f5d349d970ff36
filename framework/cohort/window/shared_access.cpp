// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/shared_access.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <climits>
#include <ctime>

namespace cohort {
namespace {

timespec to_timespec(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

}  // namespace

void SharedAccess::wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const noexcept {
  static_assert(std::endian::native == std::endian::little, "a futex sleeps on the low half of the word");
  const timespec limit = to_timespec(timeout);
  // Not FUTEX_PRIVATE_FLAG: the sleepers are different processes.
  ::syscall(SYS_futex, at(a), FUTEX_WAIT, expected, timeout.count() < 0 ? nullptr : &limit, nullptr, 0);
}

void SharedAccess::wake(Address a, int count) const noexcept {
  ::syscall(SYS_futex, at(a), FUTEX_WAKE, count, nullptr, nullptr, 0);
}

void SharedAccess::sleep(std::chrono::nanoseconds duration) const noexcept {
  const timespec time = to_timespec(duration);
  ::nanosleep(&time, nullptr);
}

bool SharedAccess::commit(Address a, std::size_t bytes) const noexcept {
  constexpr std::uintptr_t kPage = 4096;
  const auto first = reinterpret_cast<std::uintptr_t>(at(a)) / kPage * kPage;
  const auto last = (reinterpret_cast<std::uintptr_t>(at(a)) + bytes + kPage - 1) / kPage * kPage;
  int result;
  do {  // Touching a page that /dev/shm cannot give is SIGBUS; populating it is an error code.
    result = ::madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
  } while (result != 0 && (errno == EINTR || errno == EAGAIN));
  return result == 0 || errno == EINVAL;  // EINVAL: a kernel before 5.14, which cannot tell beforehand.
}

}  // namespace cohort
