// SPDX-License-Identifier: BSL-1.0
#pragma once

// The ranks' part, in two waves of Processes.
//
//   count   one Process a task: counts its pieces in a table of its own, sorts the words into shards by their
//   hash, and
//           extends each shared shard once
//   merge   one Process a shard: adds up the counts of each word, all of which lie in this shard
//
// So no rank ever holds the whole text, and no rank merges everything.

#include <cohort/cohort.hpp>
#include <cstddef>
#include <vector>

#include "count.hpp"
#include "pieces.hpp"
#include "words.hpp"

namespace wordcount {

/// The words whose hash falls to this shard, once for each task that met them.
using Shard = cohort::List<Count>;

struct Counted {
  Summary summary;
  std::vector<Shard> shards;
  std::size_t tasks = 0;
};

/// Counts the files on all ranks. Throws cohort::ProcessError where a Process failed.
Counted count_parallel(cohort::Manager& manager, const std::vector<File>& files, std::size_t top);

/// Every word with its count, in one table: as large as the serial one. For --check.
Table collect(const std::vector<Shard>& shards);

}  // namespace wordcount
