// SPDX-License-Identifier: BSL-1.0
// What the system refuses for a moment, at any call: no memory, no process, a signal in the middle of a call. What was
// asked for is done, or an exception says why not and nothing has changed; what comes after is as ever.
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "faults/failing_calls.hpp"
#include "process/process_support.hpp"

namespace cohort::test {
namespace {

using Which = Failing::Which;
const ProcessOptions kChild = {.isolation = Isolation::child};

// act() with the first such call failing, then with the second one, until it comes to an end without. Returns how many
// there were.
template <class Act>
std::uint64_t at_each(Call call, int error, Act act) {
  for (std::uint64_t at = 1;; ++at) {
    SCOPED_TRACE("call " + std::to_string(at) + " fails with " + std::strerror(error));
    const Failing failing(call, at, error);
    act();
    if (failing.hits() == 0) return at - 1;
  }
}

void add_to(const Value<long>& sum, const Lock& lock, int times) {
  for (int i = 0; i < times; ++i) {
    const std::scoped_lock guard(lock);
    sum.set(sum.get() + 1);
  }
}
void pass_on(const Queue<int>& from, const Queue<int>& to, int times) {
  for (int i = 0; i < times; ++i) to.put(from.get() + 1);
}
void meet(const Barrier& barrier, int times) {
  for (int i = 0; i < times; ++i) barrier.wait();
}

// Of all that waits, in each rank.
void wait_for_everything() {
  on_manager([] {
    const auto sum = shared().value<long>();
    const auto lock = shared().lock();
    const auto there = shared().queue<int>(1);
    const auto back = shared().queue<int>(1);
    const auto barrier = shared().barrier(3);
    const auto event = shared().event();
    const auto condition = shared().condition();
    std::vector<Process> processes;
    for (int i = 0; i < 3; ++i) processes.emplace_back(add_to, sum, lock, 50);
    processes.emplace_back(pass_on, there, back, 20);
    for (int i = 0; i < 3; ++i) processes.emplace_back(meet, barrier, 5);
    processes.emplace_back([](Event e) { e.wait(); }, event);
    processes.emplace_back(
        [](Condition c, Value<long> s) {
          c.lock();
          c.wait([&] { return s.get() >= 150; });
          c.unlock();
        },
        condition, sum);
    start_all(processes);
    int last = 0;
    for (int i = 0; i < 20; ++i) {
      there.put(last);
      last = back.get();
    }
    EXPECT_EQ(last, 20);
    for (int i = 0; i < 3; ++i) processes[static_cast<std::size_t>(i)].join();
    EXPECT_EQ(sum.get(), 150);
    condition.lock();
    condition.notify_all();
    condition.unlock();
    event.set();
    join_all(processes);
  });
}

TEST(Resources, WaitsThatTheSystemBreaksOffGoOn) {
  for (const int error : {EINTR, EAGAIN, ENOMEM}) {
    for (const std::uint64_t each : {1, 2}) {
      const Failing failing(Call::futex_wait, each, error, Which::each);
      wait_for_everything();
      EXPECT_TRUE(ranks() > 1 || failing.hits() > 0);
    }
  }
}

TEST(Resources, AWaitThatIsBrokenOffEndsAtItsTime) {
  on_manager([] {
    const auto event = shared().event();
    const Failing failing(Call::futex_wait, 1, EINTR, Which::each);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(event.wait(50ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
    EXPECT_GT(failing.hits(), 0U);
  });
}

TEST(Resources, ABarrierOfTheKernelThatFailsIsTriedAgain) {
  on_manager([] {
    const auto dict = shared().dict<int, int>();
    const Failing failing(Call::membarrier, 2, ENOMEM, Which::each);
    for (int i = 0; i < 2000; ++i) {
      dict.set(i, i);
      EXPECT_EQ(dict.at(i), i);
    }
    EXPECT_EQ(dict.size(), 2000U);
  });
}

// grow() adds to an object, and now and then memory to the heap; look() is all that can be seen of the object.
template <class Grow, class Look>
void grow_without_memory(Grow grow, Look look) {
  constexpr int kMost = 30;
  for (const int error : {ENOMEM, EFAULT, EINTR, EAGAIN}) {
    const bool passes = error == EINTR || error == EAGAIN;
    // (It is asked for less where much cannot be had.)
    std::optional<Failing> failing(std::in_place, Call::populate, 1, error,
                                   passes ? Which::once : Which::each);
    bool refused = false;
    for (int i = 0; i < kMost && failing->hits() == 0; ++i) {
      const auto before = look();
      try {
        grow();
      } catch (const OutOfSharedMemory& why) {
        refused = true;
        EXPECT_TRUE(has(why.what(), "raise COHORT_HEAP (or make /dev/shm larger)")) << why.what();
        EXPECT_EQ(look(), before);
      }
    }
    EXPECT_GT(failing->hits(), 0U);
    EXPECT_NE(refused, passes) << std::strerror(error);
    failing.reset();
    EXPECT_NO_THROW(grow());
  }
}

TEST(Resources, AnObjectThatCannotGrowIsAsItWas) {
  on_manager([] {
    {
      const auto list = shared().list<long>();
      grow_without_memory([&] { list.extend(std::vector<long>(200'000, 7)); }, [&] { return list.size(); });
      const auto texts = shared().list<std::string>();
      const std::vector<std::string> some(2000, std::string(500, 'x'));
      grow_without_memory([&] { texts.extend(some); }, [&] { return texts.size(); });
      const auto queue = shared().queue<std::string>();
      grow_without_memory([&] { queue.put(std::string(1'500'000, 'y')); }, [&] { return queue.size(); });
      const auto dict = shared().dict<long, std::string>();
      long key = 0;
      grow_without_memory([&] { dict.set(key++, std::string(1'000'000, 'z')); }, [&] { return dict.size(); });
    }
    EXPECT_EQ(shared().list<int>(3U, 7).copy(), (std::vector{7, 7, 7}));
  });
}

std::string end_of(Process& process) {
  process.start();
  process.join();
  const auto error = process.exception();
  return std::to_string(process.exitcode().value_or(-99)) + (error ? " " + error->message() : "");
}

TEST(Resources, AChildThatCannotBeForkedSaysWhy) {
  on_manager([] {
    for (const int error : {EAGAIN, ENOMEM}) {
      const Failing failing(Call::fork, 1, error, Which::each);
      Process process(kChild, [] {});
      const std::string end = end_of(process);
      if (process.rank() == 0) {
        EXPECT_EQ(end, std::string("1 no child for it: ") + std::strerror(error));
      } else {
        EXPECT_EQ(end, "0");
      }
    }
    Process next(kChild, [] { this_process::exit(7); });
    EXPECT_EQ(end_of(next), "7");
  });
}

// The task that no child was there for tells it; others are done.
TEST(Resources, APoolWithoutAChildThrowsAndGoesOn) {
  on_manager([] {
    Pool pool({.processes = 1, .isolation = Isolation::child});
    const auto twice = [](int i) { return 2 * i; };
    {
      const Failing failing(Call::fork, 1, EAGAIN, Which::each);
      try {
        EXPECT_EQ(pool.map(twice, {1, 2, 3}), (std::vector{2, 4, 6}));  // in another rank
        EXPECT_GT(ranks(), 1);
      } catch (const RemoteError& error) {
        EXPECT_EQ(error.type(), "std::system_error");
        EXPECT_TRUE(has(error.message(), std::strerror(EAGAIN))) << error.message();
      }
    }
    EXPECT_EQ(pool.map(twice, {1, 2, 3}), (std::vector{2, 4, 6}));
  });
}

// Requests and their answers, in the rank and its fork server.
TEST(Resources, ChildrenComeAndGoWhateverIsBrokenOff) {
  on_manager([] {
    const auto hold = shared().event();
    const auto children = [&hold] {
      Process ends(kChild, [] { this_process::exit(3); });
      Process waits(
          kChild, [](Event e) { e.wait(); }, hold);
      ends.start();
      waits.start();
      ends.join();
      EXPECT_EQ(ends.exitcode(), 3);
      while (!waits.pid()) waits.join(1ms);
      waits.kill();
      waits.join();
      EXPECT_EQ(waits.exitcode(), -SIGKILL);
    };
    for (const Call call : {Call::send, Call::recv, Call::poll, Call::read}) at_each(call, EINTR, children);
  });
}

TEST(Resources, AChildThatCannotBeAskedForSaysWhy) {
  on_manager([] {
    for (const int error : {ENOMEM, ENOBUFS}) {
      const auto hold = shared().event();
      at_each(Call::send, error, [&] {
        Process waits(
            kChild, [](Event e) { e.wait(); }, hold);
        waits.start();
        while (!waits.pid() && waits.is_alive()) waits.join(1ms);
        waits.kill();
        waits.join();
        const auto why = waits.exception();
        EXPECT_TRUE(waits.exitcode() == -SIGKILL ||
                    (why && why->message() == std::string("no child for it: ") + std::strerror(error)))
            << waits.exitcode().value_or(-99);
      });
    }
  });
}

// Whoever waits meanwhile is helped by another rank; with one rank, by the thread that it has.
TEST(Resources, AProgressBarWithoutAThreadIsNoReasonToFail) {
  on_manager([] {
    Pool pool;
    const auto twice = [](int i) { return 2 * i; };
    const Failing failing(Call::thread, 1, EAGAIN);
    EXPECT_EQ(pool.map(twice, {1, 2, 3}, {.progress = "numbers"}), (std::vector{2, 4, 6}));
    EXPECT_EQ(failing.hits(), 1U);
  });
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The old file or the new one, whole, and no third one beside it.
TEST(Resources, AFileThatCannotBeWrittenIsTheOldOne) {
  on_manager([] {
    const auto list = shared().open<List<int>>("list that is saved");
    const std::string folder = ::testing::TempDir() + "cohort_resources_" + std::to_string(::getpid());
    std::filesystem::create_directory(folder);
    const std::string path = folder + "/state";
    const std::string other = folder + "/other";
    const auto save = [](const std::string& to) { shared().save(to, {"list that is saved"}); };
    save(path);
    for (const Call call : {Call::open, Call::write, Call::fsync, Call::rename}) {
      for (const int error : {EINTR, ENOSPC, EIO}) {
        if (call == Call::rename && error == EINTR) continue;
        std::uint64_t refused = 0;
        const std::uint64_t tries = at_each(call, error, [&] {
          const std::string before = content(path);
          list.append(static_cast<int>(list.size()));
          bool refuses = false;
          try {
            save(path);
          } catch (const Error& why) {
            refuses = true;
            EXPECT_TRUE(has(why.what(), std::strerror(error)) && has(why.what(), folder)) << why.what();
          }
          refused += refuses ? 1 : 0;
          EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
          const std::string now = content(path);
          if (refuses && now == before) return;
          const Spared spared;
          save(other);
          EXPECT_EQ(now, content(other));
          std::filesystem::remove(other);
        });
        EXPECT_GT(tries, 0U);
        EXPECT_EQ(refused, error == EINTR ? 0U : tries);
      }
    }
    std::filesystem::remove_all(folder);
  });
}

}  // namespace
}  // namespace cohort::test
