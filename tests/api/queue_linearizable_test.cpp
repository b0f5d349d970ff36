// SPDX-License-Identifier: BSL-1.0
// Histories of Queue, judged as objects_history.hpp says.
#include <cstdint>
#include <deque>
#include <string>

#include "api/objects_history.hpp"
#include "api/objects_numbers.hpp"

namespace cohort::test {
namespace {

template <class T>
struct QueueSubject {
  using Object = Queue<T>;
  using Model = std::deque<std::int64_t>;
  static constexpr int kOperations = 5;
  static void reset(const Object& queue) {
    while (queue.try_get()) {
    }
  }
  static std::int64_t perform(const Object& queue, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        return queue.try_put(Numbers<T>::to(call.value)) ? 1 : 0;
      case 2:
      case 3: {
        const auto taken = queue.try_get();
        return taken ? Numbers<T>::from(*taken) : kNone;
      }
      default:
        return static_cast<std::int64_t>(queue.size());
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
      case 1:
        if (model.size() == 3) return 0;
        model.push_back(call.value);
        return 1;
      case 2:
      case 3: {
        if (model.empty()) return kNone;
        const std::int64_t value = model.front();
        model.pop_front();
        return value;
      }
      default:
        return static_cast<std::int64_t>(model.size());
    }
  }
};

TEST(ObjectsLinearizable, QueueOfNumbers) {
  expect_linearizable<QueueSubject<std::int64_t>>(repetitions(1'500), 3);
}
TEST(ObjectsLinearizable, QueueOfStrings) {
  expect_linearizable<QueueSubject<std::string>>(repetitions(1'000), 3);
}

}  // namespace
}  // namespace cohort::test
