// SPDX-License-Identifier: BSL-1.0
// Joining a Process: when one may, what a time limit does, and where what is queued runs meanwhile.
#include "process/process_support.hpp"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <thread>

#include "process/do_nothing.hpp"

namespace cohort::test {
namespace {

TEST(Process, CannotBeJoinedBeforeItStarts) {
  on_manager([] {
    Process process(ProcessOptions{.name = "idle"}, do_nothing);
    EXPECT_TRUE(has(usage_error([&] { process.join(); }), "idle"));
    EXPECT_TRUE(has(usage_error([&] { process.join(0s); }), "start()"));
    EXPECT_TRUE(has(usage_error([&] { process.join(1h); }), "idle"));
    process.start();
    process.join();
  });
}

TEST(Process, MayBeJoinedTwice) {
  on_manager([] {
    Process process(do_nothing);
    process.start();
    process.join();
    process.join();
    EXPECT_TRUE(process.join(0s));
    EXPECT_TRUE(process.join(-1s));
    EXPECT_TRUE(process.join(1h));
  });
}

Process* own_process = nullptr;

void join_myself(List<std::string> said) {
  if (own_process == nullptr) return;  // on another rank
  said.append(usage_error([] { own_process->join(); }));
  said.append(usage_error([] { static_cast<void>(own_process->join(1s)); }));
}

TEST(Process, CannotJoinItself) {
  on_manager([] {
    const auto said = shared().list<std::string>();
    for (int i = 0; i < 1000 && said.empty(); ++i) {
      Process process(join_myself, said);
      own_process = &process;
      process.start();
      process.join();
      own_process = nullptr;
    }
    ASSERT_EQ(said.size(), 2U) << "it never ran on this rank";
    EXPECT_TRUE(has(said.get(0), "itself")) << said.get(0);
    EXPECT_TRUE(has(said.get(1), "itself")) << said.get(1);
  });
}

TEST(Process, JoinWithATimeoutSaysWhetherItHasEnded) {
  on_manager([] {
    Held held;
    held.start();
    EXPECT_FALSE(held->join(0s));
    EXPECT_FALSE(held->join(-5s));
    EXPECT_FALSE(held->join(std::chrono::nanoseconds::min()));
    EXPECT_FALSE(held->join(-std::numeric_limits<double>::infinity() * 1s));
    EXPECT_FALSE(held->join(1ns));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(held->join(20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
    EXPECT_FALSE(held->join(std::chrono::duration<double>(0.001)));
    held.let_go();
    EXPECT_TRUE(held->join(1h));
    EXPECT_TRUE(held->join(0s));
  });
}

TEST(Process, JoinTakesTheLongestTimeoutsThereAre) {
  on_manager([] {
    const auto ends_within = [](auto timeout) {
      Held held;
      held.start();
      held.let_go();
      return held->join(timeout);
    };
    EXPECT_TRUE(ends_within(std::chrono::hours::max()));
    EXPECT_TRUE(ends_within(std::chrono::nanoseconds::max()));
    EXPECT_TRUE(ends_within(std::chrono::seconds::max()));
    EXPECT_TRUE(ends_within(std::chrono::duration<double>(1e300)));
    EXPECT_TRUE(ends_within(std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
    EXPECT_TRUE(ends_within(std::chrono::duration<unsigned>(4'000'000'000U)));
  });
}

TEST(Process, JoinRunsAQueuedTargetInline) {
  on_manager([] {
    if (ranks() > 1) return;  // another rank may have taken it before
    const auto thread = shared().value<std::size_t>();
    Process process(
        [](Value<std::size_t> to) { to.set(std::hash<std::thread::id>()(std::this_thread::get_id())); },
        thread);
    process.start();
    process.join();
    EXPECT_EQ(thread.get(), std::hash<std::thread::id>()(std::this_thread::get_id()));
  });
}

TEST(Process, JoinWithATimeoutRunsNothingInline) {
  on_manager([] {
    const auto thread = shared().value<std::size_t>();
    Process process(
        [](Value<std::size_t> to) { to.set(std::hash<std::thread::id>()(std::this_thread::get_id())); },
        thread);
    process.start();
    EXPECT_TRUE(process.join(1h));
    if (process.pid() == ::getpid()) {
      EXPECT_NE(thread.get(), std::hash<std::thread::id>()(std::this_thread::get_id()));
    }
  });
}

}  // namespace
}  // namespace cohort::test
