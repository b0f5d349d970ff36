// SPDX-License-Identifier: BSL-1.0
#include "count.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace wordcount {
namespace {

constexpr std::uint64_t kBlock = 256 * 1024;

/// The order of the report: most frequent first, equals in the order of their bytes.
constexpr auto before = [](const auto& a, const auto& b) {
  return a.second != b.second ? a.second > b.second : a.first < b.first;
};

}  // namespace

void WordCounter::feed(std::string_view block) {
  for (const char c : block) {
    if (const char lowered = word_byte(c)) {
      word_.push_back(lowered);
    } else if (!word_.empty()) {
      ++table_[word_];
      word_.clear();
    }
  }
}

void WordCounter::finish() {
  if (!word_.empty()) ++table_[word_];
  word_.clear();
}

void count_piece(const Piece& piece, WordCounter& counter) {
  errno = 0;
  std::ifstream text(piece.path, std::ios::binary);
  if (!text)
    throw std::runtime_error("cannot read '" + piece.path + "': " + std::generic_category().message(errno));
  text.seekg(static_cast<std::streamoff>(piece.begin));
  std::vector<char> block(static_cast<std::size_t>(std::min(kBlock, piece.end - piece.begin)));
  for (auto at = piece.begin; at < piece.end;) {
    const auto wanted = std::min<std::uint64_t>(block.size(), piece.end - at);
    if (!text.read(block.data(), static_cast<std::streamsize>(wanted))) {
      throw std::runtime_error("'" + piece.path + "' ended at byte " +
                               std::to_string(at + static_cast<std::uint64_t>(text.gcount())) +
                               " instead of " + std::to_string(piece.end) +
                               ": it was shortened while it was read");
    }
    counter.feed({block.data(), static_cast<std::size_t>(wanted)});
    at += wanted;
  }
  counter.finish();
}

void keep_top(std::vector<Count>& words, std::size_t top) {
  const auto kept = std::min(top, words.size());
  std::partial_sort(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(kept), words.end(), before);
  words.resize(kept);
}

Summary summarize(const Table& table, std::size_t top) {
  Summary summary;
  summary.distinct = static_cast<long>(table.size());
  // The words stay where they are: a table may hold millions, of which ten are wanted.
  std::vector<const Table::value_type*> entries;
  entries.reserve(table.size());
  for (const auto& entry : table) {
    summary.words += entry.second;
    entries.push_back(&entry);
  }
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(top, entries.size()));
  std::partial_sort(entries.begin(), end, entries.end(),
                    [](const auto* a, const auto* b) { return before(*a, *b); });
  for (auto entry = entries.begin(); entry != end; ++entry) summary.top.emplace_back(**entry);
  return summary;
}

}  // namespace wordcount
