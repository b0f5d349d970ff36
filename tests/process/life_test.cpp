// SPDX-License-Identifier: BSL-1.0
// From making a Process to its end: what it says of itself at each stage, and whether it runs.
#include "process/process_support.hpp"

#include <unistd.h>

#include "process/do_nothing.hpp"

namespace cohort::test {
namespace {

TEST(Process, SaysWhatItIsAtEachStage) {
  on_manager([] {
    Held held;
    EXPECT_FALSE(held->is_alive());
    EXPECT_FALSE(held->exitcode());
    EXPECT_FALSE(held->exception());
    EXPECT_FALSE(held->rank());
    EXPECT_FALSE(held->pid());
    const auto id = held->id();
    EXPECT_GT(id, 0U);

    held.start();
    EXPECT_TRUE(held->is_alive());
    EXPECT_FALSE(held->exitcode());
    EXPECT_FALSE(held->exception());
    ASSERT_TRUE(held->rank());
    EXPECT_GE(*held->rank(), 0);
    EXPECT_LT(*held->rank(), ranks());
    ASSERT_TRUE(held->pid());
    EXPECT_GT(*held->pid(), 0);
    EXPECT_EQ(*held->pid() == ::getpid(), *held->rank() == this_process::rank());
    const auto rank = held->rank();
    const auto pid = held->pid();

    held.finish();
    EXPECT_FALSE(held->is_alive());
    EXPECT_EQ(held->exitcode(), 0);
    EXPECT_FALSE(held->exception());
    EXPECT_EQ(held->rank(), rank);
    EXPECT_EQ(held->pid(), pid);
    EXPECT_EQ(held->id(), id);
  });
}

TEST(Process, QueuedIsAliveAndHasNoRank) {
  on_manager([] {
    Process process(do_nothing);
    process.start();
    if (ranks() == 1) {  // nobody else could have taken it
      EXPECT_TRUE(process.is_alive());
      EXPECT_FALSE(process.rank());
      EXPECT_FALSE(process.pid());
      EXPECT_FALSE(process.exitcode());
    }
    process.join();
    EXPECT_TRUE(process.rank());
  });
}

TEST(Process, StartsOnce) {
  on_manager([] {
    Process process(ProcessOptions{.name = "single"}, do_nothing);
    process.start();
    EXPECT_TRUE(has(usage_error([&] { process.start(); }), "single"));
    process.join();
    EXPECT_TRUE(has(usage_error([&] { process.start(); }), "single"));
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Process, DestructorRunsAQueuedOne) {
  on_manager([] {
    const auto ran = shared().value<int>();
    for (int i = 0; i < 20; ++i) {
      Process process([](Value<int> to) { ++to; }, ran);
      process.start();
    }
    EXPECT_EQ(ran.get(), 20);
  });
}

TEST(Process, NeverStartedNeverRuns) {
  on_manager([] {
    const auto ran = shared().value<int>();
    {
      Process process([](Value<int> to) { ++to; }, ran);
    }
    EXPECT_EQ(ran.get(), 0);
  });
}

TEST(Process, OptionsOfChildrenAreRefusedInARank) {
  on_manager([] {
    EXPECT_TRUE(has(usage_error([] { Process(ProcessOptions{.daemon = true}, do_nothing); }), "daemon"));
    EXPECT_TRUE(has(usage_error([] { Process(ProcessOptions{.memory_limit = 1 << 20}, do_nothing); }),
                    "memory_limit"));
  });
}

}  // namespace
}  // namespace cohort::test
