// SPDX-License-Identifier: BSL-1.0
// Memory that a List<long> takes: growth of the shared pages of rank 0 (RssShmem), which alone fills it, in
// MB. list_memory append|extend [count]

#include <cohort/cohort.hpp>

#include <fstream>
#include <string>

#include "common/bulk.hpp"

namespace {

/// Shared pages this process has touched, in kB, as the kernel counts them.
double shared_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssShmem:", 0) == 0) return std::stod(line.substr(9));
  }
  throw std::runtime_error("/proc/self/status has no RssShmem");
}

}  // namespace

int main(int argc, char** argv) {
  const bool append = bench::word_argument(argc, argv, 1, {"append", "extend"}) == "append";
  const std::size_t count = bench::number_argument(argc, argv, 2, 10'000'000);
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    const double before = shared_kilobytes();
    auto list = manager.list<long>();
    if (append) {
      for (std::size_t i = 0; i < count; ++i) list.append(static_cast<long>(i));
    } else {
      list.extend(bench::bulk_source(count));
    }
    const double after = shared_kilobytes();
    bench::require(list.size() == count, "elements were lost");
    bench::print({{"megabytes", (after - before) * 1024 / 1e6}});
  });
}
