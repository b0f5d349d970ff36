// SPDX-License-Identifier: BSL-1.0
#include "tsplib.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace tsp {
namespace {

struct Place {
  double x = 0;
  double y = 0;
  bool known = false;
};

/// As TSPLIB defines it: rounded to the nearest.
int euclidean(const Place& a, const Place& b) {
  return static_cast<int>(std::hypot(a.x - b.x, a.y - b.y) + 0.5);
}

/// As TSPLIB defines it, with its value of pi and its earth. Coordinates are degrees, a point, minutes.
int geographical(const Place& a, const Place& b) {
  const auto radians = [](double coordinate) {
    const double degrees = std::trunc(coordinate);
    return 3.141592 * (degrees + 5.0 * (coordinate - degrees) / 3.0) / 180.0;
  };
  const double q1 = std::cos(radians(a.y) - radians(b.y));
  const double q2 = std::cos(radians(a.x) - radians(b.x));
  const double q3 = std::cos(radians(a.x) + radians(b.x));
  return static_cast<int>(6378.388 * std::acos(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)) + 1.0);
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <class Number>
bool to_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

class Reader {
 public:
  Reader(std::istream& text, const std::string& path) : text_(text), path_(path) {}

  Instance instance() {
    while (next_line()) {
      if (line_ == "EOF") break;
      if (!line_.empty()) entry();
    }
    if (type_.empty()) fail("EDGE_WEIGHT_TYPE is missing");
    if (instance_.distances.empty()) {
      fail(type_ == "EXPLICIT" ? "EDGE_WEIGHT_SECTION is missing" : "NODE_COORD_SECTION is missing");
    }
    return std::move(instance_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(path_ + ':' + std::to_string(number_) + ": " + what);
  }

  bool next_line() {
    if (!std::getline(text_, line_)) return false;
    ++number_;
    line_ = trimmed(line_);
    return true;
  }

  /// The next word of a section, on this line or a later one.
  std::string word(const std::string& wanted) {
    std::string found;
    while (!(words_ >> found)) {
      if (!next_line() || line_ == "EOF") fail("the file ends where " + wanted + " is expected");
      words_.clear();
      words_.str(line_);
    }
    return found;
  }
  void end_of_section() {
    std::string more;
    if (words_ >> more) fail("'" + more + "' is more than the section may hold");
    words_.clear();
    words_.str("");
  }

  void entry() {
    const auto colon = line_.find(':');
    const auto key = trimmed(line_.substr(0, colon));
    const auto value = colon == std::string::npos ? "" : trimmed(line_.substr(colon + 1));
    if (key == "NAME") {
      instance_.name = value;
    } else if (key == "TYPE") {
      if (value != "TSP") fail("TYPE is '" + value + "'; it may be TSP (symmetric)");
    } else if (key == "DIMENSION") {
      if (!to_number(value, instance_.cities) || instance_.cities < kFewestCities ||
          instance_.cities > kMostCities)
        fail("DIMENSION is '" + value + "'; it may be " + std::to_string(kFewestCities) + " to " +
             std::to_string(kMostCities));
    } else if (key == "EDGE_WEIGHT_TYPE") {
      type_ = value;
      if (value != "EUC_2D" && value != "GEO" && value != "EXPLICIT")
        fail("EDGE_WEIGHT_TYPE is '" + value + "'; it may be EUC_2D, GEO or EXPLICIT");
    } else if (key == "EDGE_WEIGHT_FORMAT") {
      format_ = value;
    } else if (key == "NODE_COORD_SECTION") {
      coordinates();
    } else if (key == "EDGE_WEIGHT_SECTION") {
      weights();
    } else if (key == "DISPLAY_DATA_SECTION") {
      while (line_ != "EOF" && next_line()) {
      }
    } else if (key != "COMMENT" && key != "DISPLAY_DATA_TYPE" && key != "NODE_COORD_TYPE") {
      fail("'" + key + "' is not understood");
    }
  }

  void needs_dimension(const std::string& section) const {
    if (instance_.cities == 0) fail(section + " comes before DIMENSION");
    if (type_.empty()) fail(section + " comes before EDGE_WEIGHT_TYPE");
  }

  void coordinates() {
    needs_dimension("NODE_COORD_SECTION");
    if (type_ == "EXPLICIT") fail("NODE_COORD_SECTION does not go with EDGE_WEIGHT_TYPE EXPLICIT");
    const auto n = instance_.cities;
    std::vector<Place> places(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto text = word("city " + std::to_string(i + 1) + " of " + std::to_string(n));
      std::size_t city = 0;
      if (!to_number(text, city) || city < 1 || city > n)
        fail("'" + text + "' is no city; cities are 1 to " + std::to_string(n));
      auto& place = places[city - 1];
      if (place.known) fail("city " + text + " is there twice");
      place = {coordinate(city), coordinate(city), true};
    }
    end_of_section();
    instance_.distances.assign(n * n, 0);
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b)
        if (a != b)
          instance_.distances[a * n + b] =
              type_ == "GEO" ? geographical(places[a], places[b]) : euclidean(places[a], places[b]);
  }
  double coordinate(std::size_t city) {
    const auto text = word("a coordinate of city " + std::to_string(city));
    double value = 0;
    // Neither infinite nor so large that a distance could not be held.
    if (!to_number(text, value) || !(std::abs(value) <= double{kLongestDistance} / 4))
      fail("'" + text + "' is no coordinate; it may be a number from -250000 to 250000");
    return value;
  }

  void weights() {
    needs_dimension("EDGE_WEIGHT_SECTION");
    if (type_ != "EXPLICIT") fail("EDGE_WEIGHT_SECTION does not go with EDGE_WEIGHT_TYPE " + type_);
    if (format_ != "LOWER_DIAG_ROW" && format_ != "FULL_MATRIX")
      fail("EDGE_WEIGHT_FORMAT is '" + format_ + "'; it may be LOWER_DIAG_ROW or FULL_MATRIX");
    const auto n = instance_.cities;
    const bool full = format_ == "FULL_MATRIX";
    auto& distances = instance_.distances;
    distances.assign(n * n, 0);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < (full ? n : a + 1); ++b) {
        const auto pair = "the distance from " + std::to_string(a + 1) + " to " + std::to_string(b + 1);
        const auto text = word(pair);
        int value = 0;
        if (!to_number(text, value) || value < 0 || value > kLongestDistance)
          fail(pair + " is '" + text + "'; it may be a whole number from 0 to " +
               std::to_string(kLongestDistance));
        if (a == b) continue;  // some files have a large number there
        if (full && b < a && distances[b * n + a] != value)
          fail(pair + " is " + text + ", back it is " + std::to_string(distances[b * n + a]) +
               "; only symmetric problems are solved");
        distances[a * n + b] = value;
        if (!full) distances[b * n + a] = value;
      }
    }
    end_of_section();
  }

  std::istream& text_;
  std::string path_;
  std::size_t number_ = 0;
  std::string line_;
  std::istringstream words_;
  std::string type_;
  std::string format_;
  Instance instance_;
};

}  // namespace

Instance parse(std::istream& text, const std::string& path) { return Reader(text, path).instance(); }

Instance read(const std::string& path) {
  errno = 0;
  if (std::filesystem::is_directory(path))
    throw std::runtime_error("cannot read '" + path + "': it is a directory");
  std::ifstream text(path);
  if (!text)
    throw std::runtime_error("cannot read '" + path + "': " + std::generic_category().message(errno));
  return parse(text, path);
}

}  // namespace tsp
