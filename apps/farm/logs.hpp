// SPDX-License-Identifier: BSL-1.0
#pragma once

// What tasks write: a file each for stdout and stderr, or one for all.

#include <array>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "settings.hpp"

namespace farm {

/// Where one attempt at a task writes.
class TaskLog {
 public:
  /// Throws std::system_error.
  TaskLog(const Settings& settings, std::uint32_t id);
  ~TaskLog();
  TaskLog(const TaskLog&) = delete;
  TaskLog& operator=(const TaskLog&) = delete;

  int out() const { return descriptors_[0]; }
  int err() const { return descriptors_[1]; }

  /// It has ended. Files in which nothing is, and with failed_only those of a task that succeeded, go. With LogMode::single
  /// the caller is the only one who is here. Throws std::system_error.
  void close(int attempt, bool succeeded);

 private:
  void append(int attempt) const;

  const Settings& settings_;
  std::uint32_t id_;
  std::array<std::string, 2> paths_;
  std::array<int, 2> descriptors_ = {-1, -1};
};

/// The one file of LogMode::single.
std::string single_log(const std::string& folder);

/// A part of a file.
struct Place {
  std::string path;
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
};

using TaskPlaces = std::array<Place, 2>;  // stdout, stderr

/// Where what the last attempts at these tasks wrote is, in whichever kind of log there is. Tasks of which nothing is known
/// are left out.
std::map<std::uint32_t, TaskPlaces> find_logs(const std::string& folder, const std::set<std::uint32_t>& ids);

/// What a farm that was killed has begun to add to the one log is cut off. Throws std::runtime_error, where something else
/// is in it, too.
void repair_single_log(const std::string& folder);

void copy_log(const Place& place, std::ostream& to);

/// The last lines, of stderr where there are any.
std::vector<std::string> last_lines(const TaskPlaces& places, std::size_t count);

/// Where to look: "logs/17.err".
std::string log_path(const Settings& settings, std::uint32_t id);

}  // namespace farm
