// SPDX-License-Identifier: BSL-1.0
// What a pool can be given to do, on what, and what comes back.
#include "process/process_support.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <numeric>
#include <ranges>
#include <set>
#include <sstream>
#include <tuple>

namespace cohort::test {

struct PoolPerson {
  std::string name;
  int age = 0;
  friend bool operator==(const PoolPerson&, const PoolPerson&) = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& age;
  }
};

namespace {

int square(int n) { return n * n; }
std::string shout(const std::string& text) { return text + "!"; }
struct Scale {
  double by = 1;
  double operator()(double x) const { return by * x; }
};
struct Greet {
  std::string greeting;
  std::string operator()(const std::string& name) const { return greeting + " " + name; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& greeting;
  }
};

template <class T>
using Vector = std::vector<T>;

struct PoolPoint {
  double x = 0;
  double y = 0;
  friend bool operator==(const PoolPoint&, const PoolPoint&) = default;
};
struct PoolNumbered {  // has no default
  explicit PoolNumbered(int n) : number(n) {}
  int number;
  friend bool operator==(const PoolNumbered&, const PoolNumbered&) = default;
};

// What a function makes of [0, n) is what it makes of each, whoever makes it and from which end.
template <class F>
void expect_in_order(Pool& pool, F function, const MapOptions& options = {}) {
  for (const int n : {0, 1, 2, 3, 7, 100, 4097, 60'000}) {
    const auto results = pool.map(function, range(n), options);
    ASSERT_EQ(results.size(), static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i)
      ASSERT_EQ(results[static_cast<std::size_t>(i)], function(i)) << n << " at " << i;
  }
}

TEST(Pool, GivesResultsInOrder) {
  on_manager([] {
    Pool pool;
    expect_in_order(pool, [](int i) { return 3L * i; });
    expect_in_order(pool, [](int i) { return static_cast<char>(i % 100); });
    expect_in_order(pool, [](int i) { return i % 3 == 0; });
    expect_in_order(pool, [](int i) { return PoolPoint{i * 0.5, -1.0 * i}; });
    expect_in_order(pool, [](int i) { return PoolNumbered(i); });
    expect_in_order(pool, [](int i) { return std::to_string(i); });
    expect_in_order(pool, [](int i) { return 3L * i; }, {.chunk = 5});
    Pool one(1);
    expect_in_order(one, [](int i) { return 3L * i; });
    pool.map([](int) {}, range(1000));
    std::vector<int> plain(5000);
    std::iota(plain.begin(), plain.end(), 0);
    EXPECT_EQ(pool.map([](int i) { return i + 1; }, plain).back(), 5000);
    const auto later = pool.map_async([](int i) { return i + 1; }, plain);
    EXPECT_EQ(later.get(), later.get());
    EXPECT_EQ(later.get()[4999], 5000);
  });
}

TEST(Pool, GivesResultsInOrderInTasksOfItsOwn) {
  on_manager([] {
    Pool pool;
    const auto sums = pool.map(
        [](int n) {
          Pool inner;
          const auto all = inner.map([](int i) { return i; }, range(n * 100));
          return std::accumulate(all.begin(), all.end(), 0L);
        },
        range(1, 6));
    EXPECT_EQ(sums, (Vector<long>{4950, 19900, 44850, 79800, 124750}));
  });
}

TEST(Pool, AppliesFunctionsLambdasFunctorsAndPartials) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(pool.processes(), ranks());
    EXPECT_EQ(pool.apply(square, 7), 49);
    EXPECT_EQ(pool.apply(shout, "hey"), "hey!");
    EXPECT_EQ(
        pool.apply([](int a, long b, const std::string& c) { return std::to_string(a + b) + c; }, 1, 2L, "x"),
        "3x");
    EXPECT_EQ(pool.apply([] { return 5; }), 5);
    EXPECT_EQ(pool.apply(Scale{2.5}, 4), 10.0);
    EXPECT_EQ(pool.apply(Greet{"Good day,"}, "Ann"), "Good day, Ann");
    EXPECT_EQ(pool.apply(partial([](int a, int b) { return a - b; }, 10), 4), 6);
    EXPECT_EQ(pool.apply_async(square, 8).get(), 64);
    EXPECT_EQ(pool.apply_async(partial(shout, "a")).get(), "a!");
    EXPECT_TRUE(pool.apply([](bool b) { return !b; }, false));
    static_assert(std::is_void_v<decltype(pool.apply([] {}))>);
    static_assert(std::is_same_v<decltype(pool.apply_async([] {})), Future<void>>);
    const auto done = shared().value<int>();
    pool.apply([](Value<int> to) { ++to; }, done);
    pool.apply_async([](Value<int>& to) { ++to; }, done).get();
    EXPECT_EQ(done.get(), 2);
  });
}

TEST(Pool, MapsFunctionsLambdasFunctorsAndPartials) {
  on_manager([] {
    Pool pool;
    EXPECT_EQ(pool.map(square, Vector<int>{1, 2, 3}), (Vector<int>{1, 4, 9}));
    EXPECT_EQ(pool.map(shout, Vector<std::string>{"a", "", "c"}), (Vector<std::string>{"a!", "!", "c!"}));
    EXPECT_EQ(pool.map(Scale{3}, Vector<double>{1, 2}), (Vector<double>{3, 6}));
    EXPECT_EQ(pool.map(Greet{"Hi"}, Vector<std::string>{"A", "B"}), (Vector<std::string>{"Hi A", "Hi B"}));
    EXPECT_EQ(pool.map(partial([](int a, int b) { return 10 * a + b; }, 4), {1, 2}), (Vector<int>{41, 42}));
    EXPECT_EQ(pool.map_async(square, {5, 6}).get(), (Vector<int>{25, 36}));
    const auto sums = shared().list<int>({0, 0});
    pool.map(partial([](List<int>& to, int n) { to[n % 2] += n; }, sums), {1, 2, 3, 4});
    EXPECT_EQ(sums.copy(), (Vector<int>{6, 4}));
    static_assert(std::is_void_v<decltype(pool.map([](int) {}, {1}))>);
    static_assert(std::is_same_v<decltype(pool.map_async([](int) {}, {1})), Future<void>>);
    pool.map_async([](int) {}, {1, 2, 3}).get();
  });
}

TEST(Pool, StarmapSpreadsTuplesAndPairs) {
  on_manager([] {
    Pool pool;
    using Three = std::tuple<int, std::string, double>;
    EXPECT_EQ(
        pool.starmap([](int a, const std::string& b, double c) { return b + std::to_string(a + int(c)); },
                     Vector<Three>{{1, "x", 2.0}, {3, "y", 4.0}}),
        (Vector<std::string>{"x3", "y7"}));
    EXPECT_EQ(pool.starmap(std::plus<int>(), Vector<std::pair<int, int>>{{1, 2}, {3, 4}}),
              (Vector<int>{3, 7}));
    EXPECT_EQ(pool.starmap(std::minus<int>(), {std::tuple(5, 2), std::tuple(9, 1)}), (Vector<int>{3, 8}));
    EXPECT_EQ(pool.starmap_async(std::plus<int>(), std::map<int, int>{{1, 2}, {3, 4}}).get(),
              (Vector<int>{3, 7}));
    const auto list = shared().list<int>();
    pool.starmap([](List<int>& to, int n) { to.append(n); },
                 Vector<std::tuple<List<int>, int>>{{list, 1}, {list, 2}});
    EXPECT_EQ(list.size(), 2U);
  });
}

// Each kind of element and result, of all ways, in order.
template <class T, class U, class F>
void expect_all_ways(F function, const Vector<T>& elements, const Vector<U>& expected) {
  Pool pool;
  for (const std::size_t chunk : {0U, 1U, 7U, 1000U}) {
    EXPECT_EQ(pool.map(function, elements, {.chunk = chunk}), expected) << chunk;
    EXPECT_EQ(pool.map_async(function, elements, {.chunk = chunk}).get(), expected) << chunk;
    Vector<U> came;
    for (const auto& result : pool.imap(function, elements, {.chunk = chunk})) came.push_back(result);
    EXPECT_EQ(came, expected) << chunk;
    std::size_t count = 0;
    for (const auto& result : pool.imap_unordered(function, elements, {.chunk = chunk})) {
      EXPECT_NE(std::find(expected.begin(), expected.end(), result), expected.end());
      ++count;
    }
    EXPECT_EQ(count, expected.size()) << chunk;
  }
  EXPECT_EQ(pool.apply(function, elements.front()), expected.front());
}

TEST(Pool, ElementsAndResultsOfAllKinds) {
  on_manager([] {
    Vector<int> numbers(40);
    std::iota(numbers.begin(), numbers.end(), -3);
    const auto each = [&numbers]<class U>(auto make, U) {
      Vector<U> all;
      for (const int n : numbers) all.push_back(make(n));
      return all;
    };
    const auto to_double = [](int n) { return n / 2.0; };
    const auto to_bool = [](int n) { return n % 3 == 0; };
    const auto to_text = [](int n) { return std::string(static_cast<std::size_t>(n + 3), 'x'); };
    const auto to_vector = [](int n) { return Vector<int>(static_cast<std::size_t>(n + 3), n); };
    const auto to_person = [](int n) { return PoolPerson{"P" + std::to_string(n), n}; };
    const auto to_tuple = [](int n) { return std::tuple(n, std::to_string(n), n / 4.0); };
    expect_all_ways(to_double, numbers, each(to_double, 0.0));
    expect_all_ways(to_bool, numbers, each(to_bool, false));
    expect_all_ways(to_text, numbers, each(to_text, std::string()));
    expect_all_ways(to_vector, numbers, each(to_vector, Vector<int>()));
    expect_all_ways(to_person, numbers, each(to_person, PoolPerson()));
    expect_all_ways(to_tuple, numbers, each(to_tuple, std::tuple(0, std::string(), 0.0)));
    expect_all_ways([](double x) { return static_cast<int>(2 * x); }, each(to_double, 0.0), numbers);
    expect_all_ways([](bool b) { return !b; }, each(to_bool, false),
                    each([](int n) { return n % 3 != 0; }, false));
    expect_all_ways([](const std::string& s) { return static_cast<int>(s.size()) - 3; },
                    each(to_text, std::string()), numbers);
    expect_all_ways([](Vector<int> v) { return static_cast<int>(v.size()) - 3; },
                    each(to_vector, Vector<int>()), numbers);
    expect_all_ways([](const PoolPerson& p) { return p.age; }, each(to_person, PoolPerson()), numbers);
    expect_all_ways([](const std::tuple<int, std::string, double>& t) { return std::get<0>(t); },
                    each(to_tuple, std::tuple(0, std::string(), 0.0)), numbers);
  });
}

TEST(Pool, HandlesAreElementsAndResults) {
  on_manager([] {
    Pool pool;
    Vector<List<int>> lists;
    for (int i = 0; i < 20; ++i) lists.push_back(shared().list<int>({i}));
    pool.map([](List<int>& list) { list.append(list.get(0) + 1); }, lists);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(lists[static_cast<std::size_t>(i)].copy(), (Vector<int>{i, i + 1}));
    const auto made = pool.map([](int n) { return manager().list<int>({n, n}); }, range(20));
    ASSERT_EQ(made.size(), 20U);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(made[static_cast<std::size_t>(i)].copy(), (Vector<int>{i, i}));
    const auto same = pool.map([](List<int> list) { return list; }, lists);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(same[i].is_same(lists[i]));
    int count = 0;
    for (const List<int>& list : pool.imap([](List<int> l) { return l; }, lists))
      EXPECT_TRUE(list.is_same(lists[static_cast<std::size_t>(count++)]));
    EXPECT_EQ(count, 20);
    EXPECT_TRUE(pool.apply([](List<int>& list) { return list; }, lists[3]).is_same(lists[3]));
    const auto nested = shared().list<List<int>>(lists);
    pool.map([](List<int> list) { list.append(0); }, nested);
    EXPECT_EQ(lists[19].size(), 3U);
  });
}

TEST(Pool, TakesEveryKindOfInput) {
  on_manager([] {
    Pool pool;
    const auto same = [](auto n) { return n; };
    EXPECT_EQ(pool.map(same, std::list<int>{3, 1, 2}), (Vector<int>{3, 1, 2}));
    EXPECT_EQ(pool.map(same, std::set<std::string>{"b", "a"}), (Vector<std::string>{"a", "b"}));
    EXPECT_EQ(pool.map(same, Vector<bool>{true, false, true}), (Vector<bool>{true, false, true}));
    EXPECT_EQ(pool.map(same, {true, false}), (Vector<bool>{true, false}));
    EXPECT_EQ(pool.map(same, std::array<int, 2>{4, 5}), (Vector<int>{4, 5}));
    const int raw[] = {1, 2, 3};
    EXPECT_EQ(pool.map(same, raw), (Vector<int>{1, 2, 3}));
    EXPECT_EQ(pool.map(same, std::string("abc")), (Vector<char>{'a', 'b', 'c'}));
    EXPECT_EQ(pool.map(same, std::views::iota(-2, 3)), (Vector<int>{-2, -1, 0, 1, 2}));
    EXPECT_EQ(pool.map(same, std::views::iota(3L, 5L)), (Vector<long>{3, 4}));
    EXPECT_EQ(pool.map(same, std::views::iota(std::size_t{3}, std::size_t{5})), (Vector<std::size_t>{3, 4}));
    EXPECT_EQ(pool.map(same, std::views::iota(0) | std::views::take(2)), (Vector<int>{0, 1}));
    EXPECT_EQ(pool.map(same, std::views::iota(0, 9) | std::views::filter([](int n) { return n % 4 == 0; })),
              (Vector<int>{0, 4, 8}));
    std::istringstream stream("7 8 9");
    EXPECT_EQ(pool.map(same, std::ranges::istream_view<int>(stream)), (Vector<int>{7, 8, 9}));
    EXPECT_EQ(pool.map(same, shared().list<int>({5, 6})), (Vector<int>{5, 6}));
    EXPECT_EQ(pool.map(same, shared().list<std::string>({"x", "y"})), (Vector<std::string>{"x", "y"}));
    EXPECT_EQ(pool.map(same, shared().array<double>(Vector<double>{0.5, 1.5})), (Vector<double>{0.5, 1.5}));
    EXPECT_THROW(pool.map(same, List<int>()), UsageError);
  });
}

template <class I>
void expect_range(Range<I> numbers, const Vector<I>& expected) {
  Pool pool(3);
  const auto same = [](I n) { return n; };
  EXPECT_EQ(numbers.size(), expected.size());
  EXPECT_EQ(Vector<I>(numbers.begin(), numbers.end()), expected);
  EXPECT_EQ(pool.map(same, numbers), expected);
  Vector<I> came;
  for (const I n : pool.imap(same, numbers)) came.push_back(n);
  EXPECT_EQ(came, expected);
}

TEST(Pool, TakesRangesAsInPython) {
  static_assert(std::random_access_iterator<Range<int>::iterator> && std::ranges::view<Range<int>>);
  on_manager([] {
    using Limits = std::numeric_limits<int>;
    expect_range(range(4), {0, 1, 2, 3});
    expect_range(range(0), {});
    expect_range(range(-3), {});
    expect_range(range(1), {0});
    expect_range(range(2, -3), {});
    expect_range(range(2, -3, -2), {2, 0, -2});
    expect_range(range(-3, 4, 3), {-3, 0, 3});
    expect_range(range(3U, 9U, 4U), {3U, 7U});
    expect_range(range<unsigned char>(250, 255, 2), {250, 252, 254});
    expect_range(range(Limits::min(), Limits::max(), 1 << 30),
                 {Limits::min(), Limits::min() / 2, 0, Limits::max() / 2 + 1});
    expect_range(range(Limits::max(), Limits::min(), Limits::min()), {Limits::max(), -1});
    using Long = std::numeric_limits<std::int64_t>;
    expect_range(range(Long::max() - 2, Long::max()), {Long::max() - 2, Long::max() - 1});
    Vector<signed char> all(255);
    std::iota(all.begin(), all.end(), static_cast<signed char>(-128));
    expect_range(range<signed char>(-128, 127), all);
    const auto whole = range(Limits::min(), Limits::max());
    EXPECT_EQ(whole.size(), std::numeric_limits<unsigned>::max());
    EXPECT_EQ(whole[whole.size() - 1], Limits::max() - 1);
    EXPECT_THROW(range(1, 2, 0), std::invalid_argument);
    EXPECT_THROW(range(Long::min(), Long::max()), std::length_error);
  });
}

TEST(Pool, ChangesAnArrayWhereItLies) {
  on_manager([] {
    Pool pool;
    for (const std::size_t size : {0, 1, 7, 1000}) {
      for (const std::size_t chunk : {0, 1, 3}) {
        std::vector<long> model(size);
        std::iota(model.begin(), model.end(), 0L);
        const auto array = session().manager().array(model);
        pool.map([](long& x) { x = 3 * x + 1; }, array, {.chunk = chunk});
        for (long& x : model) x = 3 * x + 1;
        EXPECT_EQ(array.copy(), model);
        // What it returns comes back besides.
        const auto before = pool.map([](long& x) { return x++; }, array, {.chunk = chunk});
        EXPECT_EQ(before, model);
        for (long& x : model) ++x;
        EXPECT_EQ(array.copy(), model);
      }
    }
  });
}

}  // namespace
}  // namespace cohort::test
