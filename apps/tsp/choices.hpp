// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/serialization/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tsp {

/// What is decided about each edge, and what follows from it: a city with two edges has no third, a city with
/// two possible edges has both, and the two ends of a path are not joined before all cities are on it.
///
/// require and forbid return false where no tour is left; then the object is of no more use. It travels.
class Choices {
 public:
  enum class Mark : std::uint8_t { free, required, forbidden };

  Choices() = default;
  explicit Choices(std::size_t cities);

  Mark mark(std::size_t a, std::size_t b) const { return static_cast<Mark>(marks_[a * cities_ + b]); }
  std::size_t required_at(std::size_t city) const { return required_[city]; }

  bool require(std::size_t a, std::size_t b);
  bool forbid(std::size_t a, std::size_t b);

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& cities_& marks_& required_& possible_& far_end_& all_required_;
  }

 private:
  void set(std::size_t a, std::size_t b, Mark mark) {
    marks_[a * cities_ + b] = marks_[b * cities_ + a] = static_cast<std::uint8_t>(mark);
  }
  bool forbid_rest(std::size_t city);
  bool require_rest(std::size_t city);

  std::size_t cities_ = 0;
  std::vector<std::uint8_t> marks_;      // a Mark for each two cities
  std::vector<std::uint16_t> required_;  // of each city: its required edges
  std::vector<std::uint16_t> possible_;  // of each city: its edges that are not forbidden
  std::vector<std::uint16_t> far_end_;   // of each end of a path of required edges: the other end
  std::size_t all_required_ = 0;
};

}  // namespace tsp
