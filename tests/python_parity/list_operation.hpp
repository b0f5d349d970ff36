// SPDX-License-Identifier: BSL-1.0
// One operation on a list, drawn from a seed, and known to both languages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace cohort::test {

enum class ListOperationKind {
  append,
  extend,
  extend_self,
  insert,
  pop,
  pop_at,
  remove,
  index,
  count,
  contains,
  reverse,
  sort,
  sort_down,
  clear,
  get,
  front,
  back,
  set,
  set_from,
  add,
  swap,
  slice,
  set_slice,
  set_slice_self,
  erase,
  erase_slice,
  repeat,
  equal_self,
  equal_other,
  size,
  iterate,
  repr
};
inline constexpr std::size_t kListOperationKinds = static_cast<std::size_t>(ListOperationKind::repr) + 1;

// Above this many elements the operations that multiply a list do nothing, in both languages.
inline constexpr std::size_t kMultiplyLimit = 40;

template <class T>
struct ListOperation {
  ListOperationKind kind{};
  std::ptrdiff_t i = 0;
  std::ptrdiff_t j = 0;
  std::optional<std::ptrdiff_t> start;
  std::optional<std::ptrdiff_t> stop;
  std::ptrdiff_t step = 1;
  T value{};
  std::vector<T> values;
};

// The random choices of one sequence: few distinct values, so that removing and finding often succeed, and
// indices that lie inside, just outside, and as far outside as a machine word goes.
template <class T>
class ListOperationSource {
 public:
  explicit ListOperationSource(std::uint64_t seed) : random_(seed) {
    for (int n = 0; n < 8; ++n) pool_.push_back(fresh_value(n));
  }

  std::vector<T> values(std::ptrdiff_t most) {
    std::vector<T> result;
    for (std::ptrdiff_t n = number(0, most); n > 0; --n) result.push_back(value());
    return result;
  }

  ListOperation<T> next() {
    ListOperation<T> operation;
    operation.kind = kind();
    operation.i = index();
    operation.j = index();
    if (number(0, 3) != 0) operation.start = index();
    if (number(0, 3) != 0) operation.stop = index();
    operation.step = step();
    operation.value = value();
    operation.values = values(5);
    if (operation.kind == ListOperationKind::repeat) operation.i = number(-1, 3);
    return operation;
  }

 private:
  using Limits = std::numeric_limits<std::ptrdiff_t>;

  std::ptrdiff_t number(std::ptrdiff_t low, std::ptrdiff_t high) {
    return std::uniform_int_distribution<std::ptrdiff_t>(low, high)(random_);
  }

  ListOperationKind kind() {
    static constexpr std::array<double, kListOperationKinds> kWeights = {
        14, 8, 1, 8, 6, 5, 5, 4, 3, 4, 2, 2, 1, 0.4,  // append ... clear
        6,  2, 2, 6, 3, 5, 4, 8, 8, 1, 4, 3, 1,       // get ... repeat
        1,  2, 2, 2, 2};                              // equal_self ... repr
    std::discrete_distribution<int> pick(kWeights.begin(), kWeights.end());
    return static_cast<ListOperationKind>(pick(random_));
  }

  std::ptrdiff_t index() {
    const std::ptrdiff_t luck = number(0, 19);
    if (luck < 15) return number(-7, 7);
    if (luck < 19) return number(-40, 40);
    static constexpr std::array<std::ptrdiff_t, 6> kFar = {
        1000, -1000, Limits::max(), Limits::min(), Limits::max() - 1, -Limits::max()};
    return kFar[static_cast<std::size_t>(number(0, 5))];
  }

  std::ptrdiff_t step() {
    const std::ptrdiff_t luck = number(0, 19);
    if (luck < 8) return 1;
    if (luck < 18) return number(-3, 3);
    return luck == 18 ? Limits::max() : Limits::min();
  }

  T value() { return number(0, 9) == 0 ? fresh_value(8) : pool_[static_cast<std::size_t>(number(0, 7))]; }

  T fresh_value(int n) {
    if constexpr (std::is_same_v<T, std::string>) {
      // Short ones, ones too long to lie inline anywhere, and every character that repr treats in its own
      // way.
      static constexpr char kOdd[] = {'\'', '"', '\\', '\n', '\t', '\r', '\0', '\x01', '\x7f', ' '};
      std::string text;
      const std::ptrdiff_t length = n == 0 ? 0 : n == 7 ? number(100, 400) : number(1, 12);
      for (std::ptrdiff_t k = 0; k < length; ++k)
        text +=
            number(0, 9) == 0 ? kOdd[number(0, std::ssize(kOdd) - 1)] : static_cast<char>(number('a', 'e'));
      return text;
    } else {
      return static_cast<T>(n < 8 ? number(-3, 12) : number(-1'000'000, 1'000'000));
    }
  }

  std::mt19937_64 random_;
  std::vector<T> pool_;
};

}  // namespace cohort::test
