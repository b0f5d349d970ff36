// SPDX-License-Identifier: BSL-1.0
// Random operations on a queue here and on queue.Queue in the real python3: after each one both say the same.
// Then what CPython's own tests of its queues mean, in our words.
#include <gtest/gtest.h>
#include <cohort/process.hpp>
#include <cohort/queue.hpp>

#include <boost/serialization/string.hpp>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "list_script.hpp"
#include "python.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;

enum class QueueOperation { put, put_now, get, get_now, qsize, full, empty, task_done };
constexpr std::array<const char*, 8> kPython = {"put(%, True, 0.0)", "put_nowait(%)", "get(True, 0.0)",
                                                "get_nowait()",      "qsize()",       "full()",
                                                "empty()",           "task_done()"};

constexpr std::size_t kSequences = 150;
constexpr std::size_t kOperations = 80;

template <class T>
struct QueueSequence {
  int maxsize;
  std::vector<std::pair<QueueOperation, T>> operations;
};

template <class T>
QueueSequence<T> draw_sequence(std::uint64_t number) {
  std::mt19937_64 random(seed() + number);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  QueueSequence<T> sequence;
  sequence.maxsize = below(9) - 2;
  for (std::size_t k = 0; k < kOperations; ++k) {
    // Puts and gets, about as often as each other, and more of these than of those every now and then.
    static constexpr std::array<int, 16> kOften = {0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 6, 7, 7, 7, 1, 1};
    const int kind = kOften[static_cast<std::size_t>(below(k / 20 % 2 == 0 ? 16 : 14))];
    if constexpr (std::is_same_v<T, std::string>) {
      std::string text(static_cast<std::size_t>(below(40)), 'x');
      for (char& c : text) c = static_cast<char>(below(128));
      sequence.operations.emplace_back(static_cast<QueueOperation>(kind), text);
    } else {
      sequence.operations.emplace_back(static_cast<QueueOperation>(kind), below(1000) - 500);
    }
  }
  return sequence;
}

template <class T>
std::string script_of(const QueueSequence<T>& sequence) {
  std::string text = "q = queue.Queue(" + std::to_string(sequence.maxsize) + ")\n";
  for (const auto& [kind, value] : sequence.operations) {
    std::string call = kPython[static_cast<std::size_t>(kind)];
    if (const auto place = call.find('%'); place != call.npos) {
      std::string literal = encoded(value);
      if constexpr (std::is_same_v<T, std::string>)
        literal = "bytes.fromhex('" + literal.substr(1) + "').decode('latin-1')";
      call.replace(place, 1, literal);
    }
    text += "do(lambda: q." + call + ")\n";
  }
  return text;
}
const std::string kPreamble = R"py(
import queue

def do(operation):
    try:
        result = operation()
        if isinstance(result, str):
            result = 's' + result.encode('latin-1').hex()
    except (queue.Full, queue.Empty, ValueError) as error:
        result = type(error).__name__
    print(str(q.qsize()) + '|' + str(q.unfinished_tasks) + '|' + str(result))

)py";

// The line that Python prints, but for its count of unfinished tasks, which `unfinished` is.
template <class T>
std::string replay(const Queue<T>& queue, QueueOperation kind, const T& value, long& unfinished) {
  const auto perform = [&]() -> std::string {
    const auto got = [](const std::optional<T>& result) { return result ? encoded(*result) : "Empty"; };
    const auto put = [&](bool done) {
      unfinished += done;
      return done ? "None" : "Full";
    };
    switch (kind) {
      case QueueOperation::put:
        return put(queue.put(value, 0s));
      case QueueOperation::put_now:
        return put(queue.try_put(value));
      case QueueOperation::get:
        return got(queue.get(0s));
      case QueueOperation::get_now:
        return got(queue.try_get());
      case QueueOperation::qsize:
        return std::to_string(queue.size());
      case QueueOperation::full:
        return queue.full() ? "True" : "False";
      case QueueOperation::empty:
        return queue.empty() ? "True" : "False";
      case QueueOperation::task_done:
        try {
          queue.task_done();
          --unfinished;
          return "None";
        } catch (const std::invalid_argument&) {
          return "ValueError";
        }
    }
    return "";
  };
  const std::string result = perform();
  return std::to_string(queue.size()) + "|" + std::to_string(unfinished) + "|" + result;
}

template <class T>
void compare_with_python() {
  std::string script = kPreamble;
  for (std::uint64_t n = 0; n < kSequences; ++n) script += script_of(draw_sequence<T>(n));
  const auto expected = run_python(script);
  ASSERT_EQ(expected.size(), kSequences * kOperations);
  std::size_t line = 0;
  std::array<int, 3> refused = {};
  for (std::uint64_t n = 0; n < kSequences; ++n) {
    const auto sequence = draw_sequence<T>(n);
    const auto queue = session().manager().queue<T>(sequence.maxsize);
    long unfinished = 0;
    for (const auto& [kind, value] : sequence.operations) {
      const std::string answer = replay(queue, kind, value, unfinished);
      ASSERT_EQ(answer, expected[line]) << "seed " << seed() << ", sequence " << n << ":\n"
                                        << script_of(sequence);
      ++line;
      refused[0] += answer.ends_with("|Full");
      refused[1] += answer.ends_with("|Empty");
      refused[2] += answer.ends_with("|ValueError");
      if (unfinished == 0) {
        ASSERT_TRUE(queue.join(0s));
      }
    }
    EXPECT_EQ(queue.join(0s), unfinished == 0);
  }
  for (const int times : refused) EXPECT_GT(times, 40) << "hardly tried";
}

TEST(QueueParity, IntegersBehaveAsInPython) {
  on_manager([] {
    if (python_version().empty()) GTEST_SKIP() << "no " << python_command() << " to compare with";
    compare_with_python<int>();
  });
}
TEST(QueueParity, StringsBehaveAsInPython) {
  on_manager([] {
    if (python_version().empty()) GTEST_SKIP() << "no " << python_command() << " to compare with";
    compare_with_python<std::string>();
  });
}
TEST(QueueParity, ADifferenceIsSeen) {
  on_manager([] {
    if (python_version().empty()) GTEST_SKIP() << "no " << python_command() << " to compare with";
    const QueueSequence<int> sequence{2, {{QueueOperation::put, 5}, {QueueOperation::get, 0}}};
    const auto lines = run_python(kPreamble + script_of(sequence));
    ASSERT_EQ(lines, (std::vector<std::string>{"1|1|None", "0|1|5"}));
    const auto queue = session().manager().queue<int>(2);
    long unfinished = 0;
    EXPECT_EQ(replay(queue, QueueOperation::put, 5, unfinished), lines[0]);
    queue.get();
    EXPECT_NE(replay(queue, QueueOperation::get, 0, unfinished), lines[1]);
  });
}

// ---------------------------------------------------------------------------------------------------------
// What CPython asks of its queues.

// A queue is filled and emptied, and filled again while somebody waits to put (QueueTest.basic_queue_test).
void put_one(const Queue<int>& queue, int value) { queue.put(value); }
void get_one(const Queue<int>& queue, const Value<int>& result) { result.set(queue.get()); }
TEST(CPythonQueue, FillsEmptiesAndLetsWaitersIn) {
  on_manager([] {
    constexpr int kSize = 5;
    const auto queue = session().manager().queue<int>(kSize);
    for (int round = 0; round < 2; ++round) {
      for (const int value : {111, 333, 222}) queue.put(value);
      for (const int value : {111, 333, 222}) EXPECT_EQ(queue.get(), value);
      for (int n = 0; n < kSize - 1; ++n) {
        queue.put(n);
        EXPECT_FALSE(queue.empty());
      }
      EXPECT_FALSE(queue.full());
      queue.put(2 * kSize);
      EXPECT_TRUE(queue.full());
      EXPECT_FALSE(queue.try_put(kSize));
      EXPECT_FALSE(queue.put(kSize, 10ms));
      Process putter(put_one, queue, 2 * kSize + 1);
      putter.start();
      queue.get();
      putter.join();
      for (int n = 0; n < kSize; ++n) queue.get();
      EXPECT_TRUE(queue.empty());
      EXPECT_FALSE(queue.try_get());
      EXPECT_FALSE(queue.get(10ms));
      const auto result = session().manager().value<int>();
      Process getter(get_one, queue, result);
      getter.start();
      queue.put(7);
      getter.join();
      EXPECT_EQ(result.get(), 7);
    }
  });
}

// Two workers sum up what is put; join returns when all of it is (BaseQueueTestMixin.queue_join_test).
void add_up(const Queue<int>& queue, const Value<int>& sum) {
  for (;;) {
    const int x = queue.get();
    if (x < 0) return queue.task_done();
    sum += x;
    queue.task_done();
  }
}
TEST(CPythonQueue, JoinWaitsForAllTasksTwice) {
  on_manager([] {
    for (int round = 0; round < 2; ++round) {
      const auto queue = session().manager().queue<int>();
      const auto sum = session().manager().value<int>();
      std::vector<Process> workers;
      for (int n = 0; n < 2; ++n) workers.emplace_back(add_up, queue, sum);
      start_all(workers);
      for (int n = 0; n < 100; ++n) queue.put(n);
      queue.join();
      EXPECT_EQ(sum.get(), 99 * 100 / 2);
      for (int n = 0; n < 2; ++n) queue.put(-1);  // a sentinel for each
      queue.join();
      join_all(workers);
      EXPECT_THROW(queue.task_done(), std::invalid_argument);
    }
  });
}

// get() with a time limit waits for it, and not less (_TestQueue.test_timeout).
TEST(CPythonQueue, TimeoutIsNotEarly) {
  on_manager([] {
    const auto queue = session().manager().queue<int>();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(queue.get(50ms));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
  });
}

// After close(), neither put nor get (_TestQueue.test_closed_queue_put_get_exceptions); both said ValueError.
TEST(CPythonQueue, ClosedRefusesPutAndGet) {
  on_manager([] {
    const auto queue = session().manager().queue<std::string>();
    queue.close();
    EXPECT_THROW(queue.put("foo"), Closed);
    EXPECT_THROW(queue.get(), Closed);
  });
}

}  // namespace
}  // namespace cohort::test
