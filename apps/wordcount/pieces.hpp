// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/serialization/string.hpp>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace wordcount {

/// The bytes [begin, end) of a file. No word crosses either end.
struct Piece {
  std::string path;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& path& begin& end;
  }
};

/// What one Process counts: one piece of a large file, or several small files.
using Task = std::vector<Piece>;

/// An input file, looked at once before any work begins.
struct File {
  std::string path;
  std::uint64_t size = 0;
};

/// Looks at a file. Throws std::runtime_error, naming the file and the reason, unless it can be read and has
/// a size to split by; directories and pipes have none.
File inspect(const std::string& path);

/// Where to cut a text of `size` bytes: 0, then the first word end at or after each `piece_bytes` further on,
/// then `size`. A text of 0 bytes gives {0}. Reads only the words around the cuts. `piece_bytes` is at
/// least 1.
std::vector<std::uint64_t> cut_at_word_ends(std::istream& text, std::uint64_t size,
                                            std::uint64_t piece_bytes);

/// Shares the bytes of all files out to about `tasks` tasks of equal size. Empty files get none.
std::vector<Task> plan(const std::vector<File>& files, std::size_t tasks);

}  // namespace wordcount
