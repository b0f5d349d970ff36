// SPDX-License-Identifier: BSL-1.0
// Histories of BoundedSemaphore, judged as objects_history.hpp says.
#include <cstdint>
#include <stdexcept>

#include "api/objects_history.hpp"

namespace cohort::test {
namespace {

struct BoundedSemaphoreSubject {
  using Object = BoundedSemaphore;
  using Model = std::int64_t;  // units that are taken
  static constexpr int kOperations = 2;
  static void reset(const Object& semaphore) {
    try {
      for (;;) semaphore.release();
    } catch (const std::invalid_argument&) {
    }
  }
  static std::int64_t perform(const Object& semaphore, const Call& call) {
    if (call.operation == 0) return semaphore.try_acquire() ? 1 : 0;
    semaphore.release();
    return 1;
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    if (call.operation == 0) return model < 2 && ++model > 0 ? 1 : 0;
    return model > 0 && --model >= 0 ? 1 : kNone;
  }
};

TEST(ObjectsLinearizable, BoundedSemaphore) {
  expect_linearizable<BoundedSemaphoreSubject>(repetitions(2'000), 2);
}

}  // namespace
}  // namespace cohort::test
