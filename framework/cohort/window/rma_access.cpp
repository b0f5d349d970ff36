// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/rma_access.hpp"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <climits>
#include <thread>

#include "cohort/window/mpi_check.hpp"
#include "cohort/window/window.hpp"

namespace cohort {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t fetch_and_op(Address a, std::uint64_t value, MPI_Op op) {
  std::uint64_t before = 0;
  const auto where = static_cast<MPI_Aint>(a.offset());
  MPI_Win window = Window::mpi_window();
  check_mpi(MPI_Fetch_and_op(&value, &before, MPI_UINT64_T, a.rank(), where, op, window), "MPI_Fetch_and_op");
  check_mpi(MPI_Win_flush(a.rank(), window), "MPI_Win_flush");
  return before;
}

// MPI counts are ints: longer transfers go in pieces.
template <class Transfer>
void in_pieces(std::size_t bytes, Transfer transfer) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t piece = std::min(bytes - done, kPiece);
    transfer(done, static_cast<int>(piece));
    done += piece;
  }
}

}  // namespace

std::uint64_t RmaAccess::load(Address a) const { return fetch_and_op(a, 0, MPI_NO_OP); }
void RmaAccess::store(Address a, std::uint64_t value) const { fetch_and_op(a, value, MPI_REPLACE); }
std::uint64_t RmaAccess::exchange(Address a, std::uint64_t value) const {
  return fetch_and_op(a, value, MPI_REPLACE);
}
std::uint64_t RmaAccess::fetch_add(Address a, std::uint64_t value) const {
  return fetch_and_op(a, value, MPI_SUM);
}

bool RmaAccess::compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
  std::uint64_t before = 0;
  const auto where = static_cast<MPI_Aint>(a.offset());
  MPI_Win window = Window::mpi_window();
  check_mpi(MPI_Compare_and_swap(&desired, &expected, &before, MPI_UINT64_T, a.rank(), where, window),
            "MPI_Compare_and_swap");
  check_mpi(MPI_Win_flush(a.rank(), window), "MPI_Win_flush");
  const bool swapped = before == expected;
  expected = before;
  return swapped;
}

void RmaAccess::read(Address from, void* to, std::size_t bytes) const {
  MPI_Win window = Window::mpi_window();
  in_pieces(bytes, [&](std::size_t done, int count) {
    check_mpi(MPI_Get(static_cast<std::byte*>(to) + done, count, MPI_BYTE, from.rank(),
                      static_cast<MPI_Aint>(from.offset() + done), count, MPI_BYTE, window),
              "MPI_Get");
  });
  check_mpi(MPI_Win_flush(from.rank(), window), "MPI_Win_flush");
}

void RmaAccess::write(Address to, const void* from, std::size_t bytes) const {
  MPI_Win window = Window::mpi_window();
  in_pieces(bytes, [&](std::size_t done, int count) {
    check_mpi(MPI_Put(static_cast<const std::byte*>(from) + done, count, MPI_BYTE, to.rank(),
                      static_cast<MPI_Aint>(to.offset() + done), count, MPI_BYTE, window),
              "MPI_Put");
  });
  check_mpi(MPI_Win_flush(to.rank(), window), "MPI_Win_flush");
}

void RmaAccess::wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const {
  using namespace std::chrono_literals;
  const auto start = Clock::now();
  for (std::chrono::nanoseconds nap = 20us; static_cast<std::uint32_t>(load(a)) == expected;
       nap = std::min<std::chrono::nanoseconds>(nap * 2, 1ms)) {
    if (timeout.count() >= 0 && Clock::now() - start >= timeout) return;
    sleep(nap);
  }
}

void RmaAccess::pause() const noexcept { ::sched_yield(); }
void RmaAccess::sleep(std::chrono::nanoseconds duration) const noexcept {
  std::this_thread::sleep_for(duration);
}

}  // namespace cohort
