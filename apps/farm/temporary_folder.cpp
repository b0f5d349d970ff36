// SPDX-License-Identifier: BSL-1.0
#include "temporary_folder.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace farm {

namespace fs = std::filesystem;

void remove_tree(const std::string& path) noexcept {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return;
  try {
    if (fs::is_directory(fs::symlink_status(path)))
      fs::permissions(path, fs::perms::owner_all, fs::perm_options::add);
    for (fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied), end;
         at != end; ++at) {
      if (at->is_directory() && !at->is_symlink())
        fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, error);
    }
    fs::remove_all(path, error);
  } catch (const std::exception&) {  // it stays
  }
}

bool TemporaryFolder::is_as_made() const noexcept {
  struct stat status = {};
  std::error_code error;
  return ::lstat(path_.c_str(), &status) == 0 && status.st_mode == mode_ && fs::is_empty(path_, error) &&
         !error;
}

void TemporaryFolder::clean() noexcept {
  if (!is_as_made()) remove_tree(path_);
}

void TemporaryFolder::make_empty() {
  if (is_as_made()) return;
  remove_tree(path_);
  for (int other = 2; fs::exists(fs::symlink_status(path_)); ++other)  // (a task has made it somebody else's)
    path_ = first_ + "." + std::to_string(other);
  fs::create_directories(path_);
  struct stat status = {};
  if (::lstat(path_.c_str(), &status) == 0) mode_ = status.st_mode;
}

}  // namespace farm
