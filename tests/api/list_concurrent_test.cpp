// SPDX-License-Identifier: BSL-1.0
// Writers against writers: nothing is lost, nothing comes twice, nothing comes in pieces.
#include <gtest/gtest.h>
#include <cohort/list.hpp>
#include <cohort/process.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

// Each writer's values are all there, and in the order in which it wrote them.
void expect_complete(const std::vector<std::int64_t>& values, int writers, int each) {
  ASSERT_EQ(values.size(), static_cast<std::size_t>(writers) * static_cast<std::size_t>(each));
  std::vector<int> next(static_cast<std::size_t>(writers), 0);
  for (const std::int64_t value : values) {
    const int writer = writer_of(value);
    ASSERT_TRUE(writer >= 0 && writer < writers) << value;
    ASSERT_EQ(number_of(value), next[static_cast<std::size_t>(writer)]++) << "writer " << writer;
  }
}

TEST(ListConcurrent, AppendsLoseNothingAndKeepEachWritersOrder) {
  const auto list = shared_list<std::int64_t>();
  const int each = repetitions(20'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) list.append(party.tagged(n));
  });
  on_rank(ranks() - 1, [&] { expect_complete(list.copy(), Party::count(), each); });
}

TEST(ListConcurrent, AppendedStringsArriveWhole) {
  const auto list = shared_list<std::string>();
  const int each = repetitions(5'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n)
      list.append(std::to_string(party.tagged(n)) + std::string(static_cast<std::size_t>(n % 300), '.'));
  });
  on_rank(0, [&] {
    std::vector<std::int64_t> values;
    for (const std::string& text : list) {
      values.push_back(std::strtoll(text.c_str(), nullptr, 10));
      const auto dots = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
      ASSERT_EQ(dots, static_cast<std::size_t>(number_of(values.back()) % 300));
    }
    expect_complete(values, Party::count(), each);
  });
}

void append_run(const cohort::List<std::int64_t>& list, int writer, int each) {
  for (int n = 0; n < each; ++n) list.append((std::int64_t{writer + 1} << 32) + n);
}

void count_up(cohort::List<long> counters, int times) {
  for (int n = 0; n < times; ++n) counters[n % 3] += 1;
}

TEST(ListConcurrent, ProcessesLoseNothing) {
  on_manager([] {
    const int writers = 3 * ranks() + 1;
    const int each = repetitions(5'000);
    const auto list = session().manager().list<std::int64_t>();
    const auto counters = session().manager().list<long>(3, 0);
    std::vector<cohort::Process> processes;
    for (int n = 0; n < writers; ++n) {
      processes.emplace_back(append_run, list, n, each);
      processes.emplace_back(count_up, counters, 3 * each);
    }
    cohort::start_all(processes);
    cohort::join_all(processes);
    expect_complete(list.copy(), writers, each);
    EXPECT_EQ(counters.copy(), std::vector<long>(3, long{writers} * each));
  });
}

template <class T>
void expect_exact_sums(const std::string& name, int each) {
  const auto list = shared_list<T>(name, std::vector<T>(8, T{0}));
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      list[party.random(8)] += T{1};
      ++list[n % 8];
      list[-1].fetch_add(T{1});
    }
  });
  on_rank(0, [&] {
    double sum = 0;
    for (const T x : list) sum += static_cast<double>(x);
    EXPECT_EQ(sum, 3.0 * each * Party::count());
  });
}

TEST(ListConcurrent, AdditionsToElementsSumExactlyForLong) {
  expect_exact_sums<long>("long", repetitions(10'000));
}
TEST(ListConcurrent, AdditionsToElementsSumExactlyForInt) {
  expect_exact_sums<int>("int", repetitions(10'000));
}
// 16 bits, at most 32,767 in one element, and four elements in a word.
TEST(ListConcurrent, AdditionsToElementsSumExactlyForShort) {
  expect_exact_sums<short>("short", std::min(repetitions(5'000), 30'000 / (2 * Party::count())));
}
TEST(ListConcurrent, AdditionsToElementsSumExactlyForDouble) {
  expect_exact_sums<double>("double", repetitions(10'000));
}

TEST(ListConcurrent, UpdateIsOneStepAndRunsOnce) {
  const auto list = shared_list<Pair16>("", {Pair16{}, Pair16{}});
  const int each = repetitions(10'000);
  all_parties([&](Party&) {
    int calls = 0;
    std::int64_t last = 0;
    for (int n = 0; n < each; ++n) {
      const Pair16 result = list.update(-1, [&](Pair16& x) {
        ++calls;
        ++x.first;
        --x.second;
      });
      ASSERT_EQ(result.first, -result.second);
      ASSERT_GT(result.first, last);  // no two updates start from the same value
      last = result.first;
    }
    ASSERT_EQ(calls, each);
  });
  const std::int64_t total = std::int64_t{each} * Party::count();
  EXPECT_EQ(list.get(1), (Pair16{total, -total}));
  EXPECT_EQ(list.get(0), Pair16{});
  session().join();
}

TEST(ListConcurrent, CompareExchangeAndMaximumLoseNothing) {
  const auto list = shared_list<long>("", {0, 0, 0});
  const int each = repetitions(5'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      long expected = list.get(0);
      while (!list[0].compare_exchange(expected, expected + 1)) {
      }
      list[1].fetch_max(party.tagged(n));
      list[2] += (n % 2 == 0) ? 1 : -1;
    }
  });
  EXPECT_EQ(list.get(0), long{each} * Party::count());
  EXPECT_EQ(list.get(1), (std::int64_t{Party::count()} << 32) + each - 1);
  EXPECT_EQ(list.get(2), each % 2 == 0 ? 0 : Party::count());
  session().join();
}

TEST(ListConcurrent, ExtendedPiecesStayInOnePiece) {
  const auto list = shared_list<std::int64_t>();
  const int pieces = repetitions(800);
  all_parties([&](Party& party) {
    for (int n = 0; n < pieces; ++n)
      list.extend(std::vector<std::int64_t>(static_cast<std::size_t>(n % 60), party.tagged(n)));
  });
  on_rank(0, [&] {
    const auto all = list.copy();
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < all.size();) {
      const auto length = static_cast<std::size_t>(number_of(all[i]) % 60);
      ASSERT_TRUE(seen.insert(all[i]).second) << "the piece at " << i << " was torn";
      ASSERT_LE(i + length, all.size());
      for (std::size_t k = 0; k < length; ++k) ASSERT_EQ(all[i + k], all[i]) << "piece at " << i;
      i += length;
    }
    const int empty_pieces = (pieces + 59) / 60;
    EXPECT_EQ(seen.size(), static_cast<std::size_t>((pieces - empty_pieces) * Party::count()));
  });
}

TEST(ListConcurrent, EachElementIsPoppedOnce) {
  const int total = repetitions(10'000) * Party::count();
  std::vector<long> content;
  for (long n = 0; n < total; ++n) content.push_back(n);
  const auto list = shared_list<long>("", content);
  const auto popped = shared_list<long>("popped");
  all_parties([&](Party& party) {
    std::vector<long> mine;
    try {
      for (;;) mine.push_back(party.random(64) == 0 ? list.pop(0) : list.pop());
    } catch (const std::out_of_range&) {
      popped.extend(mine);
    }
  });
  auto all = popped.copy();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, content);
  EXPECT_TRUE(list.empty());
  session().join();
}

// What one puts in anywhere, it finds and takes out again, whatever the others do around it.
TEST(ListConcurrent, InsertedValuesAreRemovedOnce) {
  const auto list = shared_list<std::int64_t>();
  const int each = repetitions(2'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      list.insert(party.random(20) - 10, party.tagged(n));
      ASSERT_TRUE(list.contains(party.tagged(n)));
      if (n % 3 == 0) continue;
      list.remove(party.tagged(n));
      ASSERT_TRUE(std::cmp_equal(list.count(party.tagged(n)), 0));
      ASSERT_THROW(list.remove(party.tagged(n)), std::invalid_argument);
    }
    for (int n = 0; n < each; n += 3) list.remove(party.tagged(n));
  });
  EXPECT_TRUE(list.empty());
  session().join();
}

TEST(ListConcurrent, OrderingTheListLosesNothing) {
  const auto list = shared_list<std::int64_t>();
  const int each = repetitions(2'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      list.append(party.tagged(n));
      if (n % 16 == 3) list.reverse();
      if (n % 32 == 5) list.sort();
    }
  });
  on_rank(0, [&] {
    list.sort();
    expect_complete(list.copy(), Party::count(), each);
  });
}

// Whole-list changes do not overtake each other either.
TEST(ListConcurrent, TransactionsCountExactly) {
  const auto list = shared_list<long>("", {0, 0});
  const int each = repetitions(3'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      list.transact([&](std::vector<long>& all) {
        ++all[0];
        all.push_back(party.index());
        if (all.size() > 50) all.resize(2);
        all[1] = static_cast<long>(all.size());
      });
    }
  });
  EXPECT_EQ(list.get(0), long{each} * Party::count());
  EXPECT_EQ(list.get(1), static_cast<long>(list.size()));
  session().join();
}

}  // namespace
}  // namespace cohort::test
