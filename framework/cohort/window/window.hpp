// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>

#include "cohort/options.hpp"

struct ompi_win_t;  // what MPI_Win points at

namespace cohort {

class Launch;

/// The memory on rank 0 that all ranks share, as an MPI window. It is sparse: `bytes` of address space
/// cost nothing until they are touched. A job has one, reached one way for its whole life: atomics of
/// MPI and of the processor on the same word would lose updates.
class Window {
 public:
  /// Collective. Throws LaunchError, on every rank and before anything is allocated, where rank 0's
  /// machine has not `bytes` free; `bytes` 0 takes the default.
  Window(const Launch& launch, WindowKind kind, std::size_t bytes);
  /// Collective.
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  bool shared() const noexcept { return shared_; }
  /// Where the window begins in this process; null over RMA. Aligned to a page.
  std::byte* base() const noexcept { return base_; }
  std::size_t size() const noexcept { return size_; }

  /// The MPI_Win of this process's window, for RmaAccess.
  static ompi_win_t* mpi_window() noexcept;

 private:
  void map_shared(const Launch& launch);
  void allocate_rma(const Launch& launch);

  bool shared_ = false;
  bool mapped_here_ = false;
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cohort
