// SPDX-License-Identifier: BSL-1.0
// The two ends of a pipe, on one rank and on several.
#include <gtest/gtest.h>
#include <cohort/connection.hpp>
#include <cohort/process.hpp>

#include <boost/serialization/string.hpp>

#include <string>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"

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
      EXPECT_STREQ(error.what(), "cohort::Connection<int> is closed: send() came after close()");
    }
    try {
      b.recv();
      ADD_FAILURE();
    } catch (const Closed& error) {
      EXPECT_STREQ(error.what(), "cohort::Connection<int> is closed and empty: recv() came after close()");
    }
    const Connection<int> none;
    EXPECT_THROW(none.send(1), UsageError);
    EXPECT_THROW(none.recv(), UsageError);
    EXPECT_THROW(none.poll(), UsageError);
    EXPECT_THROW(none.close(), UsageError);
  });
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
