// SPDX-License-Identifier: BSL-1.0
// Histories of Array, judged as objects_history.hpp says.
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "api/list_samples.hpp"
#include "api/objects_history.hpp"

namespace cohort::test {
namespace {

template <class T>
struct ArraySubject {
  using Object = Array<T>;
  using Model = std::vector<std::int64_t>;
  static constexpr int kOperations = 5;
  static T to(std::int64_t x) {
    if constexpr (std::is_same_v<T, Pair16>) {
      return {x, ~x};
    } else {
      return x;
    }
  }
  static std::int64_t from(const T& value) {
    if constexpr (std::is_same_v<T, Pair16>) {
      return value.second == ~value.first ? value.first : -999;
    } else {
      return value;
    }
  }
  static void reset(const Object& array) { array.write(0, std::vector<T>(4, to(0))); }
  static std::int64_t perform(const Object& array, const Call& call) {
    const auto index = static_cast<std::size_t>(call.key) % 4;
    switch (call.operation) {
      case 0:
        array.set(index, to(call.value));
        return 0;
      case 1:
        return from(array.get(index));
      case 2:
        return from(array.update(index, [&](T& x) { x = to(from(x) + call.value); }));
      case 3:
        array.write(1, {to(call.value), to(-call.value)});
        return 0;
      default: {
        std::vector<std::int64_t> all;
        for (const T& x : array.copy()) all.push_back(from(x));
        return fingerprint(all);
      }
    }
  }
  static std::int64_t on_model(Model& model, const Call& call) {
    model.resize(4);
    std::int64_t& element = model[static_cast<std::size_t>(call.key) % 4];
    switch (call.operation) {
      case 0:
        element = call.value;
        return 0;
      case 1:
        return element;
      case 2:
        return element += call.value;
      case 3:
        model[1] = call.value;
        model[2] = -call.value;
        return 0;
      default:
        return fingerprint(model);
    }
  }
};

TEST(ObjectsLinearizable, ArrayOfNumbers) {
  expect_linearizable<ArraySubject<std::int64_t>>(repetitions(1'500), std::size_t{4});
}
TEST(ObjectsLinearizable, ArrayOfPairs) {
  expect_linearizable<ArraySubject<Pair16>>(repetitions(1'000), std::size_t{4});
}

}  // namespace
}  // namespace cohort::test
