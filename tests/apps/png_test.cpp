// SPDX-License-Identifier: BSL-1.0
#include "png.hpp"

#include <gtest/gtest.h>
#include <png.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string refusal(const std::string& path, std::size_t bytes) {
  try {
    write_png(path, 2, 2, std::vector<std::uint8_t>(bytes));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Png, ReadsBackAsItWasWritten) {
  const auto path = std::filesystem::temp_directory_path() / ("png_test_" + std::to_string(::getpid()));
  constexpr std::size_t kWidth = 7;
  constexpr std::size_t kHeight = 3;
  std::vector<std::uint8_t> rgb(kWidth * kHeight * 3);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>(i * 37);
  write_png(path.string(), kWidth, kHeight, rgb);

  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&image, path.c_str()), 0) << image.message;
  EXPECT_EQ(image.width, kWidth);
  EXPECT_EQ(image.height, kHeight);
  image.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> read(PNG_IMAGE_SIZE(image));
  ASSERT_NE(png_image_finish_read(&image, nullptr, read.data(), 0, nullptr), 0) << image.message;
  EXPECT_EQ(read, rgb);
  std::filesystem::remove(path);
}

TEST(Png, WhatCannotBeWrittenIsNamedWithTheReason) {
  EXPECT_EQ(refusal("/no/such/folder/image.png", 12),
            "cannot write '/no/such/folder/image.png': No such file or directory");
  EXPECT_EQ(refusal("image.png", 11), "'image.png': an image of 2 x 2 does not have 11 bytes");
}

}  // namespace
