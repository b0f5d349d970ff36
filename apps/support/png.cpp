// SPDX-License-Identifier: BSL-1.0
#include "png.hpp"

#include <png.h>

#include <stdexcept>

void write_png(const std::string& path, std::size_t width, std::size_t height,
               std::span<const std::uint8_t> rgb) {
  if (rgb.size() != width * height * 3) {
    throw std::invalid_argument("'" + path + "': an image of " + std::to_string(width) + " x " +
                                std::to_string(height) + " does not have " + std::to_string(rgb.size()) +
                                " bytes");
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr) == 0)
    throw std::runtime_error("cannot write '" + path + "': " + image.message);
}
