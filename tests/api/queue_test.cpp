// SPDX-License-Identifier: BSL-1.0
// A queue as one rank sees it: order, limits, closing, tasks, what goes through it, and what it refuses.
#include <gtest/gtest.h>
#include <cohort/queue.hpp>

#include <boost/serialization/string.hpp>

#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "api/list_samples.hpp"
#include "support/support.hpp"
#include "support/thrown.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;

template <class T>
Queue<T> queue(std::ptrdiff_t maxsize = 0) {
  return session().manager().queue<T>(maxsize);
}

TEST(Queue, FirstInFirstOut) {
  on_first_and_last_rank([] {
    const auto q = queue<int>();
    EXPECT_TRUE(q.empty());
    for (int n = 0; n < 5; ++n) q.put(n);
    EXPECT_EQ(q.size(), 5U);
    EXPECT_FALSE(q.empty());
    for (int n = 0; n < 5; ++n) EXPECT_EQ(q.get(), n);
    EXPECT_EQ(q.size(), 0U);
    EXPECT_EQ(q.try_get(), std::nullopt);
    EXPECT_EQ(q.get(1ms), std::nullopt);
    EXPECT_EQ(q.get(-1s), std::nullopt);
  });
}

// Over the ends of many segments, nearly empty and well filled.
template <class T>
void expect_order(const std::vector<T>& samples) {
  const auto q = queue<T>();
  std::size_t in = 0;
  std::size_t out = 0;
  for (const std::size_t ahead : {1, 2, 700, 1300, 0}) {
    for (int n = 0; n < 1000; ++n) {
      for (; in < out + ahead; ++in) q.put(samples[in % samples.size()]);
      if (out == in) continue;
      ASSERT_TRUE(q.get() == samples[out % samples.size()]) << out;
      ++out;
    }
  }
  EXPECT_EQ(q.size(), in - out);
  for (; out < in; ++out) ASSERT_TRUE(*q.try_get() == samples[out % samples.size()]);
}
TEST(Queue, KeepsTheOrderOverManySegments) {
  on_first_and_last_rank([] {
    expect_order<int>({1, 2, 3, 5, 8});
    expect_order<char>({'a', 'b', 'c'});
    expect_order<Triple24>({{1, 2, 'x'}, {3, 4, 'y'}});
    expect_order<std::string>({"", "short", std::string(1000, 'l')});
  });
}

TEST(Queue, CarriesWhateverTravels) {
  on_first_and_last_rank([] {
    const auto people = queue<Person>();
    people.put({30, "Ada", {"Grace", "Jean"}});
    EXPECT_EQ(people.get(), (Person{30, "Ada", {"Grace", "Jean"}}));
    const auto pairs = queue<std::pair<std::string, std::vector<int>>>();
    pairs.put({"numbers", {1, 2}});
    EXPECT_EQ(pairs.get(1h)->second, (std::vector{1, 2}));
    const auto optional = queue<std::optional<int>>();
    optional.put(std::nullopt);
    const std::optional<std::optional<int>> nothing = optional.try_get();
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
    const auto large = queue<std::array<long, 3000>>();  // a segment each, a run of pages
    std::array<long, 3000> numbers;
    std::iota(numbers.begin(), numbers.end(), 7);
    for (int n = 0; n < 3; ++n) large.put(numbers);
    for (int n = 0; n < 3; ++n) EXPECT_EQ(large.get(), numbers);
  });
}

TEST(Queue, HandlesInItRefersToTheObjectsThemselves) {
  on_first_and_last_rank([] {
    const auto q = queue<List<int>>();
    const auto numbers = session().manager().list<int>({1, 2});
    q.put(numbers);
    q.put(session().manager().list<int>({9}));  // held by the queue alone
    numbers.append(3);
    const List<int> got = q.get();
    got.append(4);
    EXPECT_EQ(numbers.copy(), (std::vector{1, 2, 3, 4}));
    EXPECT_EQ(q.get().copy(), std::vector{9});
    const auto queues = queue<Queue<std::string>>();
    queues.put(queue<std::string>());
    const auto inner = queues.get();
    inner.put("through");
    EXPECT_EQ(inner.get(), "through");
    EXPECT_FALSE(queues.try_get());
  });
}

struct Job {
  int number = 0;
  Queue<std::string> answers;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& number& answers;
  }
};
TEST(Queue, StructsWithHandlesTravelWithThem) {
  on_first_and_last_rank([] {
    const auto jobs = queue<Job>();
    const auto answers = queue<std::string>();
    jobs.put({5, answers});
    const Job job = jobs.get();
    job.answers.put("done " + std::to_string(job.number));
    EXPECT_EQ(answers.get(), "done 5");
  });
}

TEST(Queue, WithAMaxsizeItIsFullThere) {
  on_first_and_last_rank([] {
    const auto q = queue<int>(2);
    EXPECT_FALSE(q.full());
    EXPECT_TRUE(q.try_put(1));
    EXPECT_TRUE(q.put(2, 1h));
    EXPECT_TRUE(q.full());
    EXPECT_FALSE(q.try_put(3));
    EXPECT_FALSE(q.put(3, 1ms));
    EXPECT_FALSE(q.put(3, -1ms));
    EXPECT_EQ(q.size(), 2U);
    EXPECT_EQ(q.get(), 1);
    EXPECT_FALSE(q.full());
    EXPECT_TRUE(q.try_put(3));
    EXPECT_EQ(q.get(), 2);
    EXPECT_EQ(q.get(), 3);
    const auto texts = queue<std::string>(1);
    EXPECT_TRUE(texts.try_put("one"));
    EXPECT_FALSE(texts.try_put("two"));
    EXPECT_FALSE(texts.put("two", 1ms));
    EXPECT_EQ(texts.get(), "one");
  });
}
TEST(Queue, WithoutAPositiveMaxsizeItIsNeverFull) {
  on_first_and_last_rank([] {
    for (const std::ptrdiff_t maxsize :
         {std::ptrdiff_t{0}, std::ptrdiff_t{-1}, std::numeric_limits<std::ptrdiff_t>::min()}) {
      const auto q = queue<int>(maxsize);
      for (int n = 0; n < 5000; ++n) ASSERT_TRUE(q.try_put(n));
      EXPECT_FALSE(q.full());
    }
    EXPECT_TRUE(queue<int>(std::numeric_limits<std::ptrdiff_t>::max()).try_put(1));
  });
}

TEST(Queue, ClosedItDrainsAndThenRefuses) {
  on_first_and_last_rank([] {
    const auto q = queue<int>(3);
    q.put(1);
    q.put(2);
    q.close();
    q.close();
    EXPECT_THROW(q.put(3), Closed);
    EXPECT_THROW(q.put(3, 1h), Closed);
    EXPECT_THROW(q.try_put(3), Closed);
    EXPECT_EQ(q.size(), 2U);
    EXPECT_EQ(q.get(), 1);
    EXPECT_EQ(q.get(1h), 2);
    EXPECT_THROW(q.get(), Closed);
    EXPECT_THROW(q.get(1h), Closed);
    EXPECT_THROW(q.try_get(), Closed);
    EXPECT_EQ(q.size(), 0U);
    const auto texts = queue<std::string>(1);
    texts.put("left");
    texts.close();
    EXPECT_THROW(texts.try_put("more"), Closed) << "closed comes before full";
    EXPECT_EQ(texts.get(), "left");
    EXPECT_THROW(texts.get(), Closed);
  });
}

TEST(Queue, TasksAreDoneAsOftenAsValuesWerePut) {
  on_first_and_last_rank([] {
    const auto q = queue<int>();
    q.join();  // nothing was put
    EXPECT_THROW(q.task_done(), std::invalid_argument);
    q.put(1);
    q.put(2);
    EXPECT_FALSE(q.join(1ms));
    q.get();
    q.task_done();
    EXPECT_FALSE(q.join(-1ms));
    q.task_done();  // before it is got: Python does not mind either
    EXPECT_TRUE(q.join(1h));
    q.join();
    EXPECT_THROW(q.task_done(), std::invalid_argument);
    q.put(3);
    EXPECT_FALSE(q.join(0ms));
    q.close();
    q.task_done();
    q.join();
  });
}

TEST(Queue, ErrorsSayWhatAndWhere) {
  on_first_and_last_rank([] {
    const auto q = queue<int>();
    q.put(1);
    q.get();
    q.task_done();
    q.close();
    EXPECT_EQ(text_of<Closed>([&] { q.put(1); }), "cohort::Queue<int> is closed: put() is refused");
    EXPECT_EQ(text_of<Closed>([&] { q.try_put(1); }), "cohort::Queue<int> is closed: try_put() is refused");
    EXPECT_EQ(text_of<Closed>([&] { q.get(); }),
              "cohort::Queue<int> is closed and empty: get() finds nothing more");
    EXPECT_EQ(text_of<Closed>([&] { q.try_get(); }),
              "cohort::Queue<int> is closed and empty: try_get() finds nothing more");
    EXPECT_EQ(text_of<std::invalid_argument>([&] { q.task_done(); }),
              "task_done() was called more often than put(): 1 value was put");
    const Queue<int> none;
    for (const auto& use : std::vector<std::function<void()>>{
             [&] { none.put(1); }, [&] { none.try_put(1); }, [&] { none.get(); }, [&] { none.try_get(); },
             [&] { none.size(); }, [&] { none.full(); }, [&] { none.close(); }, [&] { none.task_done(); },
             [&] { none.join(); }}) {
      EXPECT_EQ(
          text_of<UsageError>(use),
          "this Queue is empty (default constructed, or moved from); assign one that was made or opened");
    }
  });
}

TEST(Queue, AnyRankOpensItByName) {
  const auto q = session().manager().open<Queue<int>>("a queue", 100'000);
  q.put(session().rank());
  session().join();
  on_manager([&] {
    std::vector<int> seen;
    while (const auto value = q.try_get()) seen.push_back(*value);
    EXPECT_EQ(std::accumulate(seen.begin(), seen.end(), 0), ranks() * (ranks() - 1) / 2);
    EXPECT_THROW(static_cast<void>(session().manager().open<List<int>>("a queue")), UsageError);
  });
}

// What throws while it is read back.
struct Shy {
  bool throws = false;
  std::string text = {};
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& throws& text;
    if (Archive::is_loading::value == throws_when_loading && throws) throw std::runtime_error("not today");
  }
  inline static bool throws_when_loading = false;
};
TEST(Queue, ValueThatCannotBeWrittenIsNotPutAndOneThatCannotBeReadIsGone) {
  on_first_and_last_rank([] {
    const auto q = queue<Shy>();
    Shy::throws_when_loading = false;
    EXPECT_THROW(q.put({true}), std::runtime_error);
    EXPECT_EQ(q.size(), 0U);
    Shy::throws_when_loading = true;
    q.put({true});
    q.put({false});
    EXPECT_THROW(q.get(), std::runtime_error);
    EXPECT_EQ(q.size(), 1U);
    EXPECT_FALSE(q.get().throws);
  });
}

// What the heap can take, in strings of 64 KiB; nothing where it is too large to be filled.
std::optional<std::size_t> fill(const Queue<std::string>& q) {
  std::size_t count = q.size();
  try {
    while (count < 16384) {
      q.put(std::string(65'000, static_cast<char>('a' + count % 26)));
      ++count;
    }
  } catch (const OutOfSharedMemory&) {
    return count;
  }
  while (q.try_get()) {
  }
  return std::nullopt;
}
TEST(Queue, AFullHeapLeavesItWholeAndWhatIsTakenComesBack) {
  on_first_and_last_rank([] {
    const auto q = queue<std::string>();
    const auto full = fill(q);
    if (!full) GTEST_SKIP() << "the heap is larger than 1 GiB; set COHORT_HEAP to less";
    for (int round = 0; round < 3; ++round) {
      ASSERT_EQ(q.size(), *full);
      for (std::size_t n = 0; n < *full; ++n) {
        const std::string text = q.get();
        ASSERT_EQ(text, std::string(65'000, static_cast<char>('a' + n % 26)));
      }
      const auto again = fill(q);
      ASSERT_TRUE(again);
      ASSERT_GE(*again + 8, *full) << "memory was lost";
      while (q.size() > *full) q.get();
      if (*again < *full) return;
    }
  });
}
TEST(Queue, QueuesThatAreGoneTakeNoMemory) {
  for (int round = 0; round < 400 / ranks() + 1; ++round) {
    const auto q = session().manager().queue<std::string>();
    const auto lists = session().manager().queue<List<std::string>>();
    for (int n = 0; n < 8; ++n) q.put(std::string(100'000, 'x'));
    for (int n = 0; n < 300; ++n) q.put("y");  // into a second segment
    lists.put(session().manager().list<std::string>({std::string(60'000, 'z')}));
    q.get();
  }
  session().join();
}

}  // namespace
}  // namespace cohort::test
