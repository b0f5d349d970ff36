// SPDX-License-Identifier: BSL-1.0
// Pools whose tasks run in children: what Python's pools do, and what happens where a child dies.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "cohort/process/pool_worker.hpp"
#include "cohort/process/scheduler.hpp"
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

const PoolOptions kChildren = {.isolation = Isolation::child};

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}
int square(int n) { return n * n; }
std::string text(int n) { return "text " + std::to_string(n); }
int pid_of(int /*task*/) { return ::getpid(); }
int die_at_7(int n) {
  if (n == 7) ::raise(SIGSEGV);
  return n;
}

// The ProcessDied that `act` throws; without one the test fails.
template <class Act>
std::optional<ProcessDied> process_died(Act act) {
  try {
    act();
  } catch (const ProcessDied& error) {
    return error;
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
    return std::nullopt;
  }
  ADD_FAILURE() << "no ProcessDied";
  return std::nullopt;
}

TEST(ChildPool, GivesWhatOthersGive) {
  on_manager([] {
    Pool pool(kChildren);
    std::vector<int> squares;
    std::vector<std::string> texts;
    for (const int n : numbers(300)) {
      squares.push_back(square(n));
      texts.push_back(text(n));
    }
    for (const std::size_t chunk : {0, 1, 7, 1000}) {
      EXPECT_EQ(pool.map(square, numbers(300), {.chunk = chunk}), squares);
      EXPECT_EQ(pool.map(text, numbers(300), {.chunk = chunk}), texts);
      std::vector<std::string> streamed;
      for (const auto& one : pool.imap(text, numbers(300), {.chunk = chunk})) streamed.push_back(one);
      EXPECT_EQ(streamed, texts);
    }
    EXPECT_EQ(pool.apply(square, 9), 81);
    EXPECT_EQ(pool.apply_async(text, 9).get(), "text 9");
    EXPECT_EQ(pool.starmap([](int a, int b) { return a - b; }, {std::pair(5, 2), std::pair(2, 5)}),
              (std::vector{3, -3}));
    EXPECT_EQ(pool.reduce([](int a, int b) { return a + b; }, numbers(300), 0), 299 * 300 / 2);
    const auto list = shared().list<int>();
    for (int i = 0; i < 5000; ++i) list.append(i * 7919 % 5000);
    pool.sort(list);
    EXPECT_EQ(list.copy(), numbers(5000));
    const auto array = shared().array<int>(numbers(100));
    pool.map([](int& n) { n += 1; }, array);
    EXPECT_EQ(array.get(99), 100);
  });
}

TEST(ChildPool, RunsTasksInAsManyChildrenAsItHasPlaces) {
  on_manager([] {
    Pool pool({.processes = 2, .isolation = Isolation::child});
    std::set<int> pids;
    for (int round = 0; round < 5; ++round) {
      for (const int pid : pool.map(pid_of, numbers(50), {.chunk = 1})) pids.insert(pid);
    }
    EXPECT_FALSE(pids.contains(::getpid()));
    // Each rank keeps its own; two at a time.
    EXPECT_LE(pids.size(), 2U * static_cast<std::size_t>(ranks()));
    EXPECT_GE(pids.size(), 1U);
  });
}

TEST(ChildPool, ThrowsWhatATaskThrewAndGoesOn) {
  on_manager([] {
    Pool pool(kChildren);
    const auto fail = [](int n) -> int {
      if (n >= 20) throw std::out_of_range("too large: " + std::to_string(n));
      return n;
    };
    const auto error = remote_error([&] { pool.map(fail, numbers(40)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type(), "std::out_of_range");
    EXPECT_EQ(error->message(), "too large: 20");
    EXPECT_EQ(error->index(), 20U);
    EXPECT_EQ(error->process().substr(0, 12), "pool_worker-");
    EXPECT_EQ(pool.map(square, {1, 2}), (std::vector{1, 4}));
  });
}

TEST(ChildPool, OfAMapThatLosesAChildThrowsAndGoesOn) {
  on_manager([] {
    Pool pool(kChildren);
    for (const std::size_t chunk : {0, 1, 5}) {
      const auto died = process_died([&] { pool.map(die_at_7, numbers(30), {.chunk = chunk}); });
      ASSERT_TRUE(died);
      EXPECT_EQ(died->signal(), SIGSEGV);
      EXPECT_EQ(died->exitcode(), -SIGSEGV);
      EXPECT_EQ(died->index(), 7U);
      EXPECT_EQ(died->what(),
                "Process '" + died->process() + "' on rank " + std::to_string(died->rank()) +
                    ", element 7 died before the task was over: signal 11 (Segmentation fault)");
      EXPECT_EQ(pool.map(square, numbers(3)), (std::vector{0, 1, 4}));
    }
    const auto left = process_died([&] { pool.apply([] { std::_Exit(3); }); });
    ASSERT_TRUE(left);
    EXPECT_EQ(left->signal(), 0);
    EXPECT_EQ(left->exitcode(), 3);
    EXPECT_FALSE(left->index());
    EXPECT_TRUE(has(left->what(), "it left with exit code 3"));
  });
}

// Whoever dies, each task is begun once, and what is not lost is given.
TEST(ChildPool, LosesATaskForEachDeathAndNothingElse) {
  on_manager([] {
    constexpr int kTasks = 120;
    Pool pool(kChildren);
    const auto begun = shared().array<int>(kTasks);
    const auto sometimes = [](Array<int> counts, int n) {
      counts[n] += 1;
      if (n % 10 == 3) ::raise(SIGKILL);
      if (n % 10 == 5) throw std::runtime_error("five");
      return std::to_string(n);
    };
    for (const std::size_t chunk : {1, 8, 200}) {
      std::vector<int> lost;
      std::vector<int> thrown;
      auto results = pool.imap(partial(sometimes, begun), numbers(kTasks), {.chunk = chunk});
      for (int n = 0; n < kTasks; ++n) {
        try {
          EXPECT_EQ(results.next(), std::to_string(n));
        } catch (const ProcessDied& died) {
          EXPECT_EQ(died.signal(), SIGKILL);
          EXPECT_EQ(died.index(), static_cast<std::size_t>(n));
          lost.push_back(n);
        } catch (const RemoteError& error) {
          EXPECT_EQ(error.index(), static_cast<std::size_t>(n));
          thrown.push_back(n);
        }
      }
      EXPECT_FALSE(results.next());
      EXPECT_EQ(lost.size(), kTasks / 10U);
      EXPECT_EQ(thrown.size(), kTasks / 10U);
      for (const int n : lost) EXPECT_EQ(n % 10, 3);
      EXPECT_EQ(begun.copy(), std::vector<int>(kTasks, 1)) << "chunks of " << chunk;
      begun.write(0, std::vector<int>(kTasks, 0));
    }
  });
}

TEST(ChildPool, GivesTheResultsInAnyOrderAroundTheDead) {
  on_manager([] {
    Pool pool(kChildren);
    std::set<int> given;
    int died = 0;
    auto results = pool.imap_unordered(die_at_7, numbers(50), {.chunk = 4});
    for (int i = 0; i < 50; ++i) {
      try {
        given.insert(*results.next());
      } catch (const ProcessDied&) {
        ++died;
      }
    }
    EXPECT_EQ(died, 1);
    EXPECT_EQ(given.size(), 49U);
    EXPECT_FALSE(given.contains(7));
  });
}

TEST(ChildPool, TakesANewChildAfterSoManyTasks) {
  on_manager([] {
    Pool pool({.processes = 1, .isolation = Isolation::child, .max_tasks_per_child = 3});
    for (const std::size_t chunk : {1, 5, 0}) {
      std::map<int, int> tasks;
      for (const int pid : pool.map(pid_of, numbers(30), {.chunk = chunk})) ++tasks[pid];
      EXPECT_GE(tasks.size(), 10U) << "chunks of " << chunk;
      for (const auto& [pid, count] : tasks) EXPECT_LE(count, 3) << "chunks of " << chunk;
    }
  });
}

TEST(ChildPool, RunsItsInitializerOnceInEachChild) {
  on_manager([] {
    const auto begun = shared().dict<int, int>();
    Pool pool({.initializer = partial([](Dict<int, int> seen) { seen.increment(::getpid()); }, begun),
               .isolation = Isolation::child});
    std::set<int> pids;
    for (int round = 0; round < 3; ++round) {
      for (const int pid : pool.map(pid_of, numbers(20), {.chunk = 1})) pids.insert(pid);
    }
    for (const int pid : pids) EXPECT_EQ(begun.get(pid, 0), 1);
    EXPECT_EQ(begun.size(), pids.size());
  });
}

TEST(ChildPool, SaysWhereAnInitializerThrowsOrDies) {
  on_manager([] {
    Pool throws(
        {.initializer = [] { throw std::runtime_error("not today"); }, .isolation = Isolation::child});
    const auto error = remote_error([&] { throws.map(square, numbers(10)); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message(), "not today");
    Pool dies({.initializer = [] { ::raise(SIGKILL); }, .isolation = Isolation::child});
    const auto died = process_died([&] { dies.map(square, numbers(10)); });
    ASSERT_TRUE(died);
    EXPECT_EQ(died->signal(), SIGKILL);
  });
}

TEST(ChildPool, CanBeUsedInItsOwnTasks) {
  on_manager([] {
    const auto pool = std::make_unique<Pool>(kChildren);
    const auto outer = [](int n) {
      Pool inner(2);
      return inner.map([](int m) { return m + 1; }, {n, n + 1});
    };
    EXPECT_EQ(pool->map(outer, {1, 5}), (std::vector<std::vector<int>>{{2, 3}, {6, 7}}));
  });
}

TEST(ChildPool, ReplacesChildrenThatWereKilledBetweenTwoCalls) {
  on_manager([] {
    Pool pool(kChildren);
    for (int round = 0; round < 3; ++round) {
      const auto pids = pool.map(pid_of, numbers(20), {.chunk = 1});
      for (const int pid : std::set<int>(pids.begin(), pids.end())) ::kill(pid, SIGKILL);
    }
    EXPECT_EQ(pool.map(square, numbers(3)), (std::vector{0, 1, 4}));
  });
}

TEST(ChildPool, LeavesNoChildBehind) {
  on_manager([] {
    std::set<int> pids;
    {
      Pool pool(kChildren);
      for (const int pid : pool.map(pid_of, numbers(20), {.chunk = 1})) pids.insert(pid);
    }
    busy_until([&pids] {
      return std::ranges::all_of(pids, [](int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; });
    });
  });
}

TEST(ChildPool, TellsItsTasksThatItIsTerminated) {
  on_manager([] {
    const auto begun = shared().value<int>();
    Pool pool({.processes = 1, .isolation = Isolation::child});
    const auto future = pool.apply_async(
        [](Value<int> seen) {
          seen.set(1);
          while (!this_process::stop_requested()) std::this_thread::yield();
          return 5;
        },
        begun);
    begun.wait(0);
    pool.terminate();
    EXPECT_EQ(future.get(), 5);
    pool.join();
  });
}

// Short tasks: the places are as they were before whoever joins has looked again.
TEST(ChildPool, IsJoinedInAChildHoweverShortItsTasksAre) {
  on_manager([] {
    for (int round = 0; round < rounds(20); ++round) {
      const auto done = shared().value<int>();
      Process user(
          {.isolation = Isolation::child},
          [](Value<int> count) {
            for (int i = 0; i < 5; ++i) {
              Pool pool(2);
              for (int k = 0; k < 3; ++k) pool.apply_async([](Value<int> to) { ++to; }, count);
            }
          },
          done);
      user.start();
      user.join();
      EXPECT_EQ(user.exitcode(), 0);
      EXPECT_EQ(done.get(), 15);
    }
  });
}

// The task waits in the only place for another, which somebody does all the same.
TEST(ChildPool, DoesATaskThatATaskInItsOnlyPlaceWaitsFor) {
  on_manager([] {
    const auto futures = shared().queue<Future<int>>();
    Pool pool({.processes = 1, .isolation = Isolation::child});
    const auto waiter =
        pool.apply_async([](Queue<Future<int>> from) { return from.get().get() + 1; }, futures);
    const auto other = pool.apply_async(square, 5);
    futures.put(other);
    EXPECT_EQ(waiter.get(), 26);
    EXPECT_EQ(other.get(), 25);
  });
}

TEST(ChildPool, MayBeUsedByAThreadOfTheProgram) {
  on_manager([] {
    Pool pool(kChildren);
    std::vector<int> squares;
    std::thread user([&] { squares = pool.map(square, numbers(20)); });
    user.join();
    EXPECT_EQ(squares.back(), 19 * 19);
  });
}

// A child dies, and with it a pool that it had made, whose children nobody else knows.
TEST(ChildPool, OfAChildThatDiesGoesWithIt) {
  on_manager([] {
    const auto pids = shared().list<int>();
    Process user(
        {.isolation = Isolation::child},
        [](List<int> found) {
          Pool pool(kChildren);
          for (const int pid : pool.map(pid_of, numbers(10), {.chunk = 1})) found.append(pid);
          ::raise(SIGKILL);
        },
        pids);
    user.start();
    user.join();
    EXPECT_EQ(user.exitcode(), -SIGKILL);
    ASSERT_EQ(pids.size(), 10U);
    busy_until([all = pids.copy()] {
      return std::ranges::all_of(all, [](int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; });
    });
  });
}

// Not tasks that are done one by one, and more than a child may have: the next child has no more than its share.
TEST(ChildPool, CountsTasksOfAReduceForItsChildren) {
  on_manager([] {
    Pool pool({.processes = 1, .isolation = Isolation::child, .max_tasks_per_child = 3});
    const auto add = [](int a, int b) { return a + b; };
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(pool.reduce(add, numbers(40), 0, {.chunk = 10}), 39 * 40 / 2);
      std::map<int, int> tasks;
      for (const int pid : pool.map(pid_of, numbers(12), {.chunk = 100})) ++tasks[pid];
      for (const auto& [pid, count] : tasks) EXPECT_LE(count, 3);
    }
  });
}

// A Process in a child gives work to a pool of ranks, and is killed while it waits for it.
TEST(ChildPool, OfRanksLosesNothingWhereAChildThatUsesItDies) {
  on_manager([] {
    const auto held = shared().event();
    const auto begun = shared().value<int>();
    for (int round = 0; round < 3; ++round) {
      Process user(
          {.isolation = Isolation::child},
          [](Event go, Value<int> seen) {
            Pool pool(2);
            pool.starmap(
                [](Event until, Value<int> count, int) {
                  ++count;
                  until.wait();
                },
                std::vector{std::tuple(go, seen, 1)});
          },
          held, begun);
      user.start();
      user.kill();
      user.join();
    }
    Pool pool(2);
    held.set();
    EXPECT_EQ(pool.map(square, numbers(3)), (std::vector{0, 1, 4}));
  });
}

std::size_t pool_workers() {
  std::size_t count = 0;
  with_heap([&count]<class A>(const Heap<A>& heap) {
    Scheduler<A>(heap).each_active([&count](Address record) { count += is_pool_worker(record) ? 1 : 0; });
  });
  return count;
}

// It takes no seats for those whom it starts, and starts no more than there are seats all the same.
TEST(ChildPool, OfRanksIsNotFloodedByAChild) {
  on_manager([] {
    const auto most = shared().value<std::size_t>();
    const auto sum = shared().value<int>();
    Process user(
        {.isolation = Isolation::child},
        [](Value<std::size_t> workers, Value<int> total) {
          Pool pool(2);
          std::vector<Future<int>> futures;
          for (int i = 0; i < 300; ++i) {
            futures.push_back(pool.apply_async(square, i));
            workers.fetch_max(pool_workers());
          }
          for (const auto& future : futures) total += future.get();
        },
        most, sum);
    user.start();
    user.join();
    EXPECT_EQ(user.exitcode(), 0);
    EXPECT_LE(most.get(), 8U);
    EXPECT_EQ(sum.get(), 299 * 300 * 599 / 6);
  });
}

}  // namespace
}  // namespace cohort::test
