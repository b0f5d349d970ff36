// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mandelbrot {

/// Rows of red, green and blue bytes, black at first.
class Picture {
 public:
  Picture(int width, int height);
  /// Row y, counted from the top. Throws std::out_of_range, and std::invalid_argument where rgb is not one row.
  void set_row(int y, std::span<const std::uint8_t> rgb);
  /// Throws std::runtime_error with the file's name and the reason.
  void write_png(const std::string& path) const;

 private:
  int width_;
  int height_;
  std::vector<std::uint8_t> rgb_;
};

/// Finds out before hours of computing whether the file can be written. Throws as write_png does; leaves an old file
/// as it is, and no new one.
void require_writable(const std::string& path);

}  // namespace mandelbrot
