// SPDX-License-Identifier: BSL-1.0
// A Process that runs is asked to stop: by request_stop(), by its destructor, or by an assignment over it. In a rank
// nothing else ends it.
#include "process/process_support.hpp"

#include <stdexcept>

#include "process/do_nothing.hpp"

namespace cohort::test {
namespace {

void run_until_stopped(Value<int> running, Value<int> stopped) {
  ++running;
  busy_until(this_process::stop_requested);
  ++stopped;
}

TEST(Process, AssignmentOverARunningOneStopsAndJoinsIt) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    Process process(run_until_stopped, running, stopped);
    process.start();
    running.wait(0);
    process = Process(do_nothing);
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_FALSE(process.is_alive());
    process.start();
    process.join();
  });
}

TEST(Process, DestructorStopsAndJoinsARunningOne) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    {
      Process process(run_until_stopped, running, stopped);
      process.start();
      running.wait(0);
      EXPECT_EQ(stopped.get(), 0);
    }
    EXPECT_EQ(stopped.get(), 1);
  });
}

TEST(Process, DestructorOnlyRequestsAStopWhileAnExceptionPasses) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    const auto let_go = shared().value<int>();
    const auto ended = shared().value<int>();
    try {
      Process process(
          [](Value<int> on, Value<int> off, Value<int> free, Value<int> end) {
            run_until_stopped(on, off);
            free.wait(0);  // a destructor that joined would wait for ever
            ++end;
          },
          running, stopped, let_go, ended);
      process.start();
      running.wait(0);
      throw std::runtime_error("passes");
    } catch (const std::runtime_error&) {
      EXPECT_EQ(ended.get(), 0);
    }
    stopped.wait(0);
    let_go.set(1);
    ended.wait(0);
    EXPECT_EQ(ended.get(), 1);
  });
}

TEST(Process, StopsWhenItIsAskedTo) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    Process process(run_until_stopped, running, stopped);
    process.start();
    running.wait(0);
    process.request_stop();
    process.request_stop();
    process.join();
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_EQ(process.exitcode(), 0);
    process.request_stop();  // of one that has ended: nothing
  });
}

TEST(Process, AStopIsRequestedOfOneProcessAlone) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    const auto seen = shared().value<int>(7);
    Process asked(run_until_stopped, running, stopped);
    Process other([](Value<int> to) { to.set(this_process::stop_requested() ? 1 : 0); }, seen);
    asked.request_stop();  // before the start, too
    asked.start();
    other.start();
    other.join();
    asked.join();
    EXPECT_EQ(seen.get(), 0);
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_FALSE(this_process::stop_requested());
  });
}

TEST(Process, CannotBeEndedFromOutsideInARank) {
  on_manager([] {
    Held held;
    EXPECT_TRUE(has(usage_error([&] { held->terminate(); }), "request_stop"));
    held.start();
    EXPECT_TRUE(has(usage_error([&] { held->terminate(); }), "Isolation::child"));
    EXPECT_TRUE(has(usage_error([&] { held->kill(); }), "Isolation::child"));
    EXPECT_TRUE(held->is_alive());
    held.finish();
  });
}

}  // namespace
}  // namespace cohort::test
