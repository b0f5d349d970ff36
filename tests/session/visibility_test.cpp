// SPDX-License-Identifier: BSL-1.0
// What was done before a barrier is seen after it: session.join() for all ranks, the end of a Process for whoever
// learns of it, and a Value's new number for whoever reads it. Each round can fail only by a missing memory
// order, so there are many.
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

constexpr std::size_t kElements = 16;

TEST(Visibility, OfAllThatRanksDidBeforeSessionJoin) {
  const int count = rounds(400);
  const auto size = static_cast<std::size_t>(ranks());
  const auto numbers = shared().open<List<long>>("numbers of ranks", size, 0L);
  const auto texts = shared().open<List<std::string>>("texts of ranks", size, "");
  const auto sum = shared().open<Value<long>>("sum of ranks");
  for (int round = 1; round <= count; ++round) {
    numbers[session().rank()] = round * 100L + session().rank();
    texts[session().rank()] = std::string(static_cast<std::size_t>(round % 50), 'x');
    sum += round;
    session().join();
    for (int rank = 0; rank < ranks(); ++rank) {
      ASSERT_EQ(numbers.get(rank), round * 100L + rank) << "round " << round;
      ASSERT_EQ(texts.get(rank).size(), static_cast<std::size_t>(round % 50)) << "round " << round;
    }
    ASSERT_EQ(sum.get(), long{ranks()} * round * (round + 1) / 2);
    session().join();
  }
}

TEST(Visibility, OfAppendsAndClearsBeforeSessionJoin) {
  const auto list = shared().open<List<int>>("appended and cleared");
  for (int round = 0; round < rounds(200); ++round) {
    for (int i = 0; i < 10; ++i) list.append(round);
    session().join();
    ASSERT_EQ(list.copy(), std::vector<int>(static_cast<std::size_t>(10 * ranks()), round));
    session().join();
    if (is_manager()) list.clear();
    session().join();
    ASSERT_TRUE(list.empty());
    session().join();
  }
}

TEST(Visibility, OfWhatProcessesDidBeforeSessionJoin) {
  const auto list = shared().open<List<int>>("set by Processes", kElements, 0);
  for (int round = 1; round <= rounds(200); ++round) {
    std::vector<Process> processes;
    if (round % ranks() == session().rank()) {
      for (std::size_t i = 0; i < kElements; ++i) {
        processes.emplace_back([](List<int> to, std::size_t at, int value) { to[at] = value; }, list, i,
                               round);
      }
      start_all(processes);
    }
    session().join();
    ASSERT_EQ(list.copy(), std::vector<int>(kElements, round));
    session().join();
  }
}

void fill(List<int> list, Value<long> value, int round) {
  for (std::size_t i = 0; i < kElements; ++i) list[i] = round;
  value.set(round);
}

// Starts fill() again and again; `learn` finds out that it has ended.
template <class Learn>
void fill_and_read(Learn learn, int count) {
  const auto list = shared().list<int>(kElements, 0);
  const auto value = shared().value<long>();
  for (int round = 1; round <= count; ++round) {
    Process process(fill, list, value, round);
    process.start();
    learn(process);
    for (std::size_t i = 0; i < kElements; ++i) ASSERT_EQ(list.get(i), round) << "element " << i;
    ASSERT_EQ(value.get(), round);
    ASSERT_EQ(list.copy(), std::vector<int>(kElements, round));
  }
}

TEST(Visibility, OfWhatAProcessDidToItsJoiner) {
  on_manager([] {
    fill_and_read([](Process& process) { process.join(); }, rounds(2000));
    fill_and_read([](Process& process) { EXPECT_TRUE(process.join(1h)); }, rounds(2000));
  });
}

TEST(Visibility, OfWhatAProcessDidToWhoeverSeesItsEnd) {
  on_manager([] {
    fill_and_read(
        [](Process& process) { blocking([&] { busy_until([&] { return !process.is_alive(); }); }); },
        rounds(1000));
    fill_and_read(
        [](Process& process) {
          blocking([&] { busy_until([&] { return process.exitcode().has_value(); }); });
        },
        rounds(1000));
    fill_and_read(
        [](Process& process) {
          while (!process.join(0s)) std::this_thread::yield();
        },
        rounds(1000));
  });
}

TEST(Visibility, OfWhatTheStarterDidToTheProcess) {
  on_manager([] {
    const auto list = shared().list<int>(kElements, 0);
    for (int round = 1; round <= rounds(1000); ++round) {
      for (std::size_t i = 0; i < kElements; ++i) list[i] = round;
      Process process(
          [](List<int> from, int expected) {
            for (std::size_t i = 0; i < kElements; ++i) {
              if (from.get(i) != expected) throw std::runtime_error("an old element");
            }
          },
          list, round);
      process.start();
      EXPECT_TRUE(process.join(1h));
      ASSERT_EQ(process.exitcode(), 0);
    }
  });
}

// A message is a filled list and a number that says so; the answer likewise.
void answer(List<int> question, List<int> reply, Value<int> turn, int count, bool waits) {
  for (int round = 1; round <= count; ++round) {
    if (waits) {
      for (int seen = turn.get(); seen != 2 * round - 1; seen = turn.get()) turn.wait(seen);
    } else {
      blocking([&] { busy_until([&] { return turn.get() == 2 * round - 1; }); });
    }
    for (std::size_t i = 0; i < kElements; ++i) reply[i] = question.get(i) + 1;
    turn.set(2 * round);
  }
}

void exchange_messages(bool waits, int count) {
  const auto question = shared().list<int>(kElements, 0);
  const auto reply = shared().list<int>(kElements, 0);
  const auto turn = shared().value<int>();
  Process process(answer, question, reply, turn, count, waits);
  process.start();
  for (int round = 1; round <= count; ++round) {
    for (std::size_t i = 0; i < kElements; ++i) question[i] = round * 10;
    turn.set(2 * round - 1);
    for (int seen = turn.get(); seen != 2 * round; seen = turn.get()) turn.wait(seen);
    for (std::size_t i = 0; i < kElements; ++i) ASSERT_EQ(reply.get(i), round * 10 + 1) << "round " << round;
  }
  process.join();
  EXPECT_EQ(process.exitcode(), 0);
}

TEST(Visibility, OfAMessageThatAValueAnnounces) {
  on_manager([] {
    exchange_messages(true, rounds(2000));
    exchange_messages(false, rounds(500));
  });
}

TEST(Visibility, BetweenAllRanksThatTakeTurns) {
  const auto turn = shared().open<Value<int>>("turn of the ranks");
  const auto data = shared().open<List<int>>("data of the ranks", kElements, 0);
  const int count = rounds(300);
  for (int round = 0; round < count; ++round) {
    const int mine = round * ranks() + session().rank();
    for (int seen = turn.get(); seen != mine; seen = turn.get()) turn.wait(seen);
    ASSERT_EQ(data.copy(), std::vector<int>(kElements, mine));
    for (std::size_t i = 0; i < kElements; ++i) data[i] = mine + 1;
    turn.set(mine + 1);
  }
  session().join();
}

// The rank's own memory, neither atomic nor locked: on one rank, where Processes are threads, what Cohort orders is
// all that orders it. ThreadSanitizer sees what the processor happens to forgive.
std::vector<int> plain(kElements, 0);
int plain_number = 0;

void fill_plain(int round) {
  for (int& element : plain) element = round;
  plain_number = round;
}

void expect_plain(int round) {
  ASSERT_EQ(plain, std::vector<int>(kElements, round));
  ASSERT_EQ(plain_number, round);
}

TEST(VisibilityOfPlainMemory, ThroughStartAndJoin) {
  on_manager([] {
    if (ranks() > 1) return;
    for (int round = 1; round <= rounds(1000); ++round) {
      fill_plain(-round);
      Process process(
          [](int n) {
            expect_plain(-n);
            fill_plain(n);
          },
          round);
      process.start();
      EXPECT_TRUE(process.join(1h));
      expect_plain(round);
    }
  });
}

TEST(VisibilityOfPlainMemory, ThroughIsAlive) {
  on_manager([] {
    if (ranks() > 1) return;
    for (int round = 1; round <= rounds(500); ++round) {
      Process process(fill_plain, round);
      process.start();
      blocking([&] { busy_until([&] { return !process.is_alive(); }); });
      expect_plain(round);
    }
  });
}

TEST(VisibilityOfPlainMemory, ThroughSessionJoin) {
  for (int round = 1; round <= rounds(500); ++round) {
    Process process(fill_plain, round);
    if (ranks() == 1) process.start();
    session().join();
    if (ranks() == 1) expect_plain(round);
  }
}

TEST(VisibilityOfPlainMemory, ThroughAValue) {
  on_manager([] {
    if (ranks() > 1) return;
    const auto turn = shared().value<int>();
    const int count = rounds(500);
    Process process(
        [](Value<int> at, int times) {
          for (int round = 1; round <= times; ++round) {
            for (int seen = at.get(); seen != 2 * round - 1; seen = at.get()) at.wait(seen);
            expect_plain(-round);
            fill_plain(round);
            at.set(2 * round);
          }
        },
        turn, count);
    process.start();
    for (int round = 1; round <= count; ++round) {
      fill_plain(-round);
      turn.set(2 * round - 1);
      for (int seen = turn.get(); seen != 2 * round; seen = turn.get()) turn.wait(seen);
      expect_plain(round);
    }
    process.join();
  });
}

TEST(VisibilityOfPlainMemory, ThroughAnAppendThatIsSeen) {
  on_manager([] {
    if (ranks() > 1) return;
    for (int round = 1; round <= rounds(200); ++round) {
      const auto done = shared().list<int>();
      Process process(
          [](List<int> to, int n) {
            fill_plain(n);
            to.append(n);
          },
          done, round);
      process.start();
      blocking([&] { busy_until([&] { return done.size() == 1; }); });
      expect_plain(round);
      process.join();
    }
  });
}

TEST(VisibilityOfPlainMemory, ThroughAnElementThatIsSeen) {
  on_manager([] {
    if (ranks() > 1) return;
    const auto flags = shared().list<int>({0});
    for (int round = 1; round <= rounds(200); ++round) {
      Process process(
          [](List<int> to, int n) {
            fill_plain(n);
            to[0] = n;
          },
          flags, round);
      process.start();
      blocking([&] { busy_until([&] { return flags.get(0) == round; }); });
      expect_plain(round);
      process.join();
    }
  });
}

}  // namespace
}  // namespace cohort::test
