// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

namespace farm {

/// With all that is in it, folders that nobody may write to as well. What cannot be removed stays.
void remove_tree(const std::string& path) noexcept;

/// The one of a rank's tasks, one after the other. It stays where a task leaves nothing in it: to make and to remove one
/// costs as much as a quarter of a small task.
class TemporaryFolder {
 public:
  /// Throws std::system_error.
  explicit TemporaryFolder(std::string path) : first_(std::move(path)), path_(first_) { make_empty(); }
  ~TemporaryFolder() { remove_tree(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Whatever has been done to it, it is there and empty, or another one is. Throws std::system_error.
  void make_empty();
  /// What a task has left in it goes.
  void clean() noexcept;
  const std::string& path() const { return path_; }

 private:
  bool is_as_made() const noexcept;

  std::string first_;
  std::string path_;
  mode_t mode_ = 0;
};

}  // namespace farm
