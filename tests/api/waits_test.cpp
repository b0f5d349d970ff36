// SPDX-License-Identifier: BSL-1.0
// Waits for what another rank has. They end when it lets go, or when their time is over and not before that, and
// they leave the core to others.
#include "process/process_support.hpp"

#include <time.h>

#include <algorithm>
#include <mutex>
#include <ostream>

#include "support/waiters.hpp"

namespace cohort::test {
namespace {

using Clock = std::chrono::steady_clock;

/// One way to wait. Its functions work on the same objects, whichever rank calls them.
struct Way {
  const char* name;
  WaitKind kind;
  void (*take)() = [] {};     ///< the holder's: whoever waits from now on has to
  void (*block)() = nullptr;  ///< the waiter's, without a time limit; null: there is none such
  bool (*wait)(Clock::duration time) = nullptr;  ///< the same with one; false: it was over
  void (*let_go)();                              ///< the holder's
  void (*put_back)() = [] {};  ///< the waiter's, once it has had it: all is as before take()
  bool lasts = true;           ///< after let_go() one who comes later need not wait
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

template <class T, class... Args>
T the(const Args&... args) {
  return shared().open<T>(std::string("waits_test.") + typeid(T).name(), args...);
}
Queue<int> the_queue() { return the<Queue<int>>(1); }
Barrier the_barrier() { return the<Barrier>(2); }
Connection<int> pipe_end(std::size_t which) {
  const auto [first, second] = shared().pipe<int>();
  return the<List<Connection<int>>>(std::vector{first, second}).get(which);
}
bool flag_is_set() { return the<Value<int>>().get() != 0; }

template <class L>
Way lock_way(const char* name) {
  return {.name = name,
          .kind = WaitKind::lock,
          .take = [] { the<L>().lock(); },
          .block = [] { the<L>().lock(); },
          .wait = [](Clock::duration time) { return the<L>().try_lock_for(time); },
          .let_go = [] { the<L>().unlock(); },
          .put_back = [] { the<L>().unlock(); }};
}
template <class L, bool until>
Way guard_way(const char* name) {
  return {.name = name,
          .kind = WaitKind::lock,
          .take = [] { the<L>().lock(); },
          .wait =
              [](Clock::duration time) {
                auto lock = the<L>();
                std::unique_lock<L> guard(lock, std::defer_lock);
                const bool got = until ? guard.try_lock_until(Clock::now() + time) : guard.try_lock_for(time);
                EXPECT_EQ(guard.owns_lock(), got);
                return got;
              },
          .let_go = [] { the<L>().unlock(); }};
}
template <class S>
Way semaphore_way(const char* name) {
  return {.name = name,
          .kind = WaitKind::semaphore,
          .take = [] { the<S>().acquire(); },
          .block = [] { the<S>().acquire(); },
          .wait = [](Clock::duration time) { return the<S>().try_acquire_for(time); },
          .let_go = [] { the<S>().release(); },
          .put_back = [] { the<S>().release(); }};
}
Way semaphore_until() {
  Way way = semaphore_way<Semaphore>("SemaphoreTryAcquireUntil");
  way.block = nullptr;
  way.wait = [](Clock::duration time) { return the<Semaphore>().try_acquire_until(Clock::now() + time); };
  return way;
}

const std::vector<Way>& all_ways() {
  static const std::vector<Way> all = {
      lock_way<Lock>("Lock"),
      lock_way<RLock>("RLock"),
      guard_way<Lock, false>("UniqueLockFor"),
      guard_way<Lock, true>("UniqueLockUntil"),
      guard_way<RLock, false>("UniqueRLockFor"),
      guard_way<RLock, true>("UniqueRLockUntil"),
      guard_way<Condition, false>("UniqueLockOfAConditionFor"),
      guard_way<Condition, true>("UniqueLockOfAConditionUntil"),
      semaphore_way<Semaphore>("Semaphore"),
      semaphore_way<BoundedSemaphore>("BoundedSemaphore"),
      semaphore_until(),
      {.name = "Condition",
       .kind = WaitKind::condition,
       .block =
           [] {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             condition.wait();
           },
       .wait =
           [](Clock::duration time) {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             return condition.wait(time);
           },
       .let_go =
           [] {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             condition.notify();
           },
       .lasts = false},
      {.name = "ConditionWithAPredicate",
       .kind = WaitKind::condition,
       .block =
           [] {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             condition.wait(flag_is_set);
           },
       .wait =
           [](Clock::duration time) {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             return condition.wait(time, flag_is_set);
           },
       .let_go =
           [] {
             auto condition = the<Condition>();
             const std::scoped_lock held(condition);
             the<Value<int>>().set(1);
             condition.notify();
           },
       .put_back = [] { the<Value<int>>().set(0); }},
      {.name = "Event",
       .kind = WaitKind::event,
       .block = [] { the<Event>().wait(); },
       .wait = [](Clock::duration time) { return the<Event>().wait(time); },
       .let_go = [] { the<Event>().set(); },
       .put_back = [] { the<Event>().clear(); }},
      {.name = "Value",
       .kind = WaitKind::value,
       .block = [] { the<Value<int>>().wait(0); },
       .wait = [](Clock::duration time) { return the<Value<int>>().wait(0, time); },
       .let_go = [] { the<Value<int>>().set(1); },
       .put_back = [] { the<Value<int>>().set(0); }},
      {.name = "Barrier",
       .kind = WaitKind::barrier,
       .block = [] { the_barrier().wait(); },
       .let_go = [] { the_barrier().wait(); }},
      {.name = "QueueGet",
       .kind = WaitKind::queue_get,
       .block = [] { EXPECT_EQ(the_queue().get(), 7); },
       .wait = [](Clock::duration time) { return the_queue().get(time) == 7; },
       .let_go = [] { the_queue().put(7); }},
      {.name = "QueuePut",
       .kind = WaitKind::queue_put,
       .take = [] { the_queue().put(1); },
       .block = [] { the_queue().put(2); },
       .wait = [](Clock::duration time) { return the_queue().put(2, time); },
       .let_go = [] { EXPECT_EQ(the_queue().get(), 1); },
       .put_back = [] { EXPECT_EQ(the_queue().try_get(), 2) << "put once"; }},
      {.name = "QueueJoin",
       .kind = WaitKind::queue_join,
       .take = [] { the<Queue<long>>().put(1); },
       .block = [] { the<Queue<long>>().join(); },
       .wait = [](Clock::duration time) { return the<Queue<long>>().join(time); },
       .let_go =
           [] {
             the<Queue<long>>().get();
             the<Queue<long>>().task_done();
           }},
      {.name = "Connection",
       .kind = WaitKind::queue_get,
       .block = [] { EXPECT_EQ(pipe_end(0).recv(), 7); },
       .wait = [](Clock::duration time) { return pipe_end(0).poll(time) && pipe_end(0).recv() == 7; },
       .let_go = [] { pipe_end(1).send(7); }},
  };
  return all;
}
std::vector<Way> ways(bool (*wanted)(const Way&)) {
  std::vector<Way> some;
  std::ranges::copy_if(all_ways(), std::back_inserter(some), wanted);
  return some;
}
std::string name_of(const ::testing::TestParamInfo<Way>& info) { return info.param.name; }

// What is thrown fails the test and not the job, as the others are on their way to join().
template <class Work>
void by(int rank, const Work& work) {
  if (session().rank() != rank) return;
  try {
    work();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "thrown on rank " << rank << ": " << error.what();
  }
}
template <class Work>
void by_alone(int rank, const Work& work) {
  by(rank, work);
  session().join();
}

// Who holds, and who waits: where the objects lie and elsewhere, and both elsewhere.
template <class Work>
void for_each_pair(const Work& work) {
  work(0, ranks() - 1);
  work(ranks() - 1, 0);
  if (ranks() > 2) work(1, ranks() - 1);
}

// ---------------------------------------------------------------------------------------------------------

class TimedWait : public ::testing::TestWithParam<Way> {};
INSTANTIATE_TEST_SUITE_P(, TimedWait,
                         ::testing::ValuesIn(ways([](const Way& way) { return way.wait != nullptr; })),
                         name_of);

TEST_P(TimedWait, EndsInVainWhenItsTimeIsOverAndNotBefore) {
  const Way& way = GetParam();
  for_each_pair([&](int holder, int waiter) {
    by_alone(holder, way.take);
    by_alone(waiter, [&way] {
      for (const auto time : {1ms, 30ms}) {
        const auto start = Clock::now();
        EXPECT_FALSE(way.wait(time));
        EXPECT_GE(Clock::now() - start, time);
      }
      EXPECT_FALSE(way.wait(0s));
      EXPECT_FALSE(way.wait(-1s));
    });
    by_alone(holder, way.let_go);
    by_alone(waiter, [&way] {
      if (way.lasts) {
        EXPECT_TRUE(way.wait(1h)) << "who gave up may come again";
      }
      way.put_back();
    });
  });
}

TEST_P(TimedWait, EndsWhenAnotherRankLetsGo) {
  const Way& way = GetParam();
  const auto told = shared().open<Value<long>>("waits_test.told");
  for_each_pair([&](int holder, int waiter) {
    by_alone(holder, way.take);
    by(waiter, [&] {
      EXPECT_TRUE(way.wait(1h));
      EXPECT_EQ(told.get(), 1) << "nobody had let go";
      way.put_back();
    });
    by(holder, [&] {
      until_waits(waiter, way.kind);
      told.set(1);
      way.let_go();
    });
    session().join();
    by_alone(holder, [&] { told.set(0); });
  });
}

// Its time limit is for the notification: it takes the lock again however long that takes.
TEST(TimedWaitOfACondition, ReturnsWithTheLockThoughAnotherRankHadIt) {
  const auto condition = the<Condition>();
  const auto inside = shared().open<Value<int>>("waits_test.inside");
  for_each_pair([&](int holder, int waiter) {
    by_alone(waiter, [&] { condition.lock(); });
    by(waiter, [&] {
      until_waits(holder, WaitKind::lock);
      do {  // more than once, where this rank is the faster one to take the lock again
        EXPECT_FALSE(condition.wait(20ms));
      } while (inside.get() == 0);
      EXPECT_EQ(inside.get(), 2) << "while another rank held the lock";
      condition.unlock();
    });
    by(holder, [&] {
      condition.lock();
      inside.set(1);
      until_waits(waiter, WaitKind::lock);  // its time is over
      inside.set(2);
      condition.unlock();
    });
    session().join();
    by_alone(holder, [&] { inside.set(0); });
  });
}

// ---------------------------------------------------------------------------------------------------------

std::string outcome(const Barrier& barrier, Clock::duration time) {
  try {
    return "index " + std::to_string(barrier.wait(time));
  } catch (const BrokenBarrier& error) {
    return error.what();
  }
}

// One more party than ranks: nobody gets through.
TEST(TimedWaitOfABarrier, InVainBreaksItForThePartiesOnAllRanks) {
  const auto barrier = shared().open<Barrier>("waits_test.large barrier", ranks() + 1);
  for (const int first : {0, ranks() - 1}) {
    for (int rank = 0; rank < ranks(); ++rank) {
      if (rank == first) continue;
      by(rank, [&] {
        EXPECT_EQ(
            outcome(barrier, 1h),
            "wait(): the barrier was broken meanwhile (by abort(), a timeout, or an action that threw); "
            "reset() mends it");
      });
    }
    by(first, [&] {
      for (int rank = 0; rank < ranks(); ++rank) {
        if (rank != first) until_waits(rank, WaitKind::barrier);
      }
      const auto start = Clock::now();
      EXPECT_EQ(outcome(barrier, 30ms),
                "wait(timeout): not all of the " + std::to_string(ranks() + 1) +
                    " parties came in time; the barrier is broken now, for all of them, until reset()");
      EXPECT_GE(Clock::now() - start, 30ms);
    });
    session().join();
    EXPECT_TRUE(barrier.broken());
    EXPECT_EQ(
        outcome(barrier, 1h),
        "wait(): the barrier is broken (by abort(), a timeout, or an action that threw); reset() mends it");
    session().join();
    by_alone(first, [&] { barrier.reset(); });
  }
}

TEST(TimedWaitOfABarrier, EndsWhenAllRanksHaveCome) {
  const auto barrier = shared().open<Barrier>("waits_test.ranks", ranks());
  const auto indices = shared().open<Set<int>>("waits_test.indices");
  for (int last = 0; last < ranks(); ++last) {
    by(last, [&] {
      for (int rank = 0; rank < ranks(); ++rank) {
        if (rank != last) until_waits(rank, WaitKind::barrier);
      }
      EXPECT_TRUE(indices.empty());
    });
    indices.add(barrier.wait(1h));
    session().join();
    EXPECT_EQ(indices.size(), static_cast<std::size_t>(ranks())) << "each has an index of its own";
    EXPECT_FALSE(barrier.broken());
    session().join();
    by_alone(last, [&] { indices.clear(); });
  }
}

// ---------------------------------------------------------------------------------------------------------

class Wait : public ::testing::TestWithParam<Way> {};
INSTANTIATE_TEST_SUITE_P(, Wait,
                         ::testing::ValuesIn(ways([](const Way& way) { return way.block != nullptr; })),
                         name_of);

double processor_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// By all threads of the waiting rank: one waits, and one looks for work. Over RMA each looks at its word about a
// thousand times a second, which takes some hundredths of a core, and a slow machine longer.
TEST_P(Wait, LeavesTheCoreToOthers) {
  const Way& way = GetParam();
  constexpr std::chrono::duration<double> kHeld = 500ms;
  const int waiter = ranks() - 1;
  by_alone(0, way.take);
  by(waiter, [&] {
    const auto start = Clock::now();
    const double before = processor_seconds();
    way.block();
    const double used = processor_seconds() - before;
    const std::chrono::duration<double> waited = Clock::now() - start;
    EXPECT_GE(waited, kHeld);
    EXPECT_LT(used, waited.count() / (current_window.state == WindowState::rma ? 2 : 5));
    way.put_back();
  });
  by(0, [&] {
    until_waits(waiter, way.kind);
    std::this_thread::sleep_for(kHeld);  // what is measured
    way.let_go();
  });
  session().join();
}

}  // namespace
}  // namespace cohort::test
