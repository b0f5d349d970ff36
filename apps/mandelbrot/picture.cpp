// SPDX-License-Identifier: BSL-1.0
#include "picture.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "png.hpp"

namespace mandelbrot {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw std::runtime_error("cannot write '" + path + "': " + reason);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, Close>;

OpenFile open(const std::string& path, const char* mode) {
  OpenFile file(std::fopen(path.c_str(), mode));
  if (!file) fail(path, std::generic_category().message(errno));
  return file;
}

}  // namespace

Picture::Picture(int width, int height)
    : width_(width),
      height_(height),
      rgb_(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void Picture::set_row(int y, std::span<const std::uint8_t> rgb) {
  const std::size_t row = 3 * static_cast<std::size_t>(width_);
  if (y < 0 || y >= height_)
    throw std::out_of_range("row " + std::to_string(y) + " of " + std::to_string(height_));
  if (rgb.size() != row)
    throw std::invalid_argument("a row of " + std::to_string(rgb.size()) + " B instead of " +
                                std::to_string(row));
  std::copy(rgb.begin(), rgb.end(),
            rgb_.begin() + static_cast<std::ptrdiff_t>(row * static_cast<std::size_t>(y)));
}

void Picture::write_png(const std::string& path) const {
  ::write_png(path, static_cast<std::size_t>(width_), static_cast<std::size_t>(height_), rgb_);
}

void require_writable(const std::string& path) {
  const bool existed = std::filesystem::exists(path);
  open(path, "ab");
  std::error_code ignored;
  if (!existed) std::filesystem::remove(path, ignored);
}

}  // namespace mandelbrot
