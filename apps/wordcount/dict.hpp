// SPDX-License-Identifier: BSL-1.0
#pragma once

// The same count through one shared Dict and a Pool: each task counts its pieces in a table of its own, and then adds
// every word of it to the Dict by one increment. Shorter than the lists; all ranks meet at one object.

#include <cohort/cohort.hpp>
#include <cstddef>
#include <vector>

#include "count.hpp"
#include "pieces.hpp"
#include "words.hpp"

namespace wordcount {

/// Every word and how often it occurs, for all ranks.
using SharedTable = cohort::Dict<std::string, long>;

struct CountedInDict {
  Summary summary;
  SharedTable table;
  std::size_t tasks = 0;
};

/// Counts the files on all ranks. Throws cohort::RemoteError where a task failed.
CountedInDict count_in_dict(cohort::Manager& manager, const std::vector<File>& files, std::size_t top);

/// The Dict in private memory, for --check and the report.
Table collect(const SharedTable& shared);

}  // namespace wordcount
