// SPDX-License-Identifier: BSL-1.0
// active_children(): those whom this Process or rank has started, until they end.
#include "process/process_support.hpp"

#include <cstdint>
#include <vector>

namespace cohort::test {
namespace {

std::vector<std::uint64_t> child_ids() {
  std::vector<std::uint64_t> ids;
  for (const auto& child : active_children()) ids.push_back(child.id);
  return ids;
}

TEST(ActiveChildren, AreThoseStartedAndNotEnded) {
  on_manager([] {
    EXPECT_TRUE(active_children().empty());
    Held first(ProcessOptions{.name = "first"});
    Held second(ProcessOptions{.name = "second"});
    EXPECT_TRUE(active_children().empty());
    first.start();
    second.start();
    EXPECT_EQ(child_ids(), (std::vector{first->id(), second->id()}));
    const auto children = active_children();
    EXPECT_EQ(children.at(0).name, "first");
    EXPECT_EQ(children.at(1).name, "second");
    EXPECT_EQ(children.at(0).rank, first->rank());
    first.finish();
    EXPECT_EQ(child_ids(), std::vector{second->id()});
    second.finish();
    EXPECT_TRUE(active_children().empty());
  });
}

TEST(ActiveChildren, OfAProcessAreItsOwn) {
  on_manager([] {
    Held mine;
    mine.start();
    const auto seen = shared().list<std::uint64_t>();
    Process parent(
        [](List<std::uint64_t> to) {
          to.append(active_children().size());
          Held its;
          its.start();
          to.extend(child_ids());
          to.append(its->id());
          its.finish();
          to.append(active_children().size());
        },
        seen);
    parent.start();
    parent.join();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen.get(0), 0U);
    EXPECT_EQ(seen.get(1), seen.get(2));
    EXPECT_EQ(seen.get(3), 0U);
    EXPECT_EQ(child_ids(), std::vector{mine->id()});
    mine.finish();
  });
}

TEST(ActiveChildren, OfOneRankAreNotThoseOfAnother) {
  const auto running = shared().open<Value<int>>("every rank has one");
  const auto looked = shared().open<Value<int>>("every rank has looked");
  Held held;
  held.start();
  ++running;
  wait_for(running, ranks());
  EXPECT_EQ(child_ids(), std::vector{held->id()});
  ++looked;
  wait_for(looked, ranks());
  held.finish();
  session().join();
}

}  // namespace
}  // namespace cohort::test
