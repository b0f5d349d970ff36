// SPDX-License-Identifier: BSL-1.0
// What sort() of a pool does to a List and an Array: what std::stable_sort does.
#include "process/process_support.hpp"

#include <algorithm>
#include <functional>
#include <random>

namespace cohort::test {
namespace {

struct Entry {
  int key = 0;
  int place = 0;
  friend bool operator==(const Entry&, const Entry&) = default;
};
bool by_key(const Entry& a, const Entry& b) { return a.key < b.key; }
bool fails(long a, long b) {
  if (a == 5000 || b == 5000) throw std::domain_error("5000");
  return a < b;
}

// So many numbers, some of them equal, the same ones in each run.
std::vector<long> numbers(std::size_t count, std::uint32_t seed, long most) {
  std::mt19937 random(seed);
  std::vector<long> all(count);
  for (long& number : all) number = static_cast<long>(random()) % most;
  return all;
}

// More elements than one run has, with runs of one length and not.
const std::vector<std::size_t> kCounts{0, 1, 2, 3, 1000, 2048, 2049, 5000, 7 * 1024, 16381, 30000};

TEST(PoolSort, SortsListsAndArraysAsTheStandardLibraryDoes) {
  on_manager([] {
    for (const int processes : {1, 2, 3, 5, 8}) {
      Pool pool(processes);
      for (const std::size_t count : kCounts) {
        const auto all = numbers(count, 7, count % 2 == 0 ? 1'000'000'000 : 50);
        auto expected = all;
        std::sort(expected.begin(), expected.end());
        const auto list = shared().list<long>(all);
        pool.sort(list);
        ASSERT_TRUE(list.copy() == expected) << processes << " processes, " << count << " elements";
        pool.sort(list);
        ASSERT_TRUE(list.copy() == expected) << "sorted before";
        std::sort(expected.begin(), expected.end(), std::greater<>());
        pool.sort(list, std::greater<>());
        ASSERT_TRUE(list.copy() == expected) << "downwards, " << count;
        if (count == 0) continue;
        const auto array = shared().array<long>(all);
        pool.sort(array, [](long a, long b) { return a > b; });
        ASSERT_TRUE(array.copy() == expected) << "an array of " << count;
      }
    }
  });
}

TEST(PoolSort, LeavesEqualElementsInTheirOrder) {
  on_manager([] {
    Pool pool(4);
    std::vector<Entry> all;
    for (const long key : numbers(20'000, 3, 17))
      all.push_back({static_cast<int>(key), static_cast<int>(all.size())});
    auto expected = all;
    std::stable_sort(expected.begin(), expected.end(), by_key);
    const auto list = shared().list<Entry>(all);
    pool.sort(list, by_key);
    EXPECT_TRUE(list.copy() == expected);
    const auto array = shared().array<Entry>(all);
    pool.sort(
        array,
        partial([](int base, const Entry& a, const Entry& b) { return a.key - base < b.key - base; }, 3));
    EXPECT_TRUE(array.copy() == expected);
  });
}

TEST(PoolSort, SortsElementsOfAnySize) {
  on_manager([] {
    Pool pool(3);
    const auto all = numbers(9000, 5, 1000);
    const auto sort = [&]<class T>(T) {
      std::vector<T> values;
      for (const long number : all) values.push_back(static_cast<T>(number));
      const auto list = shared().list<T>(values);
      std::stable_sort(values.begin(), values.end());
      pool.sort(list);
      EXPECT_TRUE(list.copy() == values) << sizeof(T);
    };
    sort(false);
    sort(char{});
    sort(short{});
    sort(float{});
    struct alignas(64) Wide {
      long value = 0;
      explicit Wide(long v) : value(v) {}
    };
    const auto wide = shared().list<Wide>();
    for (const long number : all) wide.append(Wide(number));
    pool.sort(wide, [](const Wide& a, const Wide& b) { return a.value < b.value; });
    const auto sorted = wide.copy();
    EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end(),
                               [](const Wide& a, const Wide& b) { return a.value < b.value; }));
    EXPECT_EQ(sorted.size(), all.size());
  });
}

TEST(PoolSort, ThatThrowsChangesNothing) {
  on_manager([] {
    Pool pool(4);
    auto all = numbers(10'000, 9, 5000);
    for (const std::size_t at : {0U, 4999U, 9999U}) {
      auto some = all;
      some[at] = 5000;
      const auto list = shared().list<long>(some);
      const auto array = shared().array<long>(some);
      for (int round = 0; round < 2; ++round) {
        try {
          round == 0 ? pool.sort(list, fails) : pool.sort(array, fails);
          ADD_FAILURE() << "no RemoteError";
        } catch (const RemoteError& error) {
          EXPECT_EQ(error.type(), "std::domain_error");
          EXPECT_EQ(error.message(), "5000");
          EXPECT_EQ(error.index(), std::nullopt);
        }
      }
      EXPECT_TRUE(list.copy() == some);
      EXPECT_TRUE(array.copy() == some);
    }
    const auto list = shared().list<long>(all);
    pool.close();
    EXPECT_THROW(pool.sort(list), Closed);
    EXPECT_THROW(pool.sort(shared().list<long>()), Closed);
    EXPECT_TRUE(list.copy() == all);
  });
}

// Where NaNs are in it, the order is nobody's promise; but nothing is lost or written elsewhere.
TEST(PoolSort, WithAnOrderThatIsNoneKeepsAllElements) {
  on_manager([] {
    Pool pool(4);
    std::vector<double> all(8000);
    std::mt19937 random(2);
    for (double& value : all) value = random() % 3 == 0 ? std::nan("") : static_cast<double>(random() % 1000);
    const auto list = shared().list<double>(all);
    try {
      pool.sort(list);
    } catch (const RemoteError& error) {
      EXPECT_EQ(error.type(), "std::invalid_argument");
    }
    auto after = list.copy();
    ASSERT_EQ(after.size(), all.size());
    const auto bits = [](std::vector<double>& values) {
      std::sort(values.begin(), values.end(), [](double a, double b) {
        return std::bit_cast<std::uint64_t>(a) < std::bit_cast<std::uint64_t>(b);
      });
      return std::as_bytes(std::span(values));
    };
    EXPECT_TRUE(std::ranges::equal(bits(after), bits(all)));
  });
}

// While others append and read: nothing is lost, and nobody sees anything but the elements as they were, with what was
// appended, or sorted.
TEST(PoolSort, LosesNothingThatOthersAppendMeanwhile) {
  on_manager([] {
    const auto all = numbers(4096, 11, 100'000);
    for (int round = 0; round < rounds(8); ++round) {
      const auto list = shared().list<long>(all);
      const auto stop = shared().value<int>(0);
      const auto appended = shared().value<long>(0);
      Process other(
          [](List<long> to, Value<int> done, Value<long> count) {
            for (long n = 0; n < 2000 && done.get() == 0; ++n) {
              to.append(200'000 + n);
              ++count;
              const auto seen = to.copy();
              if (seen.size() < 4096 + static_cast<std::size_t>(n) + 1)
                throw std::logic_error("fewer than before");
              if (seen.size() > 5000) break;
            }
          },
          list, stop, appended);
      other.start();
      {
        Pool pool(2);
        for (int i = 0; i < 3; ++i) pool.sort(list);
      }
      stop.set(1);
      other.join();
      ASSERT_EQ(other.exitcode(), 0);
      ASSERT_EQ(list.size(), all.size() + static_cast<std::size_t>(appended.get()));
      list.sort();
      auto expected = all;
      for (long n = 0; n < appended.get(); ++n) expected.push_back(200'000 + n);
      std::sort(expected.begin(), expected.end());
      ASSERT_TRUE(list.copy() == expected);
    }
  });
}

// The comparison changes the list: certainly something that happens meanwhile.
TEST(PoolSort, ThatMeetsAChangeSortsWhatTheListIsThen) {
  on_manager([] {
    Pool pool(3);
    const auto all = numbers(5000, 13, 100'000);
    for (const bool longer : {false, true}) {
      const auto list = shared().list<long>(all);
      const auto meddle = [](List<long>& other, Value<int>& done, bool append, long a, long b) {
        if (done.exchange(1) == 0) {
          other[-1] = 777;
          if (append) other.append(-5);
        }
        return a < b;
      };
      pool.sort(list, partial(meddle, list, shared().value<int>(0), longer));
      auto expected = all;
      expected.back() = 777;
      if (longer) expected.push_back(-5);
      std::sort(expected.begin(), expected.end());
      EXPECT_TRUE(list.copy() == expected) << longer;
    }
  });
}

TEST(PoolSort, WithoutRoomChangesNothing) {
  on_manager([] {
    Pool pool(2);
    // A third of the heap is the list's, and the sort needs room for three more of it.
    const char* heap = std::getenv("COHORT_HEAP");
    if (heap == nullptr) GTEST_SKIP() << "the heap is as large as the machine allows";
    const auto all = numbers((std::stoul(heap) << 20) / sizeof(long) / 3, 1, 1'000'000);
    const auto list = shared().list<long>(all);
    EXPECT_THROW(pool.sort(list), OutOfSharedMemory);
    EXPECT_TRUE(list.copy() == all);
    const auto small = shared().list<long>({3, 1, 2});
    pool.sort(small);  // the pool goes on
    EXPECT_EQ(small.copy(), (std::vector<long>{1, 2, 3}));
  });
}

}  // namespace
}  // namespace cohort::test
