// SPDX-License-Identifier: BSL-1.0
// Array<T>: a fixed number of elements that all ranks read and change.
#include "process/process_support.hpp"

#include <cstdint>
#include <numeric>
#include <ranges>
#include <sstream>

#include "api/list_parties.hpp"

namespace cohort::test {
namespace {

struct Point {
  double x;
  double y;
  double z;
  friend bool operator==(const Point&, const Point&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Point& p) { return out << p.x << ';' << p.y; }
};

template <class Act>
std::string out_of_range(Act&& act) {
  try {
    act();
  } catch (const std::out_of_range& error) {
    return error.what();
  }
  return "";
}

TEST(Array, BeginsWithZerosOrWithARange) {
  on_manager([] {
    EXPECT_EQ(shared().array<int>(4), (std::vector<int>{0, 0, 0, 0}));
    EXPECT_EQ(shared().array<bool>(3).copy(), (std::vector<bool>{false, false, false}));
    EXPECT_EQ(shared().array({1.5, 2.5}).copy(), (std::vector<double>{1.5, 2.5}));
    EXPECT_EQ(shared().array(std::views::iota(0, 5)).copy(), (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(shared().array<short>(std::vector<int>{7, 8}).copy(), (std::vector<short>{7, 8}));
    const auto empty = shared().array<long>(0);
    EXPECT_TRUE(empty.empty());
    EXPECT_EQ(empty.begin(), empty.end());
    // Memory that was used before is no less zero.
    for (int i = 0; i < 3; ++i) {
      const auto large = shared().array<std::int64_t>(100'000);
      ASSERT_EQ(std::ranges::count(large.copy(), 0), 100'000);
      large.write(0, std::vector<std::int64_t>(100'000, -1));
    }
  });
}

TEST(Array, ElementsAreReadAndChanged) {
  on_manager([] {
    const auto a = shared().array({10, 20, 30});
    EXPECT_EQ(a.get(1), 20);
    EXPECT_EQ(a.get(-1), 30);
    EXPECT_EQ(a.get(std::uint8_t{0}), 10);
    a[0] = 11;
    a[-1] += 5;
    ++a[1];
    EXPECT_EQ(a[0].fetch_max(100), 11);
    EXPECT_EQ(a.update(2, [](int& x) { x *= 2; }), 70);
    a.swap(0, -1);
    EXPECT_EQ(a, (std::vector<int>{70, 21, 100}));
    a.swap(1, 1);
    const int first = a[0];
    EXPECT_EQ(first, 70);
    EXPECT_EQ(a.at(2), 100);
    std::ostringstream out;
    out << a << ' ' << a[1];
    EXPECT_EQ(out.str(), "[70, 21, 100] 21");
    int sum = 0;
    for (const int x : a) sum += x;
    EXPECT_EQ(sum, 191);
  });
}

TEST(Array, PartsAreReadAndWritten) {
  on_manager([] {
    const auto a = shared().array<Point>(6);
    const std::vector<Point> two = {{1, 2, 3}, {4, 5, 6}};
    a.write(3, two);
    std::vector<Point> back(2);
    a.read(3, back);
    EXPECT_EQ(back, two);
    a.write(0, {Point{7, 8, 9}});
    EXPECT_EQ(a.get(0), (Point{7, 8, 9}));
    EXPECT_EQ(a.get(5), (Point{0, 0, 0}));
    a.write(6, std::vector<Point>{});
    a.read(6, std::span<Point>());
  });
}

TEST(Array, MistakesAreNamedAndChangeNothing) {
  on_manager([] {
    const auto a = shared().array({1, 2, 3});
    EXPECT_EQ(out_of_range([&] { a.get(3); }), "array index 3 is out of range: the array has 3 elements");
    EXPECT_EQ(out_of_range([&] { a.set(-4, 9); }),
              "array index -4 is out of range: the array has 3 elements");
    EXPECT_EQ(out_of_range([&] { a.at(5); }), "array index 5 is out of range: the array has 3 elements");
    EXPECT_EQ(out_of_range([&] {
                a.write(2, {7, 8});
              }),
              "array elements 2 to 4 are out of range: the array has 3 elements");
    std::vector<int> to(2);
    EXPECT_EQ(out_of_range([&] { a.read(~std::size_t{0}, to); }).substr(0, 15), "array elements ");
    EXPECT_TRUE(has(usage_error([&] { a.update(0, [&](int&) { a.set(1, 0); }); }), "its own update()"));
    EXPECT_TRUE(has(usage_error([] { Array<int>().get(0); }), "this Array is empty"));
    EXPECT_THROW(a.update(0,
                          [](int& x) {
                            x = 99;
                            throw std::runtime_error("no");
                          }),
                 std::runtime_error);
    EXPECT_EQ(a, (std::vector<int>{1, 2, 3}));
    EXPECT_THROW((void)shared().array<double>(std::size_t{1} << 40), OutOfSharedMemory);
    EXPECT_THROW((void)shared().array<double>(~std::size_t{0} / 2), OutOfSharedMemory);
  });
}

TEST(Array, IsFoundByNameAndTravels) {
  on_manager([] {
    const auto a = shared().open<Array<int>>("an array", 3);
    EXPECT_TRUE(a.is_same(shared().open<Array<int>>("an array", 100)));
    EXPECT_TRUE(has(usage_error([] { (void)shared().open<Array<long>>("an array", 3); }),
                    "'an array' is a cohort::Array<int>, not a cohort::Array<long>"));
    const auto arrays = shared().list<Array<int>>({a});
    Process process(
        [](List<Array<int>> all) {
          const auto inner = all.get(0);
          inner[2] += 5;
        },
        arrays);
    run_elsewhere(process);
    EXPECT_EQ(a, (std::vector<int>{0, 0, 5}));
  });
}

TEST(Array, LocalIsTheMemoryItself) {
  const auto a = session().manager().open<Array<double>>("local", 1000);
  const char* window = std::getenv("COHORT_WINDOW");
  if (window != nullptr && window == std::string_view("rma")) {
    EXPECT_TRUE(has(usage_error([&] { (void)a.local(); }), "COHORT_WINDOW=rma"));
    return;
  }
  const std::span<double> mine = a.local();
  ASSERT_EQ(mine.size(), 1000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mine.data()) % 64, 0U);
  for (int round = 1; round <= 20; ++round) {
    for (std::size_t i = static_cast<std::size_t>(session().rank()); i < mine.size();
         i += static_cast<std::size_t>(ranks()))
      mine[i] += static_cast<double>(i);
    session().join();
    double sum = std::accumulate(mine.begin(), mine.end(), 0.0);
    ASSERT_EQ(sum, round * 999 * 500.0);
    session().join();
  }
  EXPECT_EQ(a.get(-1), 20 * 999.0);
}

TEST(Array, AdditionsOfAllSumExactly) {
  const auto a = session().manager().open<Array<int>>("sum", 4);
  const auto points = session().manager().open<Array<Point>>("points", 2);
  const int each = repetitions(4'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      a[n % 4] += 1;
      points.update(1, [](Point& p) { p = {p.x + 1, p.y + 1, p.z + 1}; });
      const Point seen = points.get(1);
      ASSERT_TRUE(seen.x == seen.y && seen.y == seen.z) << "party " << party.index();
    }
  });
  const double all = static_cast<double>(Party::count()) * each;
  EXPECT_EQ(std::reduce(a.begin(), a.end()), static_cast<int>(all));
  EXPECT_EQ(points.get(1), (Point{all, all, all}));
}

TEST(Array, PartsAreWrittenAndReadAtOneMoment) {
  const auto a = session().manager().open<Array<std::int64_t>>("parts", 64);
  const int each = repetitions(2'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      if (party.first()) {
        a.write(8, std::vector<std::int64_t>(32, n));
      } else {
        std::vector<std::int64_t> seen(32);
        a.read(8, seen);
        ASSERT_EQ(std::ranges::count(seen, seen[0]), 32) << "torn";
      }
    }
  });
}

}  // namespace
}  // namespace cohort::test
