// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "cohort/error.hpp"
#include "cohort/heap/reference.hpp"

namespace cohort {

/// Bytes being read. Throws DataError where they end too early.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : rest_(bytes) {}
  void bytes(void* to, std::size_t count) {
    if (count != 0) std::memcpy(to, take(count).data(), count);
  }
  std::uint64_t number() {
    std::uint64_t value;
    bytes(&value, sizeof value);
    return value;
  }
  /// A count of things of at least `least` bytes each.
  std::size_t count(std::size_t least) {
    const std::uint64_t value = number();
    if (value > rest_.size() / std::max<std::size_t>(least, 1))
      throw DataError("a value's bytes are damaged");
    return value;
  }
  std::span<const std::byte> take(std::size_t count) {
    if (count > rest_.size()) throw DataError("a value's bytes are cut short");
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  /// Of an object of this kind; 0: of any.
  Reference handle(Word kind = 0);  // in codec.cpp
  bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace cohort
