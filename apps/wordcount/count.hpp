// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pieces.hpp"
#include "words.hpp"

namespace wordcount {

/// Counts the words of a text that arrives in blocks, cut anywhere.
class WordCounter {
 public:
  void feed(std::string_view block);
  /// Ends the text: a word that the last block left open is counted.
  void finish();
  const Table& table() const { return table_; }
  Table take() && { return std::move(table_); }

 private:
  Table table_;
  std::string word_;  // the open one, lowered
};

/// Feeds a piece to the counter and finishes it. Throws std::runtime_error where the file has become
/// unreadable or shorter since it was inspected.
void count_piece(const Piece& piece, WordCounter& counter);

/// What is printed.
struct Summary {
  long words = 0;
  long distinct = 0;
  std::vector<Count> top;  ///< most frequent first, equals in the order of their bytes
};

/// Sorts the `top` most frequent words to the front and cuts off the rest.
void keep_top(std::vector<Count>& words, std::size_t top);

Summary summarize(const Table& table, std::size_t top);

}  // namespace wordcount
