// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cohort/heap/blob.hpp"
#include "cohort/heap/reference.hpp"

namespace cohort {

/// Bytes being written, and the objects that they speak of.
class Encoder {
 public:
  void bytes(const void* from, std::size_t count) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + count);
  }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void handle(const Reference& reference);  // in codec.cpp
  void clear() {
    bytes_.clear();
    handles_.clear();
    held_.clear();
  }
  /// How much has been written, and: what was written since is forgotten.
  struct Mark {
    std::size_t bytes;
    std::size_t handles;
  };
  Mark mark() const { return {bytes_.size(), handles_.size()}; }
  void go_back(Mark mark) {
    bytes_.resize(mark.bytes);
    handles_.resize(mark.handles);
    held_.resize(mark.handles);
  }
  Encoded encoded() const { return {bytes_, handles_}; }
  std::vector<std::byte>& buffer() { return bytes_; }
  /// The next bytes are the object's address and generation. The object is held as long as they are here: the handle
  /// may be a temporary.
  void note(const Reference& object) {
    handles_.push_back({object.id(), bytes_.size()});
    held_.push_back(object);
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<EncodedHandle> handles_;
  std::vector<Reference> held_;
};

}  // namespace cohort
