// SPDX-License-Identifier: BSL-1.0
#include "plate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace heat {
namespace {

// Letters of seven rows by five columns, a column between two of them.
constexpr std::array<std::string_view, 7> kLetters{".###. .###. #...# .###. ####. #####",  //
                                                   "#...# #...# #...# #...# #...# ..#..",  //
                                                   "#.... #...# #...# #...# #...# ..#..",  //
                                                   "#.... #...# ##### #...# ####. ..#..",  //
                                                   "#.... #...# #...# #...# #.#.. ..#..",  //
                                                   "#...# #...# #...# #...# #..#. ..#..",  //
                                                   ".###. .###. #...# .###. #...# ..#.."};
constexpr std::size_t kColumns = kLetters[0].size();
constexpr std::size_t kMargin = 3;  // on each side, in columns

}  // namespace

Plate::Plate(std::size_t width, std::size_t height) : width_(width), height_(height), held_(height) {
  const auto unit = std::min(width / (kColumns + 2 * kMargin), height / (kLetters.size() + 2 * kMargin));
  if (unit == 0) {  // no room for letters: one hot cell
    held_[height / 2] = {{width / 2, width / 2 + 1}};
    return;
  }
  const auto left = (width - unit * kColumns) / 2;
  const auto top = (height - unit * kLetters.size()) / 2;
  for (std::size_t y = 0; y < unit * kLetters.size(); ++y) {
    const auto letters = kLetters[y / unit];
    for (std::size_t x = 0; x < letters.size(); ++x)
      if (letters[x] == '#') held_[top + y].push_back({left + x * unit, left + (x + 1) * unit});
  }
}

void Plate::hold(std::size_t y, std::span<double> row) const {
  for (const auto& [first, last] : held_[y])
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(first),
              row.begin() + static_cast<std::ptrdiff_t>(last), 1.0);
}

}  // namespace heat
