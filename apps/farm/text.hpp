// SPDX-License-Identifier: BSL-1.0
#pragma once

// Small languages of a command line: times, sizes, words for a shell; and a hash by which a command is known again.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace farm {

using Seconds = std::chrono::duration<double>;

/// 90, 90s, 15m, 2h, 1h30m, 55:00, 1:30:00, 1-12:00:00. Throws std::invalid_argument.
Seconds parse_duration(std::string_view text);
/// 512, 512K, 20M, 2G (powers of 1024). Throws std::invalid_argument.
std::uint64_t parse_bytes(std::string_view text);

/// "0.4 s", "59 s", "3:07", "2:03:07".
std::string duration_text(Seconds duration);
/// "12 K", "1.4 G".
std::string bytes_text(std::uint64_t bytes);

/// One word for sh, whatever is in it.
std::string shell_quoted(std::string_view word);

/// 16 hexadecimal digits: CRC-64 (ECMA-182).
std::string hash_text(std::string_view text);

}  // namespace farm
