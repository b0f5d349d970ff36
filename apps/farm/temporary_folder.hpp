// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

namespace farm {

/// With all that is in it, folders that nobody may write to as well. What cannot be removed stays.
void remove_tree(const std::string& path) noexcept;

/// One task's, while it runs.
class TemporaryFolder {
 public:
  /// In the folder of all. Throws std::system_error.
  TemporaryFolder(const std::string& all, std::uint32_t id);
  ~TemporaryFolder() { remove_tree(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace farm
