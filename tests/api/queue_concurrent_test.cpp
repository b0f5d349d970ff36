// SPDX-License-Identifier: BSL-1.0
// Many at one queue: nothing is lost or doubled, each one's values stay in order, and nobody waits for ever.
#include <gtest/gtest.h>
#include <cohort/process.hpp>
#include <cohort/queue.hpp>

#include <boost/serialization/string.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "api/list_parties.hpp"
#include "api/list_samples.hpp"
#include "support/support.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;

template <class T>
Queue<T> shared_queue(const std::string& suffix = "", std::ptrdiff_t maxsize = 0) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return session().manager().open<Queue<T>>(std::string(test->name()) + "/" + suffix, maxsize);
}

// All that was got, by everybody: `each` values of every party, once. Collective.
void expect_complete(const List<std::int64_t>& got, int each) {
  session().join();
  on_rank(ranks() - 1, [&] {
    auto values = got.copy();
    ASSERT_EQ(values.size(), static_cast<std::size_t>(Party::count()) * static_cast<std::size_t>(each));
    std::sort(values.begin(), values.end());
    std::size_t at = 0;
    for (int party = 0; party < Party::count(); ++party) {
      for (int n = 0; n < each; ++n) ASSERT_EQ(values[at++], (std::int64_t{party + 1} << 32) + n);
    }
  });
}
// One party got them in this order: each putter's in the order in which it put them.
void expect_order(const std::vector<std::int64_t>& values) {
  std::vector<int> last(static_cast<std::size_t>(Party::count()), -1);
  for (const std::int64_t value : values) {
    int& before = last[static_cast<std::size_t>(writer_of(value))];
    ASSERT_LT(before, number_of(value)) << "of party " << writer_of(value);
    before = number_of(value);
  }
}

template <class T>
std::int64_t number_in(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::strtoll(value.c_str(), nullptr, 10);
  } else {
    return value;
  }
}
template <class T>
T value_for(std::int64_t number) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::to_string(number) + std::string(static_cast<std::size_t>(number % 300), '.');
  } else {
    return number;
  }
}

// Everybody puts and gets, in turn.
template <class T>
void exchange(std::ptrdiff_t maxsize, int each) {
  const auto queue = shared_queue<T>("queue", maxsize);
  const auto got = shared_list<std::int64_t>("got");
  all_parties([&](Party& party) {
    std::vector<std::int64_t> mine;
    for (int n = 0; n < each; ++n) {
      queue.put(value_for<T>(party.tagged(n)));
      mine.push_back(number_in<T>(queue.get()));
    }
    expect_order(mine);
    got.extend(mine);
  });
  expect_complete(got, each);
}
TEST(QueueConcurrent, AllPutAndAllGet) { exchange<std::int64_t>(0, repetitions(20'000)); }
TEST(QueueConcurrent, AllPutAndAllGetStrings) { exchange<std::string>(0, repetitions(5'000)); }
TEST(QueueConcurrent, AllPutAndAllGetThroughOneForEach) {
  // Each waits for a place at times, and no fewer places than parties: somebody can always go on.
  exchange<std::int64_t>(Party::count(), repetitions(5'000));
}

void put_run(const Queue<std::int64_t>& queue, int putter, int each) {
  for (int n = 0; n < each; ++n) queue.put((std::int64_t{putter + 1} << 32) + n);
}
void get_all(const Queue<std::int64_t>& queue, const List<std::int64_t>& got, const Value<int>& most) {
  std::vector<std::int64_t> mine;
  try {
    for (;;) {
      mine.push_back(queue.get());
      most.fetch_max(static_cast<int>(queue.size()));
    }
  } catch (const Closed&) {
    got.extend(mine);
  }
}

// More Processes than ranks wait at both ends of a queue of three places.
TEST(QueueConcurrent, BoundedQueueHoldsProducersBack) {
  on_manager([] {
    constexpr int kPutters = 6;
    const int each = repetitions(2'000);
    const auto queue = session().manager().queue<std::int64_t>(3);
    const auto got = session().manager().list<std::int64_t>();
    const auto most = session().manager().value<int>();
    std::vector<Process> getters;
    std::vector<Process> putters;
    for (int n = 0; n < 5; ++n) getters.emplace_back(get_all, queue, got, most);
    for (int n = 0; n < kPutters; ++n) putters.emplace_back(put_run, queue, n, each);
    start_all(getters);
    start_all(putters);
    join_all(putters);
    queue.close();
    join_all(getters);
    auto values = got.copy();
    std::sort(values.begin(), values.end());
    ASSERT_EQ(values.size(), static_cast<std::size_t>(kPutters * each));
    EXPECT_EQ(std::adjacent_find(values.begin(), values.end()), values.end()) << "a value came twice";
    EXPECT_LE(most.get(), 3);
  });
}

void consume(const Queue<std::string>& jobs, const Queue<int>& results) {
  try {
    for (;;) {
      results.put(static_cast<int>(jobs.get().size()));
      jobs.task_done();
    }
  } catch (const Closed&) {
    results.put(-1);
  }
}
// A Process that waits gives its rank to the next one.
TEST(QueueConcurrent, FiftyConsumersOnAnyNumberOfRanks) {
  on_manager([] {
    const auto jobs = session().manager().queue<std::string>();
    const auto results = session().manager().queue<int>();
    std::vector<Process> consumers;
    for (int n = 0; n < 50; ++n) consumers.emplace_back(consume, jobs, results);
    start_all(consumers);
    for (int n = 1; n <= 400; ++n) jobs.put(std::string(static_cast<std::size_t>(n), 'j'));
    jobs.join();
    EXPECT_TRUE(jobs.empty());
    jobs.close();
    join_all(consumers);
    int sum = 0;
    int ends = 0;
    while (const auto result = results.try_get()) *result < 0 ? ++ends : sum += *result;
    EXPECT_EQ(sum, 400 * 401 / 2);
    EXPECT_EQ(ends, 50);
  });
}

void put_until_closed(const Queue<int>& queue, const Value<int>& waiting, const Value<int>& refused) {
  ++waiting;
  try {
    for (;;) queue.put(1);
  } catch (const Closed&) {
    ++refused;
  }
}
void get_until_closed(const Queue<int>& queue, const Value<int>& waiting, const Value<int>& refused) {
  ++waiting;
  try {
    for (;;) queue.get(24h);
  } catch (const Closed&) {
    ++refused;
  }
}
TEST(QueueConcurrent, CloseEndsEveryWait) {
  on_manager([] {
    const auto full = session().manager().queue<int>(1);
    const auto empty = session().manager().queue<int>();
    const auto waiting = session().manager().value<int>();
    const auto refused = session().manager().value<int>();
    std::vector<Process> processes;
    for (int n = 0; n < 4; ++n) {
      processes.emplace_back(put_until_closed, full, waiting, refused);
      processes.emplace_back(get_until_closed, empty, waiting, refused);
    }
    start_all(processes);
    for (int seen = waiting.get(); seen < 8; seen = waiting.get()) waiting.wait(seen);
    full.close();
    empty.close();
    join_all(processes);
    EXPECT_EQ(refused.get(), 8);
  });
}

void answer_late(const Queue<int>& asked, const Queue<int>& answers) { answers.put(asked.get() + 1); }
TEST(QueueConcurrent, TimeLimitsEndWaitsThatNothingElseEnds) {
  on_manager([] {
    const auto asked = session().manager().queue<int>();
    const auto answers = session().manager().queue<int>(1);
    Process process(answer_late, asked, answers);
    process.start();
    EXPECT_EQ(answers.get(20ms), std::nullopt);
    asked.put(4);
    EXPECT_EQ(answers.get(24h), 5);
    process.join();
    EXPECT_TRUE(answers.put(1, 24h));
    EXPECT_FALSE(answers.put(2, 20ms));
    EXPECT_FALSE(answers.join(20ms));
    EXPECT_EQ(answers.size(), 1U);
  });
}

void work_off(const Queue<int>& queue, const Value<long>& sum) {
  try {
    for (;;) {
      sum += queue.get();
      queue.task_done();
    }
  } catch (const Closed&) {
  }
}
TEST(QueueConcurrent, JoinWaitsForTheLastTask) {
  on_manager([] {
    const auto queue = session().manager().queue<int>(5);
    const auto sum = session().manager().value<long>();
    std::vector<Process> workers;
    for (int n = 0; n < 4; ++n) workers.emplace_back(work_off, queue, sum);
    start_all(workers);
    long expected = 0;
    for (int round = 0; round < 30; ++round) {
      for (int n = 1; n <= 10; ++n) queue.put(n);
      queue.join();
      expected += 55;
      ASSERT_EQ(sum.get(), expected);
    }
    queue.close();
    join_all(workers);
  });
}

}  // namespace
}  // namespace cohort::test
