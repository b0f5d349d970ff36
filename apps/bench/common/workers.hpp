// SPDX-License-Identifier: BSL-1.0
#pragma once

// The peers' workers: forked processes or threads, each on a core of its own where BENCH_CPUS names enough of
// them, as mpirun gives each of two ranks a core of its own.

#include <functional>

#include "gate.hpp"

namespace bench {

using Work = std::function<void(Gate&)>;

/// Ties the calling thread to the rank-th of the CPUs in BENCH_CPUS ("0,1"); with fewer CPUs than workers
/// nobody is tied.
void pin_worker(int rank, int size);

/// Forks `count` processes that run `work`, and waits for them. Throws where one of them failed.
void run_processes(int count, const Work& work);

/// The same with threads of this process.
void run_threads(int count, const Work& work);

}  // namespace bench
