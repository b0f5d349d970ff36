// SPDX-License-Identifier: BSL-1.0
#pragma once

// Before anything runs, in rank 0: reads the list and the journal, and finds out what is to be done.

#include <memory>
#include <variant>

#include "board.hpp"
#include "options.hpp"

namespace farm {

/// A farm that has something to do.
struct Work {
  Settings settings;
  std::vector<Todo> todo;
  std::vector<double> times;         ///< that attempts have taken before
  std::uint64_t before = 0;          ///< tasks that are done
  std::unique_ptr<Journal> journal;  ///< locked
  std::size_t records_before = 0;    ///< that it had
};

/// The exit code, where there is nothing to do, or nothing could be done: it has said why.
std::variant<Work, int> prepare(const Options& options);

/// The records that a farm has added to its journal.
std::vector<Record> added_records(const Work& work);

}  // namespace farm
