// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/serialization/split_member.hpp>

#include "cohort/codec.hpp"

namespace cohort {

/// What List, Value and the other shared objects have in common: a small value that holds its object as
/// a std::shared_ptr does. Copies refer to the same object; the object goes with its last handle. It may
/// be an argument of a Process and an element of another shared object. Copying costs no shared access.
class Handle {
 public:
  /// Empty: every use but valid() and assignment throws UsageError.
  Handle() = default;

  /// It has an object.
  bool valid() const noexcept { return static_cast<bool>(reference_); }

  /// Both are empty, or hold the same object.
  bool is_same(const Handle& other) const noexcept { return reference_ == other.reference_; }

  const Reference& reference() const noexcept { return reference_; }

  // For Boost.Serialization inside of user classes that travel. Throws UsageError in any other archive.
  template <class Archive>
  void save(Archive& archive, unsigned) const {
    const std::uint64_t address = valid() ? reference_.address().bits() : 0;
    const std::uint32_t generation = valid() ? reference_.id().generation : 0;
    if (detail::archiving == nullptr)
      throw UsageError("a shared object's handle cannot be written to a program's own archive");
    if (valid()) detail::archiving->note(reference_);
    archive << address << generation;
  }
  template <class Archive>
  void load(Archive& archive, unsigned) {
    std::uint64_t address = 0;
    std::uint32_t generation = 0;
    archive >> address >> generation;
    reference_ = adopt({Address(address), generation});
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()

 protected:
  explicit Handle(Reference reference) : reference_(std::move(reference)) {}

  /// Null for a null address. Throws DataError where the object is gone, or is not of this kind (0: any is taken).
  static Reference adopt(ObjectId id, Word kind = 0);

  /// Throws UsageError where it is empty.
  Address object(const char* what) const {
    if (!reference_) [[unlikely]]
      refuse_empty(what);
    return reference_.address();
  }

 private:
  friend class Decoder;
  [[noreturn]] static void refuse_empty(const char* what);

  Reference reference_;
};

}  // namespace cohort
