// SPDX-License-Identifier: BSL-1.0
#include "temporary_folder.hpp"

#include <filesystem>
#include <system_error>

namespace farm {

namespace fs = std::filesystem;

void remove_tree(const std::string& path) noexcept {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return;
  try {
    for (fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied), end;
         at != end; ++at) {
      if (at->is_directory() && !at->is_symlink())
        fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, error);
    }
    fs::remove_all(path, error);
  } catch (const std::exception&) {  // it stays
  }
}

TemporaryFolder::TemporaryFolder(const std::string& all, std::uint32_t id)
    : path_(all + "/" + std::to_string(id)) {
  fs::create_directories(path_);
}

}  // namespace farm
