// SPDX-License-Identifier: BSL-1.0
// Readers while others write: every value was written by somebody, every copy was the list at some moment,
// and what happened first is seen first.
#include <gtest/gtest.h>
#include <cohort/list.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

constexpr int kMostWritten = 1 << 24;

bool was_written(std::int64_t tagged) {
  return writer_of(tagged) >= 0 && writer_of(tagged) < Party::count() && number_of(tagged) < kMostWritten;
}

// Values that tell whether they are whole.
template <class T>
struct Sealed;

template <>
struct Sealed<Pair16> {
  static Pair16 make(std::int64_t tagged) { return {tagged, ~tagged}; }
  static bool whole(const Pair16& x) { return x.second == ~x.first && was_written(x.first); }
};

template <>
struct Sealed<Triple24> {
  static Triple24 make(std::int64_t tagged) {
    return {tagged, static_cast<double>(tagged), static_cast<char>('a' + tagged % 26)};
  }
  static bool whole(const Triple24& x) { return was_written(x.number) && make(x.number) == x; }
};

// "NUMBER:" and up to 700 characters that follow from it.
template <>
struct Sealed<std::string> {
  static std::string make(std::int64_t tagged) {
    std::string text = std::to_string(tagged) + ":";
    const auto length = text.size() + static_cast<std::size_t>(tagged) * 2654435761U % 701;
    while (text.size() < length)
      text += static_cast<char>('a' + (tagged + static_cast<std::int64_t>(text.size())) % 26);
    return text;
  }
  static bool whole(const std::string& x) {
    const std::int64_t tagged = std::strtoll(x.c_str(), nullptr, 10);
    return was_written(tagged) && make(tagged) == x;
  }
};

template <class T>
void change_somehow(const cohort::List<T>& list, Party& party, int n) {
  const T value = Sealed<T>::make(party.tagged(n % kMostWritten));
  const int index = party.random(80) - 40;
  try {
    switch (party.random(16)) {
      case 0:
      case 1:
      case 2:
        list.append(value);
        break;
      case 3:
        list.insert(index, value);
        break;
      case 4:
      case 5:
      case 6:
        list[index] = value;
        break;
      case 7:
        static_cast<void>(list.pop());
        break;
      case 8:
        static_cast<void>(list.pop(index));
        break;
      case 9:
        list.sort();
        break;
      case 10:
        list.reverse();
        break;
      case 11:
        list.extend(std::vector<T>(static_cast<std::size_t>(party.random(30)), value));
        break;
      case 12:
        list.set_slice(index, index + 3, std::vector<T>(static_cast<std::size_t>(party.random(6)), value));
        break;
      case 13:
        list.update(index, [&](T& x) { x = value; });
        break;
      case 14:
        if (party.random(8) == 0) list.clear();
        break;
      default:
        list.erase_slice(60);
        break;
    }
  } catch (const std::out_of_range&) {
    // the list was shorter than that
  }
}

template <class T>
void look_somehow(const cohort::List<T>& list, Party& party) {
  const auto expect_whole = [](const T& x) { ASSERT_TRUE(Sealed<T>::whole(x)) << testing::PrintToString(x); };
  const int index = party.random(80) - 40;
  try {
    switch (party.random(6)) {
      case 0:
      case 1:
        expect_whole(list.get(index));
        break;
      case 2: {
        const T x = list[index];
        expect_whole(x);
        break;
      }
      case 3:
        for (const T& x : list.copy()) expect_whole(x);
        break;
      case 4:
        for (const T& x : list) expect_whole(x);
        break;
      default:
        for (const T& x : list.slice(index, {}, 2)) expect_whole(x);
        break;
    }
  } catch (const std::out_of_range&) {
    // the list was shorter than that
  }
}

// The even parties look, the odd ones write until all have looked.
template <class T>
void read_while_others_write(int looks) {
  const auto list = shared_list<T>("", std::vector<T>(40, Sealed<T>::make(std::int64_t{1} << 32)));
  const auto finished = shared_list<int>("finished", {0});
  const int readers = (all_parties_count() + 1) / 2;
  all_parties([&](Party& party) {
    if (party.index() % 2 == 0) {
      for (int n = 0; n < looks && !testing::Test::HasFailure(); ++n) look_somehow(list, party);
      finished[0] += 1;
    } else {
      for (int n = 0; n % 16 != 0 || finished.get(0) < readers; ++n) change_somehow(list, party, n);
    }
  });
}

TEST(ListReaders, SeeWholeElementsOf16Bytes) { read_while_others_write<Pair16>(repetitions(20'000)); }
TEST(ListReaders, SeeWholeElementsOf24Bytes) { read_while_others_write<Triple24>(repetitions(20'000)); }
TEST(ListReaders, SeeWholeStrings) { read_while_others_write<std::string>(repetitions(8'000)); }

// Every transaction leaves the sum at nought and an even number of elements; so must every look see them.
TEST(ListReaders, SeeTheListBetweenTransactions) {
  const auto list = shared_list<long>("", std::vector<long>(64, 0));
  const auto finished = shared_list<int>("finished", {0});
  const int looks = repetitions(10'000);
  const int readers = (all_parties_count() + 1) / 2;
  const auto expect_balanced = [](const auto& values) {
    ASSERT_EQ(std::accumulate(values.begin(), values.end(), 0L), 0) << "of " << values.size();
    ASSERT_EQ(values.size() % 2, 0U);
  };
  all_parties([&](Party& party) {
    if (party.index() % 2 == 0) {
      for (int n = 0; n < looks && !testing::Test::HasFailure(); ++n) {
        expect_balanced(list.copy());
        EXPECT_EQ(list.size() % 2, 0U);
        if (n % 4 == 0) expect_balanced(list.slice({}, {}, -1));
        if (n % 4 == 1) expect_balanced(std::vector<long>(list.begin(), list.end()));
      }
      finished[0] += 1;
      return;
    }
    while (finished.get(0) < readers) {
      list.transact([&](std::vector<long>& all) {
        const long amount = 1 + party.random(1000);
        all.front() += amount;
        all[static_cast<std::size_t>(party.random(64))] -= amount;
        all.push_back(amount);
        all[32] -= amount;
        all.push_back(0);
        if (all.size() > 100) {
          all[1] += std::accumulate(all.begin() + 64, all.end(), 0L);
          all.resize(64);
        }
      });
    }
  });
}

// Two elements that one writer moves up by turns, the left one first: a copy may catch it between the two
// steps, but never sees the right one ahead, nor the left one by two.
TEST(ListReaders, ACopyIsOneMomentOfSingleWritesToo) {
  const auto list = shared_list<long>("", std::vector<long>(512, 0));
  const auto finished = shared_list<int>("finished", {0});
  const int looks = repetitions(5'000);
  all_parties([&](Party& party) {
    if (!party.first()) {
      for (int n = 0; n < looks && !testing::Test::HasFailure(); ++n) {
        const auto all = list.copy();
        EXPECT_TRUE(all.front() == all.back() || all.front() == all.back() + 1)
            << all.front() << " " << all.back();
      }
      finished[0] += 1;
      return;
    }
    for (long n = 1; finished.get(0) < Party::count() - 1; ++n) {
      list[0] = n;
      list[-1] = n;
    }
  });
}

// The writer spoils only elements that are the last no more; index -1 must never find a spoilt one.
TEST(ListReaders, TheLastElementIsTheLastOfOneMoment) {
  const auto list = shared_list<long>("", {1});
  const auto finished = shared_list<int>("finished", {0});
  const int looks = repetitions(30'000);
  all_parties([&](Party& party) {
    if (!party.first()) {
      for (int n = 0; n < looks && !testing::Test::HasFailure(); ++n) {
        EXPECT_GT(list.get(-1), 0);
        EXPECT_GT(list.back().get(), 0);
      }
      finished[0] += 1;
      return;
    }
    for (long n = 2; finished.get(0) < Party::count() - 1; ++n) {
      list.append(n);
      list[-2] = -n;
      if (n % 1000 == 0) list.erase_slice({}, -1);
    }
  });
}

TEST(ListReaders, SeeAGrowingListGrow) {
  const auto list = shared_list<std::int64_t>();
  const int each = repetitions(20'000);
  all_parties([&](Party& party) {
    if (!party.first()) {
      for (int n = 0; n < each; ++n) list.append(party.tagged(n));
      return;
    }
    const std::size_t all = static_cast<std::size_t>(each) * static_cast<std::size_t>(Party::count() - 1);
    std::vector<std::int64_t> known;
    for (std::size_t size = 0; size < all && !testing::Test::HasFailure();) {
      const std::size_t now = list.size();
      ASSERT_GE(now, size);
      size = now;
      if (size == 0) continue;
      const std::int64_t last = list.get(size - 1);
      ASSERT_TRUE(was_written(last));
      if (party.random(50) != 0) continue;
      const auto copy = list.copy();
      ASSERT_GE(copy.size(), size);
      ASSERT_EQ(copy[size - 1], last);
      ASSERT_TRUE(std::equal(known.begin(), known.end(), copy.begin())) << "what was there has changed";
      known = copy;
    }
  });
}

// Only whole pieces are ever seen, at the end too.
TEST(ListReaders, SeeExtendedPiecesWhole) {
  constexpr std::size_t kPiece = 37;
  const auto list = shared_list<std::int64_t>();
  const int pieces = repetitions(1'000);
  const auto expect_whole = [](const std::vector<std::int64_t>& all) {
    ASSERT_EQ(all.size() % kPiece, 0U);
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], all[i - i % kPiece]) << i;
  };
  all_parties([&](Party& party) {
    if (!party.first()) {
      for (int n = 0; n < pieces; ++n) list.extend(std::vector<std::int64_t>(kPiece, party.tagged(n)));
      return;
    }
    const std::size_t all =
        kPiece * static_cast<std::size_t>(pieces) * static_cast<std::size_t>(Party::count() - 1);
    while (list.size() < all && !testing::Test::HasFailure()) {
      ASSERT_EQ(list.size() % kPiece, 0U);
      if (party.random(20) == 0) expect_whole(list.copy());
    }
    expect_whole(list.copy());
  });
}

// Data first, then the sign that it is there: who sees the sign sees the data.
TEST(ListReaders, WhoSeesTheFlagSeesTheData) {
  const auto data = shared_list<long>("data", {0, 0});
  const auto text = shared_list<std::string>("text", {"0"});
  const auto grown = shared_list<long>("grown");
  const auto flag = shared_list<long>("flag", {0});
  const int rounds = repetitions(10'000);
  all_parties([&](Party& party) {
    if (party.first()) {
      for (long n = 1; n <= rounds; ++n) {
        data[0] = n;
        text[0] = std::to_string(n);
        data.update(1, [&](long& x) { x = -n; });
        grown.append(n);
        flag[0] = n;
      }
      return;
    }
    for (long seen = 0; seen < rounds && !testing::Test::HasFailure();) {
      seen = flag.get(0);
      ASSERT_GE(data.get(0), seen);
      ASSERT_LE(data.get(1), -seen);
      ASSERT_GE(std::stol(text.get(0)), seen);
      ASSERT_GE(grown.size(), static_cast<std::size_t>(seen));
      if (seen == 0) continue;
      ASSERT_EQ(grown.get(seen - 1), seen);
    }
  });
}

// The sign is the length of another list, and the data is plain memory's worth of elements.
TEST(ListReaders, WhoSeesTheAppendSeesTheExtendBefore) {
  const auto data = shared_list<long>("data");
  const auto flags = shared_list<int>("flags");
  const int rounds = repetitions(2'000);
  all_parties([&](Party& party) {
    if (party.first()) {
      for (int n = 1; n <= rounds; ++n) {
        data.extend(std::vector<long>(10, n));
        flags.append(n);
      }
      return;
    }
    for (int seen = 0; seen < rounds && !testing::Test::HasFailure();) {
      if (flags.empty()) continue;
      seen = flags.get(-1);
      ASSERT_EQ(data.get(10 * seen - 1), seen);
      ASSERT_EQ(data.get(10 * (seen - 1)), seen);
    }
  });
}

// One of two actors that write into their own list and then look into the other's, place by place, side by
// side.
std::vector<long> write_and_look(const cohort::List<long>& mine, const cohort::List<long>& other,
                                 long value) {
  std::vector<long> seen;
  const auto size = static_cast<int>(mine.size());
  for (int i = 0; i < size; ++i) {
    mine[i] = value;
    seen.push_back(other.get(i));
    // On together: each begins the next place as soon as it sees that the other is here.
    for (int spins = 0; other.get(i) != value; ++spins)
      if (spins > 1000) std::this_thread::yield();
  }
  return seen;
}

// In every order of two writes and the two looks that follow them, at least one look finds the other's write:
// each operation has taken effect when it returns. (A store that waits in a core's buffer has not.)
TEST(ListReaders, WhatIsWrittenIsSeenWhenTheWriteReturns) {
  constexpr int kPlaces = 500;
  const auto left = shared_list<long>("left", std::vector<long>(kPlaces, 0));
  const auto right = shared_list<long>("right", std::vector<long>(kPlaces, 0));
  const auto seen = shared_list<std::vector<long>>("seen", {{}, {}});
  const auto gate = shared_list<int>("gate", {0});
  const int rounds = repetitions(200);
  int missed = 0;
  const auto act = [&](bool first) {
    auto meet = [&, arrived = 0]() mutable {
      arrived += 2;
      gate[0] += 1;
      while (gate.get(0) < arrived) std::this_thread::yield();
    };
    for (int round = 1; round <= rounds; ++round) {
      meet();
      const auto looked = first ? write_and_look(left, right, round) : write_and_look(right, left, round);
      seen[first ? 0 : 1] = looked;
      meet();
      if (!first) continue;
      const auto both = seen.copy();
      for (std::size_t i = 0; i < kPlaces; ++i) missed += both[0][i] != round && both[1][i] != round ? 1 : 0;
    }
  };
  // Two actors and nobody else, so that they run at the same time: two ranks, or two threads of the only one.
  std::thread second;
  if (ranks() == 1) second = std::thread(act, false);
  if (session().rank() < 2) act(session().rank() == 0);
  if (second.joinable()) second.join();
  EXPECT_EQ(missed, 0) << "times in " << rounds * kPlaces << " neither saw what the other had written before";
  session().join();
}

}  // namespace
}  // namespace cohort::test
