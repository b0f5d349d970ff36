// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/shared_access.hpp"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

// Calls piece(size, done) for pieces that do not cross a word's boundary: bytes to the first boundary,
// words, bytes; or halves and quarters of words where these fit, so that an element of 4 or 2 bytes that
// is aligned moves at once.
template <class Piece>
void each_piece(const std::byte* at, std::size_t bytes, Piece piece) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  std::size_t done = 0;
  const auto small = [&](std::size_t until) {
    while (done < until) {
      const std::size_t left = until - done;
      const std::size_t size = (address + done) % 4 == 0 && left >= 4   ? 4
                               : (address + done) % 2 == 0 && left >= 2 ? 2
                                                                        : 1;
      piece(size, done);
      done += size;
    }
  };
  small(std::min<std::size_t>(bytes, (8 - address % 8) % 8));
  for (; bytes - done >= 8; done += 8) piece(8, done);
  small(bytes);
}

}  // namespace

void SharedAccess::read_pieces(std::byte* from, void* to, std::size_t bytes) noexcept {
  auto* target = static_cast<std::byte*>(to);
  each_piece(from, bytes, [=](std::size_t size, std::size_t done) {
    if (size == 8) return read_piece<std::uint64_t>(from + done, target + done);
    if (size == 4) return read_piece<std::uint32_t>(from + done, target + done);
    if (size == 2) return read_piece<std::uint16_t>(from + done, target + done);
    read_piece<std::uint8_t>(from + done, target + done);
  });
}

void SharedAccess::write_pieces(std::byte* to, const void* from, std::size_t bytes) noexcept {
  const auto* source = static_cast<const std::byte*>(from);
  each_piece(to, bytes, [=](std::size_t size, std::size_t done) {
    if (size == 8) return write_piece<std::uint64_t>(to + done, source + done);
    if (size == 4) return write_piece<std::uint32_t>(to + done, source + done);
    if (size == 2) return write_piece<std::uint16_t>(to + done, source + done);
    write_piece<std::uint8_t>(to + done, source + done);
  });
}

void SharedAccess::write_many(Address to, const void* from, std::size_t bytes) const noexcept {
  constexpr std::size_t kFaultBytes = 65536;  // what one fault maps, unless somebody has set it otherwise
  for (std::size_t done = 0; done < bytes;) {
    const Address here = to + done;
    const std::size_t piece = std::min(kFaultBytes - here.bits() % kFaultBytes, bytes - done);
    expect_fill(here);
    write_pieces(at(here), static_cast<const std::byte*>(from) + done, piece);
    done += piece;
  }
}

bool SharedAccess::allow_interrupts() noexcept {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

void SharedAccess::heavy_barrier() const noexcept {
#ifndef COHORT_NO_FENCES
  if (detail::interruptible) {
    // The kernel may be short of memory for a moment; without the barrier nobody may go on.
    while (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) != 0) ::sched_yield();
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
#endif
}

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
