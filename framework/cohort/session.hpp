// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>

#include "cohort/manager.hpp"
#include "cohort/options.hpp"

namespace cohort {

class Runtime;

/// SPMD style: every rank makes one, all run the same code, and meet in join(). One per program.
class Session {
 public:
  /// Collective. Starts MPI unless the program has. Takes Cohort's part of the environment over options.
  /// Throws LaunchError on every rank, after rank 0 has written its text to stderr, where the job cannot
  /// start as it was launched.
  Session(int& argc, char**& argv, Options options = {});
  /// Collective; joins. While an exception passes through, it ends the job with a message instead: the
  /// other ranks would wait for ever.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int rank() const;
  int size() const;
  /// Rank 0: the manager, which holds all shared objects.
  bool is_manager() const;
  Manager& manager();

  /// Collective; blocks. The barrier: returns when every rank is here and no Process is left. Meanwhile
  /// this rank runs Processes. What any rank or Process did before is visible to all after it.
  void join();

 private:
  std::unique_ptr<Runtime> runtime_;
};

/// The running session's manager, from anywhere on any rank. Throws UsageError where there is none.
Manager& manager();

/// How many cores the ranks of this job may use: their affinity masks together, and the cgroup's quota.
/// Without a session, those of this process. Python: len(os.sched_getaffinity(0)).
int cpu_count();

namespace detail {
int run(int& argc, char**& argv, const std::function<int(Manager&)>& body, Options options);
}

/// Runs a whole program: `body(manager)` or `body()` on rank 0, while the other ranks run the Processes
/// that it starts. Collective. Returns main's return value: what body returned (0 for void; 1 where that is not in
/// 0 to 255), 1 where it threw or the job could not start, and 1 where a Process failed and nobody looked.
/// Python: `if __name__ == '__main__':`.
template <class Body>
  requires std::invocable<Body&, Manager&> || std::invocable<Body&>
int run(int& argc, char**& argv, Body body, Options options = {}) {
  return detail::run(
      argc, argv,
      [&body](Manager& manager) -> int {
        const auto call = [&]() -> decltype(auto) {
          if constexpr (std::invocable<Body&, Manager&>) {
            return body(manager);
          } else {
            return body();
          }
        };
        if constexpr (std::is_void_v<decltype(call())>) {
          call();
          return 0;
        } else {
          return call();
        }
      },
      std::move(options));
}

}  // namespace cohort
