// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>
#include <png.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "colour.hpp"
#include "fractal.hpp"
#include "picture.hpp"

namespace {

using namespace mandelbrot;

TEST(Fractal, PointsOfTheSetStay) {
  const std::vector<std::complex<double>> inside = {{0, 0}, {-1, 0}, {-2, 0}, {0.25, 0}, {0, 1}, {-0.1, 0.7}};
  for (const auto& c : inside) EXPECT_FALSE(escape(c, 2000)) << c;
}

TEST(Fractal, OthersEscapeLaterTheCloserTheyAre) {
  double last = 0;
  for (const double c : {2.0, 1.0, 0.5, 0.3, 0.26, 0.251}) {
    const auto iterations = escape(c, 2000);
    ASSERT_TRUE(iterations) << c;
    EXPECT_GT(*iterations, last) << c;
    last = *iterations;
  }
  EXPECT_FALSE(escape(0.251, 50));
}

TEST(Fractal, CountsAndColoursHaveNoSteps) {
  double iterations = *escape(0.3, 2000);
  Colour before = colour(iterations);
  for (double c = 0.3; c < 2; c += 0.0001) {
    const double now = *escape(c, 2000);
    EXPECT_NEAR(now, iterations, 0.05) << c;
    const Colour after = colour(now);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_LE(std::abs(after[i] - before[i]), 8) << c;
    iterations = now;
    before = after;
  }
}

TEST(Fractal, LowerHalfMirrorsTheUpperOne) {
  const View view{.width = 40, .height = 30, .center_x = -0.5, .center_y = 0, .scale = 3, .iterations = 100};
  for (int y = 0; y < 15; ++y) EXPECT_EQ(draw_row(view, y), draw_row(view, 29 - y)) << y;
  const auto middle = draw_row(view, 15);
  EXPECT_EQ(middle.size(), 120U);
  EXPECT_EQ(std::count(middle.begin() + 60, middle.begin() + 66, 0), 6) << "black around -0.5";
}

TEST(Fractal, ManySamplesSmoothTheEdge) {
  const auto roughness = [](int samples) {
    const View view{.width = 200, .height = 1, .iterations = 500, .samples = samples};
    const auto row = draw_row(view, 0);
    int sum = 0;
    for (std::size_t i = 3; i < row.size(); ++i) sum += std::abs(row[i] - row[i - 3]);
    return sum;
  };
  EXPECT_LT(roughness(4), roughness(1));
}

class Pictures : public ::testing::Test {
 protected:
  Pictures() { std::filesystem::create_directory(folder_); }
  ~Pictures() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("mandelbrot_units_test_" + std::to_string(::getpid()));
};

TEST_F(Pictures, FileHoldsEveryPixel) {
  Picture picture(3, 2);
  const std::vector<std::uint8_t> upper = {255, 0, 0, 0, 255, 0, 0, 0, 255};
  const std::vector<std::uint8_t> lower = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  picture.set_row(1, lower);
  picture.set_row(0, upper);
  const auto path = (folder_ / "small.png").string();
  picture.write_png(path);

  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&image, path.c_str()), 0) << image.message;
  EXPECT_EQ(image.width, 3U);
  EXPECT_EQ(image.height, 2U);
  image.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> read(PNG_IMAGE_SIZE(image));
  ASSERT_NE(png_image_finish_read(&image, nullptr, read.data(), 0, nullptr), 0) << image.message;
  auto both = upper;
  both.insert(both.end(), lower.begin(), lower.end());
  EXPECT_EQ(read, both);
}

TEST_F(Pictures, WrongRowsAreRefused) {
  Picture picture(3, 2);
  const std::vector<std::uint8_t> row(9);
  EXPECT_THROW(picture.set_row(2, row), std::out_of_range);
  EXPECT_THROW(picture.set_row(-1, row), std::out_of_range);
  EXPECT_THROW(picture.set_row(0, std::vector<std::uint8_t>(8)), std::invalid_argument);
}

TEST_F(Pictures, FileThatCannotBeWrittenIsNamed) {
  const auto path = (folder_ / "missing" / "a.png").string();
  const auto refusal = [](const auto& fn) -> std::string {
    try {
      fn();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  const auto expected = "cannot write '" + path + "': No such file or directory";
  EXPECT_EQ(refusal([&] { require_writable(path); }), expected);
  EXPECT_EQ(refusal([&] { Picture(1, 1).write_png(path); }), expected);
  if (std::filesystem::exists("/dev/full")) {
    EXPECT_NE(refusal([] { Picture(1, 1).write_png("/dev/full"); }), "");
  }
}

TEST_F(Pictures, LookingWhetherAFileIsWritableChangesNothing) {
  const auto path = (folder_ / "new.png").string();
  require_writable(path);
  EXPECT_FALSE(std::filesystem::exists(path));
  std::ofstream(path) << "old";
  require_writable(path);
  EXPECT_EQ(std::filesystem::file_size(path), 3U);
}

}  // namespace
