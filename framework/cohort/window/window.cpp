// SPDX-License-Identifier: BSL-1.0
#include "cohort/window/window.hpp"

#include <mpi.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <boost/mpi/communicator.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "cohort/error.hpp"
#include "cohort/window/cores.hpp"
#include "cohort/window/launch.hpp"
#include "cohort/window/mpi_check.hpp"
#include "cohort/window/shared_access.hpp"

namespace cohort {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSmallest = std::size_t{8} << 20;
constexpr std::size_t kRmaDefault = std::size_t{256} << 20;

MPI_Win the_window = MPI_WIN_NULL;

std::string backing_directory() {
  const char* chosen = std::getenv("OMPI_MCA_osc_sm_backing_directory");
  return chosen != nullptr ? chosen : "/dev/shm";
}

// What the window may take on this machine: free bytes where Open MPI puts it, within the cgroup's limit.
// (A lone rank maps anonymous memory, but the limit is the same for all: a program that fits on one rank
// fits on two.) What MPI itself will still put there stays free.
std::size_t free_bytes(int ranks) {
  struct statvfs disk = {};
  std::size_t free = std::numeric_limits<std::size_t>::max();
  if (::statvfs(backing_directory().c_str(), &disk) == 0) free = disk.f_bavail * disk.f_frsize;
  const std::size_t for_mpi =
      (std::size_t{1} << 20) + static_cast<std::size_t>(ranks) * (std::size_t{64} << 10);
  free -= std::min(free, for_mpi);
  return std::min<std::size_t>(free, cgroup_memory());
}

// Rank 0's answer to "how large": the bytes, or why not.
std::pair<std::size_t, std::string> choose_size(bool shared, std::size_t asked, int ranks) {
  const std::size_t free = free_bytes(ranks);
  const std::string where = "on rank 0: " + format_bytes(free) + " are free in " + backing_directory();
  std::size_t bytes = asked;
  if (asked == 0) {
    bytes = free / 2;
    if (!shared) bytes = std::min(bytes, kRmaDefault);
    if (bytes < kSmallest) return {0, "no room for a shared heap " + where + "; make it larger"};
  } else if (asked < kSmallest) {
    return {0, "a heap of " + format_bytes(asked) + " is too small; COHORT_HEAP must be at least " +
                   format_bytes(kSmallest)};
  } else if (asked > free) {
    return {0, "a heap of " + format_bytes(asked) + " does not fit " + where +
                   "; lower COHORT_HEAP or make it larger"};
  }
  return {bytes / kPage * kPage, ""};
}

}  // namespace

ompi_win_t* Window::mpi_window() noexcept { return the_window; }

Window::Window(const Launch& launch, WindowKind kind, std::size_t bytes) {
  launch.agree(kind == WindowKind::shared && !launch.one_node()
                   ? "COHORT_WINDOW=shared needs all ranks on one node; use COHORT_WINDOW=rma"
                   : "");
  shared_ = kind == WindowKind::shared || (kind == WindowKind::automatic && launch.one_node());
  launch.agree(!shared_ && launch.rma_crashes()
                   ? "the one-sided component rdma of this Open MPI crashes (mended in 4.1.5), and a setting "
                     "against it must be there before MPI starts; set OMPI_MCA_osc=^rdma in the environment"
                   : "");
  std::string problem;
  if (launch.rank() == 0) std::tie(size_, problem) = choose_size(shared_, bytes, launch.size());
  launch.agree(problem);
  size_ = std::stoull(launch.broadcast(std::to_string(size_)));
  if (shared_) {
    map_shared(launch);
    const auto allowed = launch.gather(SharedAccess::allow_interrupts() ? "yes" : "no");
    detail::interruptible = std::ranges::count(allowed, "no") == 0;
  } else {
    allocate_rma(launch);
  }
}

void Window::map_shared(const Launch& launch) {
  if (launch.size() == 1) {
    // MPI_Win_allocate_shared gives a lone rank private memory, which a forked child would not share.
    void* memory =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    launch.agree(memory != MAP_FAILED ? ""
                                      : "cannot map " + format_bytes(size_) + ": " + std::strerror(errno) +
                                            "; lower COHORT_HEAP");
    base_ = static_cast<std::byte*>(memory);
    mapped_here_ = true;
    return;
  }
  // Open MPI aligns the base to 8 bytes only: ask for a page more, and start at the next page.
  MPI_Comm comm = launch.communicator();
  void* memory = nullptr;
  const auto asked = launch.rank() == 0 ? static_cast<MPI_Aint>(size_ + kPage) : MPI_Aint{0};
  const int code = MPI_Win_allocate_shared(asked, 1, MPI_INFO_NULL, comm, &memory, &the_window);
  launch.agree(code == MPI_SUCCESS ? "" : "MPI_Win_allocate_shared failed for " + format_bytes(size_));
  check_mpi(MPI_Win_set_errhandler(the_window, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  MPI_Aint bytes = 0;
  int unit = 0;
  check_mpi(MPI_Win_shared_query(the_window, 0, &bytes, &unit, &memory), "MPI_Win_shared_query");
  const auto first = reinterpret_cast<std::uintptr_t>(memory);
  const auto skip = (kPage - first % kPage) % kPage;
  // The same bytes must be skipped everywhere, so the segment must lie alike towards pages in every rank.
  launch.agree(std::to_string(skip) == launch.broadcast(std::to_string(skip))
                   ? ""
                   : "the shared window is mapped at different page offsets in different ranks");
  base_ = static_cast<std::byte*>(memory) + skip;
  check_mpi(MPI_Win_lock_all(MPI_MODE_NOCHECK, the_window), "MPI_Win_lock_all");
}

void Window::allocate_rma(const Launch& launch) {
  MPI_Comm comm = launch.communicator();
  void* memory = nullptr;
  const auto asked = launch.rank() == 0 ? static_cast<MPI_Aint>(size_) : MPI_Aint{0};
  const int code = MPI_Win_allocate(asked, 1, MPI_INFO_NULL, comm, &memory, &the_window);
  launch.agree(code == MPI_SUCCESS
                   ? ""
                   : "MPI_Win_allocate failed; across nodes choose a one-sided component that reaches them, "
                     "for example OMPI_MCA_osc=ucx or OMPI_MCA_osc=pt2pt");
  check_mpi(MPI_Win_set_errhandler(the_window, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  std::string problem;
  if (launch.rank() == 0) {
    // No other rank can give these bytes their pages later, so all get them now.
    const auto first = reinterpret_cast<std::uintptr_t>(memory) / kPage * kPage;
    const auto last = reinterpret_cast<std::uintptr_t>(memory) + size_;
    int result;
    do {
      result = ::madvise(reinterpret_cast<void*>(first), (last - first) / kPage * kPage, MADV_POPULATE_WRITE);
    } while (result != 0 && (errno == EINTR || errno == EAGAIN));
    if (result != 0 && errno != EINVAL) {
      problem = "rank 0 cannot have " + format_bytes(size_) + " at once: " + std::strerror(errno) +
                "; lower COHORT_HEAP";
    } else {
      std::memset(memory, 0, size_);
    }
  }
  launch.agree(problem);
  check_mpi(MPI_Win_lock_all(0, the_window), "MPI_Win_lock_all");
}

Window::~Window() {
  detail::interruptible = false;
  if (the_window != MPI_WIN_NULL) {
    MPI_Win_unlock_all(the_window);
    MPI_Win_free(&the_window);
  }
  if (mapped_here_) ::munmap(base_, size_);
}

}  // namespace cohort
