// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::mpi {
class communicator;
}

namespace cohort {

/// MPI from its start to its end, and what the ranks agree on through it before there is a window.
/// One per program. The functions that gather, agree, broadcast or wait are collective.
class Launch {
 public:
  /// Starts MPI with the settings that this version of Open MPI needs, unless the program has.
  /// Throws LaunchError where MPI has no thread support.
  Launch(int& argc, char**& argv);
  /// Ends MPI, if this started it.
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  /// All ranks can map each other's memory.
  bool one_node() const noexcept { return one_node_; }
  /// This Open MPI has a one-sided component that crashes, and nothing has kept it from being chosen.
  bool rma_crashes() const;
  /// How many threads MPI has made in this process; none: nobody knows, as others may have made some as well.
  std::optional<int> mpi_threads() const noexcept { return mpi_threads_; }
  /// Cores that the ranks of this job may use together: their affinity masks, the cgroup's quota.
  int cores() const noexcept { return cores_; }

  /// Every rank's text, by rank.
  std::vector<std::string> gather(const std::string& text) const;
  /// Where a rank has a problem: rank 0 writes the first one to stderr, then every rank throws it as a
  /// LaunchError.
  void agree(const std::string& problem) const;
  /// Rank 0's text.
  std::string broadcast(std::string text) const;
  void barrier() const;

  /// A communicator of Cohort's own, apart from the program's.
  const boost::mpi::communicator& communicator() const noexcept { return *communicator_; }

  /// Ends the whole job at once.
  [[noreturn]] static void abort(int code) noexcept;

 private:
  std::unique_ptr<boost::mpi::communicator> communicator_;
  int rank_ = 0;
  int size_ = 1;
  int cores_ = 1;
  bool one_node_ = true;
  std::optional<int> mpi_threads_;
  bool started_here_ = false;
};

}  // namespace cohort
