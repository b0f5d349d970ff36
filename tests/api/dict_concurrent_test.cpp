// SPDX-License-Identifier: BSL-1.0
// Many at one dict: nothing is lost, nothing is done twice, nothing is seen in pieces, and what is full or
// gone leaves the rest whole.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

template <class K, class V>
Dict<K, V> shared_dict() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return session().manager().open<Dict<K, V>>(std::string(test->test_suite_name()) + "." + test->name());
}

TEST(DictConcurrent, IncrementsSumUp) {
  const auto dict = shared_dict<int, long>();
  const int each = repetitions(20'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      if (n % 2 == 0) {
        dict.increment(party.random(5));
      } else {
        dict.update(party.random(5), 0, [](long& x) { ++x; });
      }
    }
  });
  on_rank(ranks() - 1, [&] {
    long sum = 0;
    for (const long x : dict.values()) sum += x;
    EXPECT_EQ(sum, long{Party::count()} * each);
  });
}

// A dict on which nobody takes keys away lets values change without its latch; taking one away ends that. Whatever
// was added to the value before it went was in what pop() gave.
TEST(DictConcurrent, WhatIsAddedWhileTheKeyGoesIsInIt) {
  const auto dict = shared_dict<int, long>();
  auto popped = session().manager().open<Value<long>>("DictConcurrent.popped");
  const int each = repetitions(200'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      dict.increment(0);
      if (party.first() && n % 300 == 299) popped += dict.pop(0);
    }
  });
  on_rank(0, [&] { EXPECT_EQ(popped.get() + dict.get(0, 0), long{each} * Party::count()); });
}

// Two set a key each, and read the other's after each time, as AnAppendIsOverBeforeTheNextRead has it for lists.
TEST(DictConcurrent, ASetIsOverBeforeTheNextRead) {
  const auto dict = shared_dict<int, int>();
  const auto seen = session().manager().open<Dict<int, std::vector<int>>>("DictConcurrent.seen");
  on_rank(0, [&] { dict.update({{0, 0}, {1, 0}}); });
  const int each = repetitions(100'000);
  all_parties([&](Party& party) {
    const int me = party.index();
    if (me > 1) return;
    std::vector<int> values;
    for (int n = 1; n <= each; ++n) {
      dict.set(me, n);
      values.push_back(dict.value_of(1 - me));
    }
    seen.set(me, values);
  });
  on_rank(0, [&] {
    if (Party::count() < 2) return;
    const auto mine = seen.value_of(0);
    const auto others = seen.value_of(1);
    for (int n = 1; n <= each; ++n) {
      const int m = mine[static_cast<std::size_t>(n - 1)] + 1;
      if (m <= each) {
        ASSERT_GE(others[static_cast<std::size_t>(m - 1)], n)
            << "set " << n << " and set " << m << " missed each other";
      }
    }
  });
}

TEST(DictConcurrent, DistinctKeysAllArriveWhileOthersRead) {
  const auto dict = shared_dict<std::int64_t, std::int64_t>();
  const int each = repetitions(5'000);
  all_parties([&](Party& party) {
    std::size_t size = 0;
    for (int n = 0; n < each; ++n) {
      dict.set(party.tagged(n), n);
      // What one has put in stays there, and nothing goes.
      const int earlier = party.random(n + 1);
      ASSERT_EQ(dict.get(party.tagged(earlier)), earlier);
      const std::size_t now = dict.size();
      ASSERT_GE(now, size);
      size = now;
      if (n % 500 == 0) {
        const auto keys = dict.keys();
        ASSERT_GE(keys.size(), size);
        ASSERT_EQ(std::set<std::int64_t>(keys.begin(), keys.end()).size(), keys.size());
      }
    }
  });
  on_rank(0, [&] {
    EXPECT_EQ(dict.size(), static_cast<std::size_t>(Party::count()) * static_cast<std::size_t>(each));
    for (const auto& [key, value] : dict) ASSERT_EQ(number_of(key), value);
  });
}

std::string text_of(int n) { return std::string(static_cast<std::size_t>(n % 40), 'a') + std::to_string(n); }

TEST(DictConcurrent, ValuesAreSeenWhole) {
  const auto pairs = shared_dict<int, Pair16>();
  const auto texts = session().manager().open<Dict<std::string, std::string>>("DictConcurrent.texts");
  const int each = repetitions(5'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      const int key = party.random(4);
      if (party.index() % 2 == 0) {
        const int x = party.random(1000);
        pairs[key] = Pair16{x, ~std::int64_t{x}};
        texts[text_of(key)] = text_of(x) + "/" + text_of(x);
        if (n % 16 == 0) pairs.pop(key, {});
        if (n % 16 == 8) texts.pop(text_of(key), "");
      } else {
        const auto pair = pairs.get(key, Pair16{0, ~std::int64_t{0}});
        ASSERT_EQ(pair.second, ~pair.first);
        const std::string text = texts.get(text_of(key), "/");
        const auto half = text.find('/');
        ASSERT_EQ(text.substr(0, half), text.substr(half + 1));
        if (n % 16 == 0) {
          for (const auto& [k, v] : pairs) ASSERT_EQ(v.second, ~v.first) << k;
        }
      }
    }
  });
}

TEST(DictConcurrent, PopAndPopitemGiveEachKeyToOne) {
  const auto dict = shared_dict<int, int>();
  const auto set = session().manager().open<Set<int>>("DictConcurrent.set");
  const int keys = repetitions(4'000);
  if (is_manager()) {
    std::vector<std::pair<int, int>> items;
    for (int n = 0; n < keys; ++n) items.emplace_back(n, n);
    dict.update(items);
  }
  session().join();
  all_parties([&](Party& party) {
    for (;;) {
      try {
        const int key = dict.popitem().first;
        ASSERT_TRUE(set.add(key)) << "twice";
        const int other = party.random(keys);
        if (dict.pop(other, -1) == other) {
          ASSERT_TRUE(set.add(other)) << "twice";
        }
      } catch (const std::out_of_range&) {
        return;
      }
    }
  });
  on_rank(0, [&] {
    EXPECT_EQ(set.size(), static_cast<std::size_t>(keys));
    EXPECT_TRUE(dict.empty());
  });
}

TEST(DictConcurrent, UpdateRunsOnceForEachCall) {
  const auto dict = shared_dict<std::string, std::vector<int>>();
  const int each = repetitions(400);
  std::atomic<int> runs = 0;
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n)
      dict.update("all", {}, [&](std::vector<int>& all) {
        ++runs;
        if (all.size() < 100) all.push_back(party.index());
      });
  });
  EXPECT_EQ(runs, each * threads_of_a_rank());
}

TEST(DictConcurrent, ManyAtOnceAreSeenAllOrNone) {
  const auto dict = shared_dict<int, int>();
  const int each = repetitions(300);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      if (party.first()) {
        std::vector<std::pair<int, int>> items;
        for (int key = 0; key < 50; ++key) items.emplace_back(key, n);
        dict.update(items);
        if (n % 8 == 0) dict.clear();
      } else {
        const auto values = dict.values();
        ASSERT_TRUE(values.empty() || values.size() == 50);
        ASSERT_EQ(std::set<int>(values.begin(), values.end()).size(), values.empty() ? 0U : 1U);
      }
    }
  });
}

TEST(DictConcurrent, ProcessesFillNestedLists) {
  on_manager([] {
    const auto groups = session().manager().dict<std::string, List<int>>();
    std::vector<Process> processes;
    for (int n = 0; n < 24; ++n)
      processes.emplace_back(
          [](Dict<std::string, List<int>> all, int i) {
            all.setdefault(i % 2 == 0 ? "even" : "odd", manager().list<int>()).append(i);
          },
          groups, n);
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(groups.value_of("even").size(), 12U);
    EXPECT_EQ(groups.value_of("odd").size(), 12U);
  });
}

constexpr std::size_t kTextBytes = std::size_t{200} << 10U;

// Fills the dict until there is no room; how many keys went in. The heap is small in the tests.
int fill(const Dict<int, std::string>& dict) {
  for (int n = 0;; ++n) {
    try {
      dict[n] = std::string(kTextBytes, static_cast<char>('a' + n % 26));
    } catch (const OutOfSharedMemory&) {
      return n;
    }
  }
}

TEST(DictMemory, AFullHeapLeavesTheDictWhole) {
  on_first_and_last_rank([] {
    const auto dict = session().manager().dict<int, std::string>();
    const int full = fill(dict);
    ASSERT_EQ(dict.size(), static_cast<std::size_t>(full));
    const std::string large(static_cast<std::size_t>(full / 2) * kTextBytes, 'x');
    EXPECT_THROW(dict[0] = large, OutOfSharedMemory);
    EXPECT_THROW(dict.update({{0, "small"}, {-1, large}}), OutOfSharedMemory);
    EXPECT_THROW(dict.update(0, [&](std::string& x) { x = large; }), OutOfSharedMemory);
    EXPECT_EQ(dict.size(), static_cast<std::size_t>(full));
    for (int n = 0; n < full; n += 17) ASSERT_EQ(dict.value_of(n).front(), 'a' + n % 26);
    dict.clear();
    EXPECT_GE(fill(dict) + 2, full) << "what clear() gave back is there again";
    while (!dict.empty()) dict.popitem();
    EXPECT_GE(fill(dict) + 2, full);
  });
}

}  // namespace
}  // namespace cohort::test
