// SPDX-License-Identifier: BSL-1.0
// What reduce() makes of a range: what std::accumulate makes of it.
#include "process/process_support.hpp"

#include <functional>
#include <numeric>
#include <random>

namespace cohort::test {
namespace {

struct Matrix {  // of numbers modulo 2^64, so that products stay exact
  std::array<std::uint64_t, 4> cells = {1, 0, 0, 1};
  friend Matrix operator*(const Matrix& a, const Matrix& b) {
    const auto& x = a.cells;
    const auto& y = b.cells;
    return {{x[0] * y[0] + x[1] * y[2], x[0] * y[1] + x[1] * y[3], x[2] * y[0] + x[3] * y[2],
             x[2] * y[1] + x[3] * y[3]}};
  }
  friend bool operator==(const Matrix&, const Matrix&) = default;
};

struct Sum {  // of what was weighted; a functor with a state
  int weight = 1;
  int operator()(int a, int b) const { return a + weight * b; }
};

int larger(int a, int b) { return std::max(a, b); }
int fails_at_five(int a, int b) {
  if (b == 5) throw std::domain_error("five");
  return a + b;
}

std::vector<std::string> texts(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i)
    all.push_back(std::to_string(i) + (i % 7 == 0 ? std::string(40, '-') : "."));
  return all;
}

TEST(PoolReduce, IsTheSumOfAllKindsOfRanges) {
  on_manager([] {
    Pool pool;
    for (const int count : {0, 1, 2, 3, 15, 16, 17, 1000}) {
      std::vector<int> numbers(static_cast<std::size_t>(count));
      std::iota(numbers.begin(), numbers.end(), 1);
      const long sum = 100 + std::accumulate(numbers.begin(), numbers.end(), 0L);
      for (const std::size_t chunk : {0U, 1U, 7U, 5000U}) {
        const MapOptions options{.chunk = chunk};
        EXPECT_EQ(pool.reduce(std::plus<>(), numbers, 100L, options), sum) << count << " " << chunk;
        EXPECT_EQ(pool.reduce(std::plus<long>(), range(1, count + 1), 100L, options), sum);
        EXPECT_EQ(pool.reduce(std::plus<>(), shared().list<int>(numbers), 100L, options), sum);
        EXPECT_EQ(pool.reduce(std::plus<>(), numbers | std::views::reverse, 100L, options), sum);
        if (count != 0) {
          EXPECT_EQ(pool.reduce(std::plus<>(), shared().array<int>(numbers), 100L, options), sum);
        }
      }
    }
    EXPECT_EQ(pool.reduce(std::multiplies<>(), {2, 3, 4}, 10), 240);
  });
}

TEST(PoolReduce, TakesFunctionsLambdasFunctorsAndPartials) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(pool.reduce(larger, {3, 9, 4}, 5), 9);
    EXPECT_EQ(pool.reduce([](int a, int b) { return a ^ b; }, range(1000), 0),
              std::accumulate(range(1000).begin(), range(1000).end(), 0, std::bit_xor<>()));
    EXPECT_EQ(pool.reduce(Sum{1}, {1, 2, 3}, 4), 10);
    EXPECT_EQ(
        pool.reduce(partial([](int modulus, int a, int b) { return (a + b) % modulus; }, 7), range(100), 0),
        99 * 100 / 2 % 7);
    EXPECT_TRUE(pool.reduce(std::logical_or<>(), {false, false, true}, false));
    static_assert(std::is_same_v<decltype(pool.reduce(larger, {1}, 2.5)), double>);
  });
}

// Each is associative and none commutative: only the order of the elements gives this.
TEST(PoolReduce, KeepsTheOrderOfTheElements) {
  on_manager([] {
    Pool pool;
    std::mt19937 random(4);
    for (const int count : {0, 1, 2, 5, 33, 300}) {
      const auto all = texts(count);
      const auto joined = std::accumulate(all.begin(), all.end(), std::string("<"));
      std::vector<Matrix> matrices(static_cast<std::size_t>(count));
      for (Matrix& matrix : matrices) matrix = {{random(), random(), random(), random()}};
      const Matrix product = std::accumulate(matrices.begin(), matrices.end(), Matrix{}, std::multiplies<>());
      for (const std::size_t chunk : {0U, 1U, 3U}) {
        EXPECT_EQ(pool.reduce(std::plus<>(), all, "<", {.chunk = chunk}), joined) << count << " " << chunk;
        EXPECT_EQ(
            pool.reduce(std::plus<std::string>(), shared().list<std::string>(all), "<", {.chunk = chunk}),
            joined);
        EXPECT_EQ(pool.reduce(std::multiplies<>(), matrices, Matrix{}, {.chunk = chunk}), product);
      }
    }
  });
}

TEST(PoolReduce, FailsAsAMapDoes) {
  on_manager([] {
    Pool pool;
    for (const std::size_t chunk : {0U, 3U, 100U}) {
      const auto error = remote_error([&] { pool.reduce(fails_at_five, range(4, 50), 0, {.chunk = chunk}); });
      ASSERT_TRUE(error);
      EXPECT_EQ(error->type(), "std::domain_error");
      EXPECT_EQ(error->message(), "five");
      EXPECT_TRUE(chunk == 0 || error->index() == 1U);
    }
    // The caller's part: nothing but the initial value meets an element.
    const auto error = remote_error([&] { pool.reduce(fails_at_five, {5}, 0); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message(), "five");
    EXPECT_EQ(error->index(), std::nullopt);
    EXPECT_EQ(pool.reduce(fails_at_five, {1, 2}, 3), 6);  // the pool goes on
    EXPECT_EQ(pool.reduce(fails_at_five, std::vector<int>(), 5), 5);
    pool.close();
    EXPECT_THROW(pool.reduce(larger, {1, 2}, 3), Closed);
  });
}

TEST(PoolReduce, WorksInATask) {
  on_manager([] {
    Pool pool;
    const auto sums = pool.map(
        [](int n) {
          Pool inner;
          return inner.reduce(std::plus<>(), range(n), 0);
        },
        range(20));
    for (int n = 0; n < 20; ++n) EXPECT_EQ(sums[static_cast<std::size_t>(n)], n * (n - 1) / 2);
  });
}

}  // namespace
}  // namespace cohort::test
