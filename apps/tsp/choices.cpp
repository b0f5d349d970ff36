// SPDX-License-Identifier: BSL-1.0
#include "choices.hpp"

#include <numeric>

namespace tsp {

Choices::Choices(std::size_t cities)
    : cities_(cities),
      marks_(cities * cities, static_cast<std::uint8_t>(Mark::free)),
      required_(cities, 0),
      possible_(cities, static_cast<std::uint16_t>(cities - 1)),
      far_end_(cities) {
  for (std::size_t city = 0; city < cities; ++city) set(city, city, Mark::forbidden);
  std::iota(far_end_.begin(), far_end_.end(), std::uint16_t{0});
}

bool Choices::require(std::size_t a, std::size_t b) {
  if (mark(a, b) != Mark::free) return mark(a, b) == Mark::required;
  if (required_[a] == 2 || required_[b] == 2) return false;
  if (far_end_[a] == b && all_required_ + 1 < cities_) return false;
  set(a, b, Mark::required);
  ++required_[a];
  ++required_[b];
  ++all_required_;
  const auto start = far_end_[a];
  const auto end = far_end_[b];
  far_end_[start] = end;
  far_end_[end] = start;
  if (required_[a] == 2 && !forbid_rest(a)) return false;
  if (required_[b] == 2 && !forbid_rest(b)) return false;
  // Where more has been required meanwhile, that has looked after its own ends.
  const bool still_ends = far_end_[start] == end && required_[start] < 2 && required_[end] < 2;
  if (!still_ends || all_required_ + 1 >= cities_ || mark(start, end) == Mark::required) return true;
  return forbid(start, end);
}

bool Choices::forbid(std::size_t a, std::size_t b) {
  if (mark(a, b) != Mark::free) return mark(a, b) == Mark::forbidden;
  set(a, b, Mark::forbidden);
  --possible_[a];
  --possible_[b];
  return require_rest(a) && require_rest(b);
}

bool Choices::forbid_rest(std::size_t city) {
  for (std::size_t other = 0; other < cities_; ++other)
    if (mark(city, other) == Mark::free && !forbid(city, other)) return false;
  return true;
}

bool Choices::require_rest(std::size_t city) {
  if (possible_[city] > 2) return true;
  if (possible_[city] < 2) return false;
  for (std::size_t other = 0; other < cities_; ++other)
    if (mark(city, other) == Mark::free && !require(city, other)) return false;
  return true;
}

}  // namespace tsp
