// SPDX-License-Identifier: BSL-1.0
// Processes in children of their ranks: how they end, what they leave, and that the job goes on.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

const ProcessOptions kChild = {.isolation = Isolation::child};

// The exit code, and what it threw.
template <class... Args>
std::string end_of(Args&&... args) {
  Process process(ProcessOptions{.name = "it", .isolation = Isolation::child}, std::forward<Args>(args)...);
  process.start();
  process.join();
  const auto error = process.exception();
  return std::to_string(process.exitcode().value_or(-99)) +
         (error ? " " + error->type() + ": " + error->message() : "");
}

TEST(Child, IsAProcessOfItsOwnThatSharesTheWindow) {
  on_manager([] {
    const auto list = shared().list<long>();
    const auto text = shared().dict<std::string, std::string>();
    Process process(
        kChild,
        [](List<long> to, Dict<std::string, std::string> names) {
          to.append(::getpid());
          to.append(::getppid());
          to.append(this_process::rank());
          names.set("who", this_process::name());
          names.set("made there", manager().list<int>(3U, 7).size() == 3 ? "yes" : "no");
        },
        list, text);
    EXPECT_FALSE(process.pid());
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list.get(0), process.pid());
    EXPECT_NE(list.get(0), ::getpid());
    EXPECT_NE(list.get(1), ::getpid());
    EXPECT_EQ(list.get(2), process.rank());
    EXPECT_EQ(text.at("who"), process.name());
    EXPECT_EQ(text.at("made there"), "yes");
  });
}

TEST(Child, ReadsNothing) {
  on_manager([] {
    EXPECT_EQ(end_of([] {
                char c = 0;
                this_process::exit(static_cast<int>(::read(STDIN_FILENO, &c, 1)));
              }),
              "0");
  });
}

TEST(Child, EndsWithTheCodesOfPython) {
  on_manager([] {
    EXPECT_EQ(end_of([] {}), "0");
    EXPECT_EQ(end_of([] { throw std::out_of_range("no such key"); }), "1 std::out_of_range: no such key");
    EXPECT_EQ(end_of([] { throw 5; }), "1 int: ");
    EXPECT_EQ(end_of([] { this_process::exit(7); }), "7");
    EXPECT_EQ(end_of([] { this_process::exit(300); }), "44");
    EXPECT_EQ(end_of([] { std::exit(9); }), "9");  // NOLINT(concurrency-mt-unsafe)
    EXPECT_EQ(end_of([] { std::_Exit(5); }), "5");
    EXPECT_EQ(end_of([] { std::abort(); }), "-6");
    EXPECT_EQ(end_of([] { std::terminate(); }), "-6");
    EXPECT_EQ(end_of([] { ::raise(SIGSEGV); }), "-11");
    EXPECT_EQ(end_of([] { ::raise(SIGKILL); }), "-9");
    EXPECT_EQ(end_of([] { ::raise(SIGUSR2); }), "-12");
  });
}

TEST(Child, ThatCrashesIsNamedByJoinAll) {
  on_manager([] {
    std::vector<Process> all;
    all.emplace_back(ProcessOptions{.name = "well", .isolation = Isolation::child}, [] {});
    all.emplace_back(ProcessOptions{.name = "wild", .isolation = Isolation::child}, [] { ::raise(SIGSEGV); });
    start_all(all);
    try {
      join_all(all);
      ADD_FAILURE() << "no ProcessError";
    } catch (const ProcessError& error) {
      ASSERT_EQ(error.failures().size(), 1U);
      EXPECT_EQ(error.failures()[0].process, "wild");
      EXPECT_EQ(error.failures()[0].exitcode, -11);
      EXPECT_EQ(error.failures()[0].reason, "signal 11 (Segmentation fault)");
    }
  });
}

TEST(Child, CanBeTerminatedAndKilled) {
  on_manager([] {
    for (const bool kill : {false, true}) {
      Held held(kChild);
      EXPECT_TRUE(has(usage_error([&] { held->terminate(); }), "cannot be terminated before start()"));
      EXPECT_TRUE(has(usage_error([&] { held->kill(); }), "cannot be killed before start()"));
      held.start();
      EXPECT_TRUE(held->is_alive());
      kill ? held->kill() : held->terminate();
      held->join();
      EXPECT_EQ(held->exitcode(), kill ? -9 : -15);
      EXPECT_FALSE(held->exception());
      held->kill();  // and nothing more happens
      EXPECT_EQ(held->exitcode(), kill ? -9 : -15);
    }
  });
}

TEST(Child, ThatIgnoresTerminateIsKilled) {
  on_manager([] {
    const auto running = shared().value<int>();
    Process process(
        kChild,
        [](Value<int> r) {
          ::signal(SIGTERM, SIG_IGN);
          r.set(1);
          r.wait(1);
        },
        running);
    process.start();
    running.wait(0);
    process.terminate();
    EXPECT_FALSE(process.join(50ms));
    process.kill();
    process.join();
    EXPECT_EQ(process.exitcode(), -9);
  });
}

TEST(Child, ThatWasKilledBeforeItsTurnNeverBegins) {
  on_manager([] {
    const auto let_go = shared().value<int>();
    const auto began = shared().value<int>();
    Process blocker(
        kChild, [](Value<int> b) { ++b; }, began);
    const auto hold = [](Value<int> go) { busy_until([&] { return go.get() != 0; }); };
    std::vector<Process> others;
    for (int i = 1; i < ranks(); ++i) others.emplace_back(hold, let_go);
    start_all(others);
    busy_until(
        [&] { return std::ranges::all_of(others, [](const Process& p) { return p.rank().has_value(); }); });
    blocker.start();
    blocker.terminate();
    let_go.set(1);
    blocker.join();
    EXPECT_EQ(blocker.exitcode(), -15);
    EXPECT_EQ(began.get(), 0);
    join_all(others);
  });
}

TEST(Child, IsAskedToStopAsAnyProcess) {
  on_manager([] {
    Process process(kChild, [] { busy_until([] { return this_process::stop_requested(); }); });
    process.start();
    process.request_stop();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

#ifndef COHORT_TEST_INSTRUMENTED
TEST(Child, EndsAtItsMemoryLimitAlone) {
  on_manager([] {
    const auto take = [](std::size_t bytes) {
      std::vector<std::unique_ptr<char[]>> all;
      for (std::size_t taken = 0; taken < bytes; taken += 1 << 20)
        all.push_back(std::make_unique<char[]>(1 << 20));
    };
    Process fits({.isolation = Isolation::child, .memory_limit = 64 << 20}, take, std::size_t{32} << 20);
    Process grows({.isolation = Isolation::child, .memory_limit = 64 << 20}, take, std::size_t{96} << 20);
    fits.start();
    grows.start();
    fits.join();
    grows.join();
    EXPECT_EQ(fits.exitcode(), 0);
    EXPECT_EQ(grows.exitcode(), 1);
    ASSERT_TRUE(grows.exception());
    EXPECT_EQ(grows.exception()->type(), "std::bad_alloc");
    EXPECT_EQ(grows.exception()->message(), "out of memory: the Process has a memory_limit of 64 MiB");
  });
}
#endif

// Any number on any number of ranks: one that waits leaves its rank to others.
TEST(Child, ThatWaitsLeavesItsRankToOthers) {
  on_manager([] {
    const auto queue = shared().queue<int>();
    const auto sum = shared().value<int>();
    std::vector<Process> takers;
    for (int i = 0; i < 2 * ranks(); ++i)
      takers.emplace_back(
          kChild, [](Queue<int> from, Value<int> to) { to += from.get(); }, queue, sum);
    start_all(takers);
    Process giver(
        kChild,
        [](Queue<int> to, int n) {
          for (int i = 1; i <= n; ++i) to.put(i);
        },
        queue, 2 * ranks());
    giver.start();
    join_all(takers);
    giver.join();
    EXPECT_EQ(sum.get(), ranks() * (2 * ranks() + 1));
  });
}

TEST(Child, StartsAndJoinsProcesses) {
  on_manager([] {
    const auto pids = shared().list<long>();
    Process process(
        kChild,
        [](List<long> to) {
          Process in_rank([](List<long> t) { t.append(::getpid()); }, to);
          Process in_child(
              kChild, [](List<long> t) { t.append(::getpid()); }, to);
          in_rank.start();
          in_rank.join();
          in_child.start();
          in_child.join();
          to.append(::getpid());
        },
        pids);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    ASSERT_EQ(pids.size(), 3U);
    EXPECT_NE(pids.get(0), pids.get(2));
    EXPECT_NE(pids.get(1), pids.get(2));
    EXPECT_NE(pids.get(0), pids.get(1));
  });
}

TEST(Child, ManyShareOneList) {
  on_manager([] {
    const auto list = shared().list<int>();
    std::vector<Process> all;
    for (int i = 0; i < 24; ++i)
      all.emplace_back(
          kChild,
          [](List<int> to) {
            for (int n = 0; n < 500; ++n) to.append(n);
          },
          list);
    start_all(all);
    join_all(all);
    EXPECT_EQ(list.size(), 12'000U);
  });
}

const ProcessOptions kDaemon = {.daemon = true, .isolation = Isolation::child};

void serve_for_ever(Queue<int> questions, Queue<int> answers) {
  for (;;) answers.put(questions.get() + 1);
}

// What it does for ever keeps nobody from work, with one rank neither; the test's end is the proof that join() does not wait.
TEST(Daemon, RunsBesideItsRankAndIsNotWaitedFor) {
  on_manager([] {
    const auto questions = shared().queue<int>();
    const auto answers = shared().queue<int>();
    {
      Process daemon(kDaemon, serve_for_ever, questions, answers);
      daemon.start();
      for (int i = 0; i < 3; ++i) {
        questions.put(i);
        EXPECT_EQ(answers.get(), i + 1);
      }
      EXPECT_TRUE(daemon.is_alive());
      EXPECT_EQ(active_children().size(), 1U);
    }  // nor does the end of its Process object
    questions.put(7);
    EXPECT_EQ(answers.get(), 8);
  });
}

// It has the processor of its rank in vain: what computes all the time is no reason for the rank to take nothing.
TEST(Daemon, ThatComputesTakesNoPlace) {
  on_manager([] {
    const auto began = shared().value<int>();
    std::vector<Process> daemons;
    for (int i = 0; i < ranks() + 1; ++i) {
      daemons.emplace_back(
          kDaemon,
          [](Value<int> count) {
            ++count;
            for (;;) std::this_thread::sleep_for(1ms);
          },
          began);
    }
    start_all(daemons);
    wait_for(began, ranks() + 1);
    std::vector<Process> processes;
    const auto sum = shared().value<int>();
    for (int i = 0; i < 2 * ranks(); ++i) processes.emplace_back([](Value<int> s) { ++s; }, sum);
    start_all(processes);
    wait_for(sum, 2 * ranks());
    join_all(processes);
    for (Process& daemon : daemons) daemon.kill();
  });
}

TEST(Daemon, CanBeJoinedAndEnded) {
  on_manager([] {
    Process ends(kDaemon, [] { this_process::exit(3); });
    ends.start();
    ends.join();
    EXPECT_EQ(ends.exitcode(), 3);
    // It waits for what a Process does that its rank, which joins it, runs meanwhile.
    const auto go = shared().value<int>();
    Process looks(
        kDaemon,
        [](Value<int> v) {
          while (v.get() == 0) std::this_thread::sleep_for(1ms);
        },
        go);
    Process lets_it([](Value<int> v) { v.set(1); }, go);
    looks.start();
    lets_it.start();
    looks.join();
    EXPECT_EQ(looks.exitcode(), 0);
    const auto never = shared().event();
    Process waits(
        kDaemon, [](Event e) { e.wait(); }, never);
    waits.start();
    EXPECT_FALSE(waits.join(20ms));
    waits.kill();
    EXPECT_TRUE(waits.join(60s));
    EXPECT_EQ(waits.exitcode(), -SIGKILL);
  });
}

TEST(Daemon, MakesNoProcessesAndIsAChild) {
  on_manager([] {
    Process daemon(ProcessOptions{.name = "it", .daemon = true, .isolation = Isolation::child},
                   [] { Process([] {}); });
    daemon.start();
    daemon.join();
    const auto error = daemon.exception();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message(),
              "a daemon cannot make Processes: it would leave them behind when it is killed");
    EXPECT_EQ(usage_error([] { Process(ProcessOptions{.daemon = true}, [] {}); }),
              "a daemon needs Isolation::child: a Process in a rank cannot be ended while it runs; use "
              "request_stop()");
  });
}

}  // namespace
}  // namespace cohort::test
