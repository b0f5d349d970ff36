// SPDX-License-Identifier: BSL-1.0
// Histories of Value, judged as objects_history.hpp says.
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "api/objects_history.hpp"
#include "api/objects_numbers.hpp"

namespace cohort::test {
namespace {

template <class T>
struct ValueSubject {
  using Object = Value<T>;
  using Model = std::int64_t;
  static constexpr int kOperations = 5;
  static void reset(const Object& value) { value.set(Numbers<T>::to(0)); }
  static std::int64_t perform(const Object& value, const Call& call) {
    constexpr auto to = Numbers<T>::to;
    constexpr auto from = Numbers<T>::from;
    switch (call.operation) {
      case 0:
        value.set(to(call.value));
        return 0;
      case 1:
        return from(value.exchange(to(call.value)));
      case 2:
        if constexpr (std::is_same_v<T, std::string>) {
          return from(value.update([&](T& x) { x = to(from(x) + call.value); }));
        } else {
          return value += call.value;
        }
      case 3:
        if constexpr (!std::is_same_v<T, std::string>) {
          T expected = 0;  // what it is at first: some find it so
          return value.compare_exchange(expected, call.value) ? 0 : expected;
        }
        [[fallthrough]];
      default:
        return from(value.get());
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    switch (call.operation) {
      case 0:
        model = call.value;
        return 0;
      case 1:
        return std::exchange(model, call.value);
      case 2:
        return model += call.value;
      case 3:
        if constexpr (!std::is_same_v<T, std::string>) return model == 0 ? model = call.value, 0 : model;
        [[fallthrough]];
      default:
        return model;
    }
  }
};

TEST(ObjectsLinearizable, ValueOfANumber) {
  expect_linearizable<ValueSubject<std::int64_t>>(repetitions(1'500));
}
TEST(ObjectsLinearizable, ValueOfAString) {
  expect_linearizable<ValueSubject<std::string>>(repetitions(1'000));
}

}  // namespace
}  // namespace cohort::test
