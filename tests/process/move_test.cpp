// SPDX-License-Identifier: BSL-1.0
// A Process moves, also while it runs, and leaves an empty one behind.
#include "process/process_support.hpp"

#include <utility>
#include <vector>

#include "process/do_nothing.hpp"

namespace cohort::test {
namespace {

TEST(Process, MovesWhileItRuns) {
  on_manager([] {
    Held held;
    held.start();
    Process moved = std::move(*held);
    EXPECT_TRUE(moved.is_alive());
    EXPECT_FALSE(moved.join(0s));
    held.let_go();
    moved.join();
    EXPECT_EQ(moved.exitcode(), 0);
    std::vector<Process> grown;
    for (int i = 0; i < 100; ++i) {
      grown.emplace_back(do_nothing);
      grown.back().start();
    }
    for (auto& process : grown) process.join();
  });
}

TEST(Process, MovedFromIsEmpty) {
  on_manager([] {
    Process process(do_nothing);
    Process moved = std::move(process);
    const auto refuses = [](auto act) { return has(usage_error(act), "moved"); };
    EXPECT_TRUE(refuses([&] { process.start(); }));
    EXPECT_TRUE(refuses([&] { process.join(); }));
    EXPECT_TRUE(refuses([&] { process.join(1s); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.is_alive()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.exitcode()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.exception()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.name()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.id()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.rank()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.pid()); }));
    EXPECT_TRUE(refuses([&] { process.request_stop(); }));
    process = Process(do_nothing);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Process, MovedFromIsEmptyEvenWhereItsNameWasAskedBefore) {
  on_manager([] {
    Process process(ProcessOptions{.name = "a name longer than any small buffer for strings"}, do_nothing);
    EXPECT_FALSE(process.name().empty());
    const Process moved = std::move(process);
    EXPECT_EQ(moved.name(), "a name longer than any small buffer for strings");
    EXPECT_NE(usage_error([&] { static_cast<void>(process.name()); }), "");
  });
}

TEST(Process, AssignmentToItselfChangesNothing) {
  on_manager([] {
    Held held;
    held.start();
    Process& same = *held;
    *held = std::move(same);
    EXPECT_TRUE(held->is_alive());
    held.finish();
    EXPECT_EQ(held->exitcode(), 0);
  });
}

}  // namespace
}  // namespace cohort::test
