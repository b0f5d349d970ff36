// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <cstddef>
#include <istream>
#include <string>
#include <vector>

namespace tsp {

constexpr std::size_t kFewestCities = 3;
constexpr std::size_t kMostCities = 200;
constexpr long kLongestDistance = 1'000'000;

/// A symmetric problem: cities 0 to cities - 1, and the distance between each two.
struct Instance {
  std::string name;
  std::size_t cities = 0;
  std::vector<int> distances;  ///< row after row

  int distance(std::size_t a, std::size_t b) const { return distances[a * cities + b]; }

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& cities& distances;
  }
};

/// Reads the format of TSPLIB: symmetric problems with EUC_2D or GEO coordinates, or EXPLICIT distances as
/// LOWER_DIAG_ROW or FULL_MATRIX. Throws std::runtime_error: "path:line: what is wrong, and what is allowed".
Instance parse(std::istream& text, const std::string& path);

/// The same of a file; and std::runtime_error where it cannot be read.
Instance read(const std::string& path);

}  // namespace tsp
