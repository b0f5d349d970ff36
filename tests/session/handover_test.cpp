// SPDX-License-Identifier: BSL-1.0
// What was done before a value, a unit, a signal or a lock was given is seen by whoever takes it. In the rank's own
// memory, neither atomic nor locked: on one rank, where Processes are threads, what Cohort orders is all that orders it,
// and ThreadSanitizer sees what the processor happens to forgive.
#include "process/process_support.hpp"

#include <array>

namespace cohort::test {
namespace {

std::array<int, 16> plain = {};
long plain_number = 0;

void expect_and_fill(int expected, int next) {
  for (int& element : plain) {
    ASSERT_EQ(element, expected);
    element = next;
  }
}

struct ThroughAQueue {
  using Object = Queue<int>;
  static Object make() { return shared().queue<int>(); }
  static void give(const Object& to) { to.put(1); }
  static void take(const Object& from) { from.get(); }
};
struct ThroughABoundedQueue : ThroughAQueue {
  static Object make() { return shared().queue<int>(1); }
};
struct ThroughAQueueOfStrings {
  using Object = Queue<std::string>;
  static Object make() { return shared().queue<std::string>(); }
  static void give(const Object& to) { to.put("a value"); }
  static void take(const Object& from) { from.get(); }
};
struct ThroughASemaphore {
  using Object = Semaphore;
  static Object make() { return shared().semaphore(0); }
  static void give(const Object& to) { to.release(); }
  static void take(const Object& from) { from.acquire(); }
};
struct ThroughAnEvent {
  using Object = Event;
  static Object make() { return shared().event(); }
  static void give(const Object& to) { to.set(); }
  static void take(const Object& from) {
    from.wait();
    from.clear();
  }
};
struct ThroughABarrier {
  using Object = Barrier;
  static Object make() { return shared().barrier(2); }
  static void give(const Object& to) { to.wait(); }
  static void take(const Object& from) { from.wait(); }
};
struct ThroughADict {
  using Object = Dict<int, int>;
  static Object make() { return shared().dict<int, int>(); }
  static void give(const Object& to) { to.set(1, 1); }
  static void take(const Object& from) {
    blocking([&] { busy_until([&] { return from.get(1).has_value(); }); });
    from.erase(1);
  }
};

template <class Way>
class PlainMemory : public ::testing::Test {};
using Ways = ::testing::Types<ThroughAQueue, ThroughABoundedQueue, ThroughAQueueOfStrings, ThroughASemaphore,
                              ThroughAnEvent, ThroughABarrier, ThroughADict>;
TYPED_TEST_SUITE(PlainMemory, Ways);

TYPED_TEST(PlainMemory, GoesToAndFro) {
  on_manager([] {
    if (ranks() > 1) return;
    const auto there = TypeParam::make();
    const auto back = TypeParam::make();
    const int count = rounds(300);
    plain = {};
    Process process(
        [](typename TypeParam::Object from, typename TypeParam::Object to, int times) {
          for (int round = 1; round <= times; ++round) {
            TypeParam::take(from);
            expect_and_fill(-round, round);
            TypeParam::give(to);
          }
        },
        there, back, count);
    process.start();
    for (int round = 1; round <= count; ++round) {
      expect_and_fill(round - 1, -round);
      TypeParam::give(there);
      TypeParam::take(back);
    }
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(PlainMemory, GoesToAndFroThroughAPipe) {
  on_manager([] {
    if (ranks() > 1) return;
    const auto [near, far] = shared().pipe<int>();
    const int count = rounds(300);
    plain = {};
    Process process(
        [](Connection<int> end, int times) {
          for (int round = 1; round <= times; ++round) {
            expect_and_fill(-end.recv(), round);
            end.send(round);
          }
        },
        far, count);
    process.start();
    for (int round = 1; round <= count; ++round) {
      expect_and_fill(round - 1, -round);
      near.send(round);
      EXPECT_EQ(near.recv(), round);
    }
    process.join();
  });
}

// All of them are there before the first one counts: else each would have ended before the next begins.
template <class L>
void count_under(const L& lock, const Barrier& together, int times) {
  together.wait();
  for (int i = 0; i < times; ++i) {
    const std::scoped_lock held(lock);
    ++plain_number;
  }
}

template <class L>
void expect_counted(const L& lock) {
  const int count = rounds(1000);
  plain_number = 0;
  const auto together = shared().barrier(4);
  std::vector<Process> processes;
  for (int i = 0; i < 3; ++i) processes.emplace_back(count_under<L>, lock, together, count);
  start_all(processes);
  count_under(lock, together, count);
  join_all(processes);
  EXPECT_EQ(plain_number, 4L * count);
}

TEST(PlainMemory, IsGuardedByLocks) {
  on_manager([] {
    if (ranks() > 1) return;
    expect_counted(shared().lock());
    expect_counted(shared().rlock());
    expect_counted(shared().condition());
    expect_counted(shared().condition(shared().rlock()));
  });
}

// The lock is taken again, and with it what the notifier did.
TEST(PlainMemory, IsGuardedByAConditionThatIsWaitedFor) {
  on_manager([] {
    if (ranks() > 1) return;
    const auto condition = shared().condition();
    const int count = rounds(300);
    plain_number = 0;
    const auto play = [](const Condition& at, int times, long mine) {
      for (int round = 0; round < times; ++round) {
        const std::scoped_lock held(at);
        at.wait([mine] { return plain_number % 2 == mine; });
        ++plain_number;
        at.notify();
      }
    };
    Process process(play, condition, count, 1L);
    process.start();
    play(condition, count, 0);
    process.join();
    EXPECT_EQ(plain_number, 2L * count);
  });
}

}  // namespace
}  // namespace cohort::test
