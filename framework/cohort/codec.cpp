// SPDX-License-Identifier: BSL-1.0
#include "cohort/codec.hpp"

#include "cohort/handle.hpp"

namespace cohort {

void Encoder::handle(const Reference& reference) {
  if (reference) note(reference);
  number(reference ? reference.address().bits() : 0);
  number(reference ? reference.id().generation : 0);
}

Reference Decoder::handle(Word kind) {
  const Address address(number());
  return Handle::adopt({address, static_cast<std::uint32_t>(number())}, kind);
}

Reference Handle::adopt(ObjectId id, Word kind) {
  if (!id.address) return Reference();
  Reference reference = Reference::adopt_named(id, kind);
  if (!reference) throw DataError("a value speaks of a shared object that is gone, or is of another type");
  return reference;
}

void Handle::refuse_empty(const char* what) {
  throw UsageError(std::string("this ") + what +
                   " is empty (default constructed, or moved from); assign one that was made or opened");
}

}  // namespace cohort
