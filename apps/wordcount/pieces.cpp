// SPDX-License-Identifier: BSL-1.0
#include "pieces.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "words.hpp"

namespace wordcount {
namespace {

// Below this a task is not worth its start, its own table and its share of the merge.
constexpr std::uint64_t kSmallestTask = 64 * 1024;

/// The first offset at or after `from` that lies inside no word. `from` is at least 1.
std::uint64_t word_end(std::istream& text, std::uint64_t from, std::uint64_t size) {
  text.clear();
  text.seekg(static_cast<std::streamoff>(from - 1));
  for (std::uint64_t at = from - 1; at < size; ++at) {
    const auto byte = text.get();
    const bool inside = byte != std::istream::traits_type::eof() && word_byte(static_cast<char>(byte)) != 0;
    if (!inside) return std::max(at, from);
  }
  return size;
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw std::runtime_error("cannot read '" + path + "': " + reason);
}

}  // namespace

File inspect(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) refuse(path, error.message());
  if (std::filesystem::is_directory(status)) refuse(path, "it is a directory");
  if (!std::filesystem::is_regular_file(status)) refuse(path, "it is no regular file; save its text in one");

  errno = 0;
  std::ifstream text(path, std::ios::binary);
  if (!text) refuse(path, std::generic_category().message(errno));
  const auto size = std::filesystem::file_size(path, error);
  if (error) refuse(path, error.message());
  if (size == 0 && text.get() != std::ifstream::traits_type::eof()) {
    refuse(path, "it reports no size, as the files of /proc do; copy it first");
  }
  return {path, size};
}

std::vector<std::uint64_t> cut_at_word_ends(std::istream& text, std::uint64_t size,
                                            std::uint64_t piece_bytes) {
  std::vector<std::uint64_t> cuts{0};
  while (size - cuts.back() > piece_bytes) {
    const auto cut = word_end(text, cuts.back() + piece_bytes, size);
    if (cut == size) break;
    cuts.push_back(cut);
  }
  if (size > 0) cuts.push_back(size);
  return cuts;
}

std::vector<Task> plan(const std::vector<File>& files, std::size_t tasks) {
  const auto total = std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                                     [](std::uint64_t sum, const File& file) { return sum + file.size; });
  const std::uint64_t task_bytes = std::max(total / std::max<std::size_t>(tasks, 1) + 1, kSmallestTask);

  std::vector<Task> plan;
  std::uint64_t room = 0;  // in the last task
  for (const auto& file : files) {
    std::ifstream text(file.path, std::ios::binary);
    const auto cuts = cut_at_word_ends(text, file.size, task_bytes);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      const auto bytes = cuts[i + 1] - cuts[i];
      if (room < bytes) {
        plan.emplace_back();
        room = std::max(task_bytes, bytes);
      }
      plan.back().push_back({file.path, cuts[i], cuts[i + 1]});
      room -= bytes;
    }
  }
  return plan;
}

}  // namespace wordcount
