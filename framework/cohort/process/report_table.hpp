// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "cohort/process/rank_times.hpp"

namespace cohort {

/// What a person reads at the end of a run, a line for each rank; its time is that of rank 0:
///
///     cohort: report of 2 ranks, 1.98 s
///     rank  tasks     busy     main  waiting  for what
///        0    512   97.1 %    0.5 %    2.4 %  future 2.1 %, queue get 0.3 %
std::string report_table(const std::vector<RankReport>& ranks);

}  // namespace cohort
