// SPDX-License-Identifier: BSL-1.0
#pragma once

// What a word is. A word is a maximal run of ASCII letters, ASCII digits, and bytes of 0x80 and
// above, with A to Z lowered. The high bytes are those of every non-ASCII character in UTF-8, so
// such characters belong to words and are never cut in two; they are counted as they are written.

#include <array>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace wordcount {

/// A word and how often it occurs.
using Count = std::pair<std::string, long>;
/// Every word of a text.
using Table = std::unordered_map<std::string, long>;

/// Maps each byte to its lower-case form, and the bytes that end a word to 0.
inline constexpr auto kWordBytes = [] {
  std::array<char, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool upper = i >= 'A' && i <= 'Z';
    const bool word = upper || (i >= 'a' && i <= 'z') || (i >= '0' && i <= '9') || i >= 0x80;
    if (word) bytes[i] = static_cast<char>(upper ? i + ('a' - 'A') : i);
  }
  return bytes;
}();

/// The byte as it is counted, 0 where it belongs to no word.
constexpr char word_byte(char c) { return kWordBytes[static_cast<unsigned char>(c)]; }

}  // namespace wordcount
