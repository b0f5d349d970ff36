// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of pipes mean (_TestConnection, _TestPoll, _TestPicklingConnections), in our words.
// Left out is what has to do with files and descriptors.
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

using Texts = Connection<std::string>;

void echo_until_empty(const Texts& end) {
  for (std::string text = end.recv(); !text.empty(); text = end.recv()) end.send(text);
  end.close();
}

// Sends, another echoes, until the empty text (_TestConnection.test_connection); the end is EOFError there.
TEST(CPythonConnection, EchoesAndEnds) {
  on_manager([] {
    auto [mine, theirs] = shared().pipe<std::string>();
    Process process(echo_until_empty, theirs);
    process.start();
    mine.send("latin");
    EXPECT_EQ(mine.recv(), "latin");
    EXPECT_FALSE(mine.poll());
    EXPECT_FALSE(mine.poll(10ms));
    const std::string large(std::size_t{1} << 20, 'X');
    mine.send(large);
    EXPECT_EQ(mine.recv(), large);
    mine.send("");
    EXPECT_TRUE(mine.poll(24h)) << "the end can be seen";
    EXPECT_THROW(mine.recv(), Closed);
    process.join();
  });
}

// No time, a negative one, and a short one; then something to receive (poll in _TestConnection.test_connection).
TEST(CPythonConnection, PollWaitsAsLongAsItShouldAndNoLonger) {
  on_manager([] {
    const auto [a, b] = shared().pipe<int>();
    EXPECT_FALSE(a.poll());
    EXPECT_FALSE(a.poll(0s));
    EXPECT_FALSE(a.poll(-1s));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(a.poll(30ms));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
    b.send(1);
    EXPECT_TRUE(a.poll(24h));
    EXPECT_TRUE(a.poll());
    EXPECT_FALSE(b.poll()) << "what one sends does not come back to it";
    EXPECT_EQ(a.recv(), 1);
    EXPECT_FALSE(a.poll());
  });
}

// Python's Pipe(False) refuses the one way. Here both ends always can both (_TestConnection.test_duplex_false
// differs), and the two ways do not mix.
TEST(CPythonConnection, BothEndsSendAndReceive) {
  on_manager([] {
    const auto [reader, writer] = shared().pipe<int>();
    writer.send(1);
    reader.send(2);
    writer.send(3);
    EXPECT_EQ(writer.recv(), 2);
    EXPECT_EQ(reader.recv(), 1);
    EXPECT_EQ(reader.recv(), 3);
  });
}

// The parent lets go of its child's end at once (_TestConnection.test_spawn_close, where that is close()).
TEST(CPythonConnection, AnEndMayBeLetGoOfBeforeItsProcessBegins) {
  on_manager([] {
    auto [mine, theirs] = shared().pipe<std::string>();
    Process process(echo_until_empty, theirs);
    process.start();
    theirs = {};
    mine.send("hello");
    EXPECT_EQ(mine.recv(), "hello");
    mine.send("");
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

// close() is of the pipe, not of one handle: the child's end is closed, too, where Python's would go on.
TEST(CPythonConnection, CloseIsForAllHandlesOfBothEnds) {
  on_manager([] {
    const auto [mine, theirs] = shared().pipe<std::string>();
    mine.send("before");
    const Texts another = theirs;
    theirs.close();
    Process process(
        [](Texts end) {
          if (end.recv() != "before") throw std::runtime_error("something else");
          EXPECT_THROW(end.recv(), Closed);
        },
        another);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_THROW(mine.send("after"), Closed);
    EXPECT_THROW(another.send("after"), Closed);
    EXPECT_THROW(mine.recv(), Closed);
  });
}

// The end of a `with` block is that of the last handle (_TestConnection.test_context).
TEST(CPythonConnection, TheEndOfAScopeEndsThePipe) {
  on_manager([] {
    Texts left;
    {
      const auto [a, b] = shared().pipe<std::string>();
      left = b;
      a.send("one");
      EXPECT_EQ(b.recv(), "one");
      EXPECT_FALSE(b.poll());
      a.send("two");
    }
    EXPECT_EQ(left.recv(), "two") << "what was sent before can be received";
    EXPECT_TRUE(left.poll());
    EXPECT_THROW(left.recv(), Closed);
    EXPECT_THROW(left.send("three"), Closed);
    EXPECT_THROW(left.recv(), Closed) << "and so for ever";
  });
}

// Bytes go as they are, also none (_TestConnection.test_sendbytes); slices are the sender's to cut.
TEST(CPythonConnection, CarriesBytesOfEveryValue) {
  on_manager([] {
    using Bytes = std::vector<std::byte>;
    const auto [a, b] = shared().pipe<Bytes>();
    Bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
    for (const std::size_t from : {0, 5, 255, 256}) {
      const Bytes part(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
      a.send(part);
      EXPECT_EQ(b.recv(), part);
    }
  });
}

// More than a pipe of the system holds, and nobody receives yet: Python's send() would wait.
TEST(CPythonConnection, LargeMessagesDoNotWaitForTheReceiver) {
  on_manager([] {
    const auto [a, b] = shared().pipe<std::string>();
    for (const char letter : {'a', 'b', 'c'}) a.send(std::string(std::size_t{4} << 20, letter));
    for (const char letter : {'a', 'b', 'c'}) EXPECT_EQ(b.recv(), std::string(std::size_t{4} << 20, letter));
  });
}

// An empty message is one (_TestPoll.test_empty_string).
TEST(CPythonConnection, PollSeesAnEmptyMessageAndTakesNothing) {
  on_manager([] {
    const auto [a, b] = shared().pipe<std::string>();
    b.send("");
    EXPECT_TRUE(a.poll());
    EXPECT_TRUE(a.poll(24h));
    EXPECT_EQ(a.recv(), "");
    EXPECT_FALSE(a.poll());
  });
}

// Long and empty ones come one by one, as they were sent (_TestPoll.test_strings and test_dont_merge).
TEST(CPythonConnection, MessagesKeepTheirOrderAndTheirBounds) {
  on_manager([] {
    const std::vector<std::string> all = {"one", "", "t", "w", "", "o", std::string(100'000, 'x'), "", "end"};
    auto [mine, theirs] = shared().pipe<std::string>();
    Process process(
        [](Texts end, const std::vector<std::string>& texts) {
          for (const auto& text : texts) end.send(text);
        },
        std::move(theirs), all);
    theirs = {};
    process.start();
    for (const auto& text : all) {
      EXPECT_TRUE(mine.poll(24h));
      EXPECT_EQ(mine.recv(), text);
    }
    process.join();
  });
}

// Who polls takes no part of a message away from who receives (_TestPoll.test_boundaries).
TEST(CPythonConnection, APollElsewhereLeavesMessagesWhole) {
  on_manager([] {
    const auto [mine, theirs] = shared().pipe<std::string>();
    Process process(
        [](Texts end) {
          if (!end.poll(24h)) throw std::runtime_error("nothing came");
        },
        mine);
    process.start();
    theirs.send("first");
    theirs.send("second");
    theirs.close();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_EQ(mine.recv(), "first");
    EXPECT_EQ(mine.recv(), "second");
    EXPECT_THROW(mine.recv(), Closed);
  });
}

// Two who receive from one end share what comes: each message goes to one of them.
TEST(CPythonConnection, EachMessageIsReceivedOnce) {
  on_manager([] {
    const int count = rounds(200);
    const auto [mine, theirs] = shared().pipe<int>();
    const auto received = shared().list<int>(static_cast<std::size_t>(count), 0);
    std::vector<Process> processes;
    for (int n = 0; n < 2; ++n) {
      processes.emplace_back(
          [](Connection<int> end, List<int> times) {
            for (int i = end.recv(); i >= 0; i = end.recv()) times[i] += 1;
          },
          theirs, received);
    }
    start_all(processes);
    for (int i = 0; i < count; ++i) mine.send(i);
    for (int n = 0; n < 2; ++n) mine.send(-1);
    join_all(processes);
    EXPECT_EQ(received, std::vector<int>(static_cast<std::size_t>(count), 1));
  });
}

// An end goes through another pipe to a process that answers through it (_TestPicklingConnections).
TEST(CPythonConnection, AnEndIsHandedOverThroughAPipe) {
  on_manager([] {
    auto [mine, theirs] = shared().pipe<Texts>();
    Process process(
        [](Connection<Texts> end) {
          const Texts got = end.recv();
          const std::string first = got.recv();
          got.send(first + got.recv());
        },
        theirs);
    process.start();
    auto [a, b] = shared().pipe<std::string>();
    a.send("to and ");
    mine.send(b);
    b = {};
    a.send("fro");
    EXPECT_EQ(a.recv(), "to and fro");
    process.join();
    EXPECT_THROW(a.recv(), Closed) << "the process had the last handle to the other end";
  });
}

}  // namespace
}  // namespace cohort::test
