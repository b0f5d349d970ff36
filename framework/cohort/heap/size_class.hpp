// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cohort/heap/layout.hpp"

namespace cohort {

// Blocks of a span: {tag | payload}. Sizes with the tag: steps of 16 bytes up to 128, then four to a
// doubling, so that at most a fifth of a block is left over.
inline constexpr std::size_t kTagBytes = sizeof(Word);

constexpr std::uint32_t class_of(std::size_t block_bytes) {
  if (block_bytes <= 128)
    return static_cast<std::uint32_t>((std::max<std::size_t>(block_bytes, 32) + 15) / 16 - 2);
  const auto doubling = static_cast<int>(std::bit_width(block_bytes - 1)) - 1;
  const auto quarter = ((block_bytes - 1) >> (doubling - 2)) & 3;
  return static_cast<std::uint32_t>(7 + (doubling - 7) * 4) + static_cast<std::uint32_t>(quarter);
}

constexpr std::size_t class_bytes(std::uint32_t size_class) {
  if (size_class == kObjectClass) return kObjectBytes;
  if (size_class < 7) return (size_class + 2) * 16;
  const auto doubling = 7 + (size_class - 7) / 4;
  return (4 + (size_class - 7) % 4 + 1) << (doubling - 2);
}

/// How many blocks move between a magazine and its class list at once.
constexpr std::uint32_t batch_blocks(std::uint32_t size_class) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(16384 / class_bytes(size_class), 2, 64));
}

static_assert(class_of(kLargestSmall) == 30 && class_bytes(30) == kLargestSmall);
static_assert(class_of(129) == 7 && class_bytes(7) == 160 && class_of(161) == 8 &&
              class_bytes(class_of(256)) == 256);

}  // namespace cohort
