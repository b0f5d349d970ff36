// SPDX-License-Identifier: BSL-1.0
// Lists in lists: what is stored is a share in the inner list, not a copy of it.
#include <gtest/gtest.h>

#include <boost/serialization/string.hpp>
#include <cohort/dict.hpp>
#include <cohort/list.hpp>
#include <cohort/lock.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using Inner = cohort::List<int>;
using Outer = cohort::List<Inner>;

Inner inner(std::initializer_list<int> values) { return session().manager().list<int>(values); }
Outer outer() { return session().manager().list<Inner>(); }

TEST(ListHandles, AChangeOfTheInnerListIsSeenThroughTheOuter) {
  on_first_and_last_rank([] {
    const auto lists = outer();
    const auto numbers = inner({1, 2});
    lists.append(numbers);
    numbers.append(3);
    EXPECT_EQ(lists.get(0).copy(), (std::vector{1, 2, 3}));
    lists.get(0).append(4);
    lists[0].get().append(5);
    const Inner again = lists[-1];
    again.append(6);
    EXPECT_EQ(numbers.copy(), (std::vector{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(lists.get(0) == numbers);
  });
}

TEST(ListHandles, InnerListsOutliveTheHandleThatMadeThem) {
  on_first_and_last_rank([] {
    const auto lists = outer();
    for (int n = 0; n < 100; ++n) lists.append(inner({n, n + 1, n + 2}));
    for (int n = 0; n < 100; ++n) ASSERT_EQ(lists.get(n).copy(), (std::vector{n, n + 1, n + 2}));
  });
}

TEST(ListHandles, AHandleTakenOutOutlivesTheOuterList) {
  on_first_and_last_rank([] {
    Inner kept;
    Inner popped;
    {
      const auto lists = outer();
      lists.append(inner({1, 2}));
      lists.append(inner({3, 4}));
      kept = lists.get(0);
      popped = lists.pop();
      EXPECT_EQ(lists.size(), 1U);
    }
    kept.append(9);
    EXPECT_EQ(kept.copy(), (std::vector{1, 2, 9}));
    EXPECT_EQ(popped.copy(), (std::vector{3, 4}));
  });
}

TEST(ListHandles, EveryMethodKeepsTheInnerListsAlive) {
  on_first_and_last_rank([] {
    const auto lists = outer();
    lists.extend({inner({0}), inner({1}), inner({2})});
    lists.insert(1, inner({9}));
    lists.reverse();                                                                 // 2 1 9 0
    lists.sort([](const Inner& a, const Inner& b) { return a.get(0) < b.get(0); });  // 0 1 2 9
    lists[0] = inner({5});                                                           // 5 1 2 9
    lists.set_slice(1, 3, std::vector<Inner>{inner({6}), inner({7})});               // 5 6 7 9
    lists.erase(2);                                                                  // 5 6 9
    lists.update(0, [](Inner& list) { list = inner({8}); });                         // 8 6 9
    lists.transact([](std::vector<Inner>& all) { all.push_back(inner({4})); });
    lists.repeat(2);
    std::vector<int> firsts;
    for (const Inner& list : lists) firsts.push_back(list.get(0));
    EXPECT_EQ(firsts, (std::vector{8, 6, 9, 4, 8, 6, 9, 4}));
    lists[0].get().append(1);
    EXPECT_EQ(lists.get(4).size(), 2U);  // repeated are the handles, as in Python
    lists.erase_slice({}, 4);
    EXPECT_EQ(lists.get(0).copy(), (std::vector{8, 1}));
    lists.clear();
    EXPECT_TRUE(lists.empty());
  });
}

TEST(ListHandles, AHandleThatIsStoredIsFound) {
  on_first_and_last_rank([] {
    const auto lists = outer();
    const auto wanted = inner({4, 2});
    lists.extend({inner({1}), wanted, inner({3})});
    EXPECT_TRUE(lists.contains(wanted));
    EXPECT_EQ(lists.index(wanted), 1);
    EXPECT_FALSE(lists.contains(inner({7})));
    lists.remove(wanted);
    EXPECT_EQ(lists.size(), 2U);
    EXPECT_EQ(wanted.copy(), (std::vector{4, 2}));
  });
}

TEST(ListHandles, ListsNestDeeply) {
  on_first_and_last_rank([] {
    auto& manager = session().manager();
    const auto top = manager.list<cohort::List<Outer>>();
    {
      const auto third = manager.list<Outer>();
      const auto second = outer();
      second.append(inner({42}));
      third.append(second);
      top.append(third);
    }
    EXPECT_EQ(top.get(0).get(0).get(0).get(0), 42);
    top.get(0).get(0).get(0)[0] += 1;
    EXPECT_EQ(top.pop().pop().pop().pop(), 43);
  });
}

// Handles inside structs and containers, where the archive meets them.
struct Job {
  std::string name;
  Inner results;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name& results;
  }
};

TEST(ListHandles, HandlesLieInsideOtherValues) {
  on_first_and_last_rank([] {
    auto& manager = session().manager();
    const auto jobs = manager.list<Job>();
    const auto pairs = manager.list<std::pair<std::string, Inner>>();
    const auto groups = manager.list<std::vector<Inner>>();
    const auto chances = manager.list<std::optional<Inner>>();
    for (int n = 0; n < 20; ++n) {
      jobs.append(Job{"job", inner({n})});
      pairs.append({"pair", inner({n})});
      groups.append({inner({n}), inner({n, n})});
      chances.append(n % 2 == 0 ? std::optional(inner({n})) : std::nullopt);
    }
    for (int n = 0; n < 20; ++n) {
      jobs.get(n).results.append(1);
      ASSERT_EQ(jobs.get(n).results.copy(), (std::vector{n, 1}));
      ASSERT_EQ(pairs.get(n).second.copy(), (std::vector{n}));
      ASSERT_EQ(groups.get(n).at(1).copy(), (std::vector{n, n}));
      ASSERT_EQ(chances.get(n).has_value(), n % 2 == 0);
    }
    const Job last = jobs.pop();
    jobs.clear();
    groups.clear();
    EXPECT_EQ(last.results.copy(), (std::vector{19, 1}));
  });
}

TEST(ListHandles, LocksLieInListsAndDicts) {
  auto& manager = session().manager();
  const auto locks = manager.open<cohort::List<cohort::Lock>>("LocksLieInListsAndDicts");
  const auto by_name = manager.open<cohort::Dict<std::string, cohort::Lock>>("LocksByName");
  const auto counts = manager.open<cohort::List<int>>("CountsUnderLocks");
  on_first_and_last_rank([&] {
    if (!locks.empty()) return;
    locks.extend({manager.lock(), manager.lock()});
    by_name.set("second", locks.get(1));
    counts.extend({0, 0});
  });
  session().join();
  for (int i = 0; i < 400; ++i) {
    const int which = i % 2;
    const auto lock = which == 1 && i % 3 == 0 ? by_name["second"].get() : locks.get(which);
    const std::scoped_lock held(lock);
    counts.set(which, counts.get(which) + 1);
  }
  session().join();
  EXPECT_EQ(counts.copy(), std::vector(2, 200 * session().size()));
}

TEST(ListHandles, AFailedChangeKeepsEveryInnerList) {
  on_first_and_last_rank([] {
    const auto lists = outer();
    lists.extend({inner({1}), inner({2})});
    const auto spoil = [](std::vector<Inner>& all) {
      all.clear();
      all.push_back(inner({3}));
      throw std::runtime_error("spoilt");
    };
    EXPECT_THROW(lists.transact(spoil), std::runtime_error);
    EXPECT_THROW(lists.set_slice({}, {}, {inner({4}), inner({5}), inner({6})}, -1), std::invalid_argument);
    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists.get(0).copy(), (std::vector{1}));
    EXPECT_EQ(lists.get(1).copy(), (std::vector{2}));
  });
}

// Inner lists of 256 KiB that die with their outer list: together more than the heap holds.
TEST(ListHandles, TheLastHandleGivesTheMemoryBack) {
  on_first_and_last_rank([] {
    const std::vector<int> payload(65536, 7);
    for (int round = 0; round < 80; ++round) {
      const auto lists = outer();
      for (int n = 0; n < 16; ++n) lists.append(session().manager().list(payload));
      for (int n = 0; n < 4; ++n) static_cast<void>(lists.pop(n));
      ASSERT_EQ(lists.get(-1).size(), payload.size());
    }
  });
}

// One rank stores a list and lets go of it; the others read and change it through the outer one.
TEST(ListHandles, OtherRanksReachTheInnerLists) {
  const auto lists = session().manager().open<Outer>("ListHandles.OtherRanksReachTheInnerLists");
  lists.append(inner({session().rank()}));
  session().join();
  for (int n = 0; n < ranks(); ++n) lists.get(n)[0] += 1;
  session().join();
  std::vector<int> values;
  for (const Inner& list : lists) values.push_back(list.get(0));
  std::sort(values.begin(), values.end());
  for (int n = 0; n < ranks(); ++n) EXPECT_EQ(values.at(static_cast<std::size_t>(n)), n + ranks());
  session().join();
}

}  // namespace
}  // namespace cohort::test
