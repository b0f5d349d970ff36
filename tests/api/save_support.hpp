// SPDX-License-Identifier: BSL-1.0
// What the tests of save() and load() have in common: a folder of rank 0 for their files.
#pragma once

#include "process/process_support.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cohort::test {

class Save : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cohort_save_" + std::to_string(::getpid()));
    if (is_manager()) std::filesystem::create_directory(folder_);
  }
  void TearDown() override {
    if (is_manager()) std::filesystem::remove_all(folder_);
  }
  std::string path(const std::string& name) const { return folder_ / name; }

  std::filesystem::path folder_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace cohort::test
