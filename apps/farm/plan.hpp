// SPDX-License-Identifier: BSL-1.0
#pragma once

// What is left to do of a list, by what its journal says.

#include <span>

#include "journal.hpp"
#include "task_list.hpp"

namespace farm {

enum class Fate : std::uint8_t { remaining, failed, done };

/// What became of one task so far.
struct Story {
  Fate fate = Fate::remaining;
  int attempts = 0;  // that count
};

/// By id - 1. Throws BadJournal where the journal is of another list, with the difference and what to do about it.
std::vector<Story> stories_of(std::span<const Task> tasks, const JournalContent& journal,
                              const std::string& path);

/// The records of tasks that have the same command in this list, under the numbers that these have here. Of equal commands
/// those keep theirs that stand where they stood; else the first takes the first.
std::vector<Record> carried_over(std::span<const Task> tasks, const JournalContent& journal);

/// The last record of each task, and of those that succeeded the one that says so.
std::vector<Record> compacted(const std::vector<Record>& records);

}  // namespace farm
