// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// Writes an image: rows from the top, three bytes a pixel (red, green, blue).
/// Throws std::runtime_error with path and reason, std::invalid_argument where `rgb` has another size.
void write_png(const std::string& path, std::size_t width, std::size_t height,
               std::span<const std::uint8_t> rgb);
