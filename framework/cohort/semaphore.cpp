// SPDX-License-Identifier: BSL-1.0
#include "cohort/semaphore.hpp"

#include <stdexcept>

namespace cohort {

void Semaphore::release(std::ptrdiff_t n) const {
  if (n < 1) throw std::invalid_argument("release(n): n is " + std::to_string(n) + "; it must be at least 1");
  with([n](const auto& core) {
    if (core.release(static_cast<Word>(n))) return;
    throw std::invalid_argument("release(" + std::to_string(n) + "): with the " +
                                std::to_string(core.units()) + " there, the semaphore would have more than " +
                                std::to_string(core.bound()) + " units");
  });
}

namespace detail {
namespace {

Word checked(std::ptrdiff_t n) {
  if (n >= 0 && static_cast<Word>(n) <= turn::kMostUnits) return static_cast<Word>(n);
  throw std::invalid_argument("semaphore(n): n is " + std::to_string(n) + "; it may be 0 to " +
                              std::to_string(turn::kMostUnits));
}

}  // namespace

Semaphore make_semaphore(std::ptrdiff_t n, Word creator) {
  return Semaphore(make_synchronizer(ObjectKind::semaphore, 0, typeid(Semaphore), creator,
                                     {checked(n), 0, turn::kMostUnits}));
}
BoundedSemaphore make_bounded_semaphore(std::ptrdiff_t n, Word creator) {
  return BoundedSemaphore(make_synchronizer(ObjectKind::semaphore, 0, typeid(BoundedSemaphore), creator,
                                            {checked(n), 0, checked(n)}));
}

}  // namespace detail
}  // namespace cohort
