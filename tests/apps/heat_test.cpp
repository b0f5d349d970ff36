// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "picture.hpp"
#include "plate.hpp"
#include "stencil.hpp"

namespace {

using namespace heat;

TEST(Bands, HoldEveryRowButTheBorderOnce) {
  for (std::size_t height = 3; height < 40; ++height) {
    for (std::size_t parts = 1; parts < 50; ++parts) {
      std::size_t next = 1;
      std::size_t least = height;
      std::size_t most = 0;
      for (std::size_t part = 0; part < parts; ++part) {
        const auto band = band_of(height, part, parts);
        ASSERT_EQ(band.first, next);
        next = band.last;
        least = std::min(least, band.rows());
        most = std::max(most, band.rows());
      }
      ASSERT_EQ(next, height - 1);
      ASSERT_LE(most - least, 1U) << height << " rows in " << parts;
    }
  }
}

TEST(Stencil, OneHotCellSpreads) {
  const Plate plate(5, 5);
  const auto at = [](const std::vector<double>& cells, std::size_t x, std::size_t y) {
    return cells[y * 5 + x];
  };
  const auto begin = solve_serial(plate, 0);
  EXPECT_EQ(std::count(begin.begin(), begin.end(), 0.0), 24);
  EXPECT_EQ(at(begin, 2, 2), 1.0);

  const auto one = solve_serial(plate, 1);
  EXPECT_DOUBLE_EQ(at(one, 2, 1), 0.2);
  EXPECT_DOUBLE_EQ(at(one, 1, 2), 0.2);
  EXPECT_EQ(at(one, 1, 1), 0.0);
  EXPECT_EQ(at(one, 2, 2), 1.0) << "held";

  const auto two = solve_serial(plate, 2);
  EXPECT_DOUBLE_EQ(at(two, 2, 1), 0.24);
  EXPECT_DOUBLE_EQ(at(two, 3, 3), 0.08);
  EXPECT_EQ(at(two, 2, 0), 0.0) << "border";
}

TEST(Stencil, ALongTimeIsBetweenColdAndHot) {
  const Plate plate(82, 26);
  const auto cells = solve_serial(plate, 3000);
  for (const double cell : cells) {
    ASSERT_GE(cell, 0.0);
    ASSERT_LE(cell, 1.0);
  }
  EXPECT_GT(std::count(cells.begin(), cells.end(), 1.0), 100) << "the letters";
}

TEST(Stencil, EveryCutIsEqualToTheWholeToTheLastBit) {
  const Plate plate(83, 27);
  constexpr std::size_t kSteps = 20;
  const auto serial = solve_serial(plate, kSteps);
  for (const std::size_t parts : {2U, 3U, 7U, 25U, 30U}) {
    auto now = solve_serial(plate, 0);
    auto next = now;
    for (std::size_t i = 0; i < kSteps; ++i) {
      for (std::size_t part = 0; part < parts; ++part)
        step(plate, band_of(plate.height(), part, parts), 0, now, next);
      std::swap(now, next);
    }
    EXPECT_EQ(now, serial) << parts << " bands";
  }
}

TEST(Stencil, ABandNeedsItsOwnRowsAndOneOnEachSideOnly) {
  const Plate plate(83, 27);
  const auto all = solve_serial(plate, 5);
  const auto expected = solve_serial(plate, 6);
  const Band band{10, 15};
  const auto rows = std::span(all).subspan(9 * 83, 7 * 83);
  std::vector<double> next(rows.begin(), rows.end());
  step(plate, band, 9, rows, next);
  EXPECT_TRUE(std::equal(next.begin() + 83, next.end() - 83, expected.begin() + 10 * 83));
}

TEST(Picture, ColoursGetBrighter) {
  EXPECT_EQ(colour_of(0), (Colour{0, 0, 4}));
  EXPECT_EQ(colour_of(1), (Colour{252, 255, 164}));
  EXPECT_EQ(colour_of(-3), colour_of(0));
  EXPECT_EQ(colour_of(3), colour_of(1));
  double before = -1;
  for (int i = 0; i <= 100; ++i) {
    const auto [red, green, blue] = colour_of(i / 100.0);
    const double light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    EXPECT_GT(light, before - 1) << i;  // rounding
    before = light;
  }
}

TEST(Picture, LinesLieWhereATenthIsPassed) {
  const std::vector<double> cells{0.31, 0.32, 0.39, 0.41, 0.42, 0.43};
  const auto rgb = paint(6, 1, cells);
  ASSERT_EQ(rgb.size(), 18U);
  for (std::size_t x = 0; x < 6; ++x) {
    const auto plain = colour_of(cells[x]);
    EXPECT_EQ(std::equal(plain.begin(), plain.end(), rgb.begin() + static_cast<std::ptrdiff_t>(3 * x)),
              x != 2)
        << x;
  }
}

}  // namespace
