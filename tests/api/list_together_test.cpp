// SPDX-License-Identifier: BSL-1.0
// Several lists at once, and lists in lists, with everybody at work on them.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

// Operations that need two lists must not wait for each other in a circle.
TEST(ListTogether, TwoListsThatFeedEachOtherDoNotLockUp) {
  const auto a = shared_list<int>("a", {1, 2, 3});
  const auto b = shared_list<int>("b", {4, 5, 6});
  const int rounds = repetitions(2'000);
  all_parties([&](Party& party) {
    const auto& mine = party.index() % 2 == 0 ? a : b;
    const auto& other = party.index() % 2 == 0 ? b : a;
    for (int n = 0; n < rounds; ++n) {
      if (other.size() > 50 || mine.size() > 50) mine.erase_slice(3);
      if (other.size() > 50) continue;
      switch (n % 4) {
        case 0:
          mine.extend(other);
          break;
        case 1:
          mine.set_slice({}, {}, other);
          break;
        case 2:
          static_cast<void>(mine == other);
          break;
        default:
          mine.extend(mine);
          break;
      }
    }
  });
  for (const int x : a) ASSERT_TRUE(x >= 1 && x <= 6) << x;
  for (const int x : b) ASSERT_TRUE(x >= 1 && x <= 6) << x;
  session().join();
}

// Inner lists are put in, taken out and read by everybody; whoever holds one finds it whole and alive.
TEST(ListTogether, AHandleThatWasReadStaysAlive) {
  const auto lists = shared_list<cohort::List<std::int64_t>>();
  const int each = repetitions(4'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      const std::int64_t tag = party.tagged(n);
      try {
        switch (party.random(5)) {
          case 0:
            lists.append(session().manager().list<std::int64_t>({tag, ~tag}));
            break;
          case 1:
            lists[party.random(8)] = session().manager().list<std::int64_t>({tag, ~tag});
            break;
          case 2: {
            const auto taken = lists.size() > 8 ? lists.pop(0) : lists.get(-1);
            ASSERT_EQ(taken.get(1), ~taken.get(0));
            break;
          }
          default: {
            const auto read = lists.get(party.random(8));
            ASSERT_EQ(read.size(), 2U);
            ASSERT_EQ(read.get(1), ~read.get(0));
            break;
          }
        }
      } catch (const std::out_of_range&) {
        // the outer list was shorter than that
      }
    }
  });
  for (const auto& list : lists) ASSERT_EQ(list.get(1), ~list.get(0));
  session().join();
  if (session().is_manager()) lists.clear();
  session().join();
}

// One inner list that all reach by their own way through the outer one.
TEST(ListTogether, AllChangeOneInnerListThroughTheOuter) {
  const auto lists = shared_list<cohort::List<long>>();
  on_rank(0, [&] { lists.append(session().manager().list<long>({0})); });
  const int each = repetitions(5'000);
  all_parties([&](Party&) {
    for (int n = 0; n < each; ++n) lists.get(0)[0] += 1;
  });
  EXPECT_EQ(lists.get(0).get(0), long{each} * Party::count());
  session().join();
}

// All make, fill and drop lists of their own: blocks given back by one are soon another's, and none has two
// owners.
TEST(ListTogether, ListsOfManyMakersDoNotOverlap) {
  const int each = repetitions(2'000);
  all_parties([&](Party& party) {
    std::vector<cohort::List<std::int64_t>> mine(16);
    std::vector<std::size_t> sizes(16, 0);
    for (int n = 0; n < each; ++n) {
      const auto k = static_cast<std::size_t>(party.random(16));
      if (mine[k].valid()) {
        const auto copy = mine[k].copy();
        ASSERT_EQ(copy.size(), sizes[k]);
        for (const std::int64_t x : copy) ASSERT_EQ(x, copy.front());
        ASSERT_EQ(writer_of(copy.front()), party.index());
      }
      sizes[k] = static_cast<std::size_t>(1 + party.random(300));
      mine[k] = session().manager().list(std::vector<std::int64_t>(sizes[k], party.tagged(n)));
    }
  });
}

// Two write a list each, and read the other's after each append. If an append were still under way when its
// caller reads, both could miss the other's: the n-th append of one sees fewer than m, and the m-th of the
// other fewer than n.
TEST(ListTogether, AnAppendIsOverBeforeTheNextRead) {
  const std::array lists = {shared_list<int>("a"), shared_list<int>("b")};
  const std::array seen = {shared_list<std::size_t>("seen by a"), shared_list<std::size_t>("seen by b")};
  const int each = repetitions(100'000);
  all_parties([&](Party& party) {
    if (party.index() > 1) return;
    const auto me = static_cast<std::size_t>(party.index());
    std::vector<std::size_t> sizes;
    for (int n = 0; n < each; ++n) {
      lists[me].append(n);
      sizes.push_back(lists[1 - me].size());
    }
    seen[me].extend(sizes);
  });
  on_rank(0, [&] {
    const auto by_a = seen[0].copy();
    const auto by_b = seen[1].copy();
    for (std::size_t n = 1; n <= by_a.size(); ++n) {
      const std::size_t m = by_a[n - 1] + 1;
      if (m <= by_b.size()) {
        ASSERT_GE(by_b[m - 1], n) << "append " << n << " and append " << m << " missed each other";
      }
    }
  });
}

// Every party opens the same name at the same moment and gets the same list.
TEST(ListTogether, OneNameIsOneList) {
  const auto total = shared_list<int>("total", {0});
  const int rounds = repetitions(200);
  all_parties([&](Party& party) {
    for (int n = 0; n < rounds; ++n) {
      party.meet();
      const auto list =
          session().manager().open<cohort::List<int>>("ListTogether.OneNameIsOneList." + std::to_string(n));
      list.append(party.index());
      party.meet();
      if (list.size() == static_cast<std::size_t>(Party::count())) total[0] += 1;
    }
  });
  EXPECT_EQ(total.get(0), rounds * Party::count());
  session().join();
}

}  // namespace
}  // namespace cohort::test
