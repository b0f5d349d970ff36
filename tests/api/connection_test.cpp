// SPDX-License-Identifier: BSL-1.0
// The two ends of a pipe, on one rank and on several.
#include <gtest/gtest.h>
#include <cohort/connection.hpp>
#include <cohort/process.hpp>
#include <cohort/queue.hpp>

#include <boost/serialization/string.hpp>

#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"
#include "support/thrown.hpp"
#include "support/waiters.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;

template <class T>
auto pipe() {
  return session().manager().pipe<T>();
}

TEST(Connection, WhatOneEndSendsTheOtherReceives) {
  on_first_and_last_rank([] {
    const auto [a, b] = pipe<std::string>();
    EXPECT_FALSE(a.poll());
    EXPECT_FALSE(b.poll(1ms));
    a.send("one");
    a.send("two");
    b.send("three");
    EXPECT_TRUE(b.poll());
    EXPECT_TRUE(a.poll(1h));
    EXPECT_EQ(b.recv(), "one");
    EXPECT_EQ(a.recv(), "three");
    EXPECT_EQ(b.recv(), "two");
    EXPECT_FALSE(a.poll());
    EXPECT_FALSE(b.poll(-1s));
  });
}

TEST(Connection, ClosedItDrainsAndThenRefusesAtBothEnds) {
  on_first_and_last_rank([] {
    for (const bool by_receiver : {false, true}) {
      const auto [a, b] = pipe<int>();
      a.send(1);
      a.send(2);
      (by_receiver ? b : a).close();
      b.close();
      EXPECT_THROW(a.send(3), Closed);
      EXPECT_THROW(b.send(3), Closed);
      EXPECT_TRUE(b.poll());
      EXPECT_EQ(b.recv(), 1);
      EXPECT_EQ(b.recv(), 2);
      EXPECT_TRUE(b.poll()) << "the end is known";
      EXPECT_TRUE(a.poll(1h));
      EXPECT_THROW(b.recv(), Closed);
      EXPECT_THROW(a.recv(), Closed);
    }
  });
}

// To close is one moment, though the two directions are closed one after the other.
TEST(Connection, WhoHasSeenThatItIsClosedSendsNothingMore) {
  on_first_and_last_rank([] {
    for (int n = 0; n < 300; ++n) {
      const auto ends = pipe<int>();
      std::thread closer([&] { ends.first.close(); });
      while (!ends.second.poll()) std::this_thread::yield();
      EXPECT_THROW(ends.second.send(n), Closed);
      closer.join();
    }
  });
}

TEST(Connection, EndThatNobodyHoldsAnyMoreIsClosed) {
  on_first_and_last_rank([] {
    auto [a, b] = pipe<int>();
    auto copy = a;
    a.send(1);
    a = {};
    copy.send(2);
    copy = {};
    EXPECT_EQ(b.recv(), 1);
    EXPECT_EQ(b.recv(), 2);
    EXPECT_THROW(b.recv(), Closed);
    EXPECT_THROW(b.send(1), Closed);
  });
}

TEST(Connection, ErrorsSayWhatAndWhere) {
  on_first_and_last_rank([] {
    const auto [a, b] = pipe<int>();
    a.close();
    try {
      b.send(1);
      ADD_FAILURE();
    } catch (const Closed& error) {
      EXPECT_STREQ(error.what(), "cohort::Connection<int> is closed: send() is refused");
    }
    try {
      b.recv();
      ADD_FAILURE();
    } catch (const Closed& error) {
      EXPECT_STREQ(error.what(), "cohort::Connection<int> is closed and empty: recv() finds nothing more");
    }
    const Connection<int> none;
    EXPECT_THROW(none.send(1), UsageError);
    EXPECT_THROW(none.recv(), UsageError);
    EXPECT_THROW(none.poll(), UsageError);
    EXPECT_THROW(none.close(), UsageError);
  });
}

// The ways in which a pipe is closed.
enum class Closing { at_the_other_end, at_the_same_end, with_the_last_handle };
constexpr Closing kClosings[] = {Closing::at_the_other_end, Closing::at_the_same_end,
                                 Closing::with_the_last_handle};
void close(Closing how, Connection<int>& other, const Connection<int>& same) {
  if (how == Closing::at_the_other_end) other.close();
  if (how == Closing::at_the_same_end) same.close();
  if (how == Closing::with_the_last_handle) other = {};
}
const char* const kSendText = "cohort::Connection<int> is closed: send() is refused";
const char* const kRecvText = "cohort::Connection<int> is closed and empty: recv() finds nothing more";

// Waits until the pipe is closed. Who has been told so by one call is told so by all that follow.
void expect_end_of(const Connection<int>& end, bool polls) {
  if (polls) {
    EXPECT_TRUE(end.poll(1h));
  }
  EXPECT_EQ(text_of<Closed>([&] { end.recv(); }), kRecvText);
  EXPECT_EQ(text_of<Closed>([&] { end.send(1); }), kSendText);
  EXPECT_EQ(text_of<Closed>([&] { end.recv(); }), kRecvText);
  EXPECT_TRUE(end.poll());
}

TEST(Connection, WhoWaitsForAValueIsToldThatItIsClosed) {
  on_first_and_last_rank([] {
    for (const bool polls : {false, true}) {
      for (const Closing how : kClosings) {
        auto ends = pipe<int>();
        std::thread waiter([&] { expect_end_of(ends.second, polls); });
        until_waits(session().rank(), WaitKind::queue_get);
        close(how, ends.first, ends.second);
        waiter.join();
        if (how == Closing::with_the_last_handle) continue;
        EXPECT_EQ(text_of<Closed>([&] { ends.first.send(1); }), kSendText);
        EXPECT_EQ(text_of<Closed>([&] { ends.first.recv(); }), kRecvText);
      }
    }
  });
}

TEST(Connection, WhoWaitsForAValueOnAnotherRankIsToldThatItIsClosed) {
  if (ranks() == 1) return;
  const auto handed = session().manager().open<Queue<Connection<int>>>("connection_test.handed");
  for (const bool polls : {false, true}) {
    for (const Closing how : kClosings) {
      for (const int closer : {0, ranks() - 1}) {
        const int waiter = ranks() - 1 - closer;
        Connection<int> mine;
        Connection<int> theirs;
        on_rank(closer, [&] {
          std::tie(mine, theirs) = pipe<int>();
          handed.put(theirs);
          if (how == Closing::with_the_last_handle) theirs = {};
        });
        on_rank(waiter, [&] { theirs = handed.get(); });
        if (session().rank() == waiter) expect_end_of(theirs, polls);
        if (session().rank() == closer) {
          until_waits(waiter, WaitKind::queue_get);
          close(how, mine, theirs);
        }
        session().join();
      }
    }
  }
}

// What was sent before is still received there.
TEST(Connection, ClosedOnAnotherRankItDrainsAndThenRefuses) {
  if (ranks() == 1) return;
  const auto handed = session().manager().open<Queue<Connection<int>>>("connection_test.handed");
  for (const Closing how : kClosings) {
    for (const int closer : {0, ranks() - 1}) {
      on_rank(closer, [&] {
        auto [mine, theirs] = pipe<int>();
        mine.send(1);
        mine.send(2);
        handed.put(theirs);
        close(how, mine, theirs);
      });
      on_rank(ranks() - 1 - closer, [&] {
        const auto theirs = handed.get();
        EXPECT_EQ(text_of<Closed>([&] { theirs.send(3); }), kSendText);
        EXPECT_TRUE(theirs.poll());
        EXPECT_EQ(theirs.recv(), 1);
        EXPECT_EQ(theirs.recv(), 2);
        expect_end_of(theirs, false);
      });
    }
  }
}

void echo(const Connection<std::string>& end) {
  try {
    for (;;) end.send("echo of " + end.recv());
  } catch (const Closed&) {
  }
}
TEST(Connection, CarriesADialogueBetweenProcesses) {
  on_manager([] {
    const auto [mine, theirs] = pipe<std::string>();
    Process process(echo, theirs);
    process.start();
    for (int n = 0; n < 300; ++n) {
      mine.send(std::to_string(n));
      ASSERT_EQ(mine.recv(), "echo of " + std::to_string(n));
    }
    mine.close();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

void hand_over(const Connection<int>& end, int count) {
  for (int n = 0; n < count; ++n) end.send(n);
}
TEST(Connection, EndsWithTheProcessThatHeldTheOtherEnd) {
  on_manager([] {
    auto [mine, theirs] = pipe<int>();
    {
      Process process(hand_over, std::move(theirs), 500);
      theirs = {};
      process.start();
      for (int n = 0; n < 500; ++n) ASSERT_EQ(mine.recv(), n);
      process.join();
    }
    EXPECT_TRUE(mine.poll(1h));
    EXPECT_THROW(mine.recv(), Closed);
  });
}

TEST(Connection, AnEndTravelsThroughAnother) {
  on_manager([] {
    const auto [a, b] = pipe<Connection<int>>();
    const auto [c, d] = pipe<int>();
    a.send(d);
    const auto received = b.recv();
    received.send(7);
    EXPECT_EQ(c.recv(), 7);
    EXPECT_TRUE(received.is_same(d));
  });
}

TEST(Connection, PipesThatAreGoneTakeNoMemory) {
  for (int round = 0; round < 2000 / ranks() + 1; ++round) {
    const auto [a, b] = pipe<std::string>();
    for (int n = 0; n < 4; ++n) {
      a.send(std::string(20'000, 'x'));
      b.send(std::string(20'000, 'y'));
    }
    b.recv();
  }
  session().join();
}

}  // namespace
}  // namespace cohort::test
