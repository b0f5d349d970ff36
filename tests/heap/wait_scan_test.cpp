// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/wait_scan.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "heap/shared_heap.hpp"

namespace cohort::test {
namespace {

using namespace std::chrono_literals;
using Record = WaitRecord<SharedAccess>;

class WaitScan : public ::testing::Test {
 protected:
  std::vector<ActorView> look(std::uint32_t except = 0) const {
    return scan_actors(window_.access, except, [](const auto& access, ActorView& view) {
      view.changed = word_changed(access, view);
    });
  }
  Record record(std::size_t actor, WaitKind kind, Word value, Deadline deadline = {}) {
    return Record(window_.heaps[actor], {kind, Address(0, 640), 3}, word_, value, deadline);
  }

  SharedWindow window_{2};
  const Address word_ = SharedWindow::spare(0);
};

TEST_F(WaitScan, WhoHasNoRecordIsSeenAsRunning) {
  const auto actors = look();
  ASSERT_EQ(actors.size(), 2U);
  EXPECT_EQ(actors[0].kind, WaitKind::none);
  EXPECT_FALSE(actors[0].stuck());
}

TEST_F(WaitScan, ShowsWhatIsWaitedForAndFromWhere) {
  const auto here = CallSite::current();
  const WaitSite site(here);
  const Record waits = record(1, WaitKind::lock, 0);
  const auto actors = look();
  EXPECT_EQ(actors[1].kind, WaitKind::lock);
  EXPECT_EQ(actors[1].object, Address(0, 640));
  EXPECT_EQ(actors[1].holder, 3U);
  EXPECT_EQ(actors[1].line, here.line());
  EXPECT_TRUE(actors[1].stuck());
  EXPECT_FALSE(actors[1].idle());
}

TEST_F(WaitScan, ACallOutsideOfASiteHasNoLine) {
  { const WaitSite site(CallSite::current()); }
  const Record waits = record(0, WaitKind::lock, 0);
  EXPECT_EQ(look()[0].line, 0U);
}

TEST_F(WaitScan, NothingIsLeftOfAWaitThatIsOver) {
  { const Record waits = record(0, WaitKind::lock, 0); }
  const auto actors = look();
  EXPECT_EQ(actors[0].kind, WaitKind::none);
  EXPECT_EQ(actors[0].holder, 0U) << "who runs is held up by nobody";
  EXPECT_FALSE(actors[0].object);
}

TEST_F(WaitScan, WhoseWordHasChangedIsNotStuck) {
  const Record waits = record(0, WaitKind::value, 0);
  EXPECT_TRUE(look()[0].stuck());
  window_.access.store(word_, Word{1} << 32);
  EXPECT_TRUE(look()[0].stuck()) << "what is slept on is compared by its low half";
  window_.access.store(word_, 1);
  EXPECT_FALSE(look()[0].stuck());
}

TEST_F(WaitScan, ALatchIsComparedWithItsOwner) {
  const Record waits = record(0, WaitKind::latch, Word{2} << 48 | 7);
  window_.access.store(word_, Word{2} << 48 | 7);
  EXPECT_TRUE(look()[0].stuck());
  window_.access.store(word_, Word{5} << 48 | 7);
  EXPECT_FALSE(look()[0].stuck());
}

TEST_F(WaitScan, WhoWaitsWithALimitIsNotStuck) {
  const Record waits = record(0, WaitKind::event, 0, deadline_in(24h));
  EXPECT_FALSE(look()[0].stuck());
}

TEST_F(WaitScan, WhoIsParkedIsIdleWhateverItsWordIs) {
  const Record waits(window_.heaps[0], {WaitKind::work, Address()}, Address(), 5, std::nullopt);
  EXPECT_TRUE(look()[0].idle());
  EXPECT_TRUE(look()[0].stuck());
}

TEST_F(WaitScan, LeavesOutWhoLooksAndWhoHasGone) {
  EXPECT_EQ(look(1).size(), 1U);
  EXPECT_EQ(look(1)[0].actor, 2U);
  release_actor(window_.access, 2);
  EXPECT_EQ(look().size(), 1U);
}

TEST_F(WaitScan, TheSameWaitsAreThoseThatHaveNotEndedMeanwhile) {
  std::optional<Record> first;
  std::optional<Record> second;
  first.emplace(window_.heaps[0], Waiting{WaitKind::lock, Address(0, 640)}, word_, 0, std::nullopt);
  second.emplace(window_.heaps[1], Waiting{WaitKind::lock, Address(0, 640)}, word_, 0, std::nullopt);
  const auto before = look();
  EXPECT_TRUE(same_waits(before, look()));
  second.reset();
  EXPECT_FALSE(same_waits(before, look()));
  second.emplace(window_.heaps[1], Waiting{WaitKind::lock, Address(0, 640)}, word_, 0, std::nullopt);
  EXPECT_FALSE(same_waits(before, look())) << "it is another wait for the same";
  EXPECT_FALSE(same_waits(before, look(2))) << "one has gone";
}

TEST(WaitSiteScope, SitesAreThoseOfTheInnermostScope) {
  const auto line = [] { return detail::wait_site.line(); };
  const auto outer = CallSite::current();
  const WaitSite site(outer);
  {
    const WaitSite none({});
    EXPECT_EQ(line(), 0U) << "what is run in the middle of a wait is not asked for there";
  }
  EXPECT_EQ(line(), outer.line());
}

}  // namespace
}  // namespace cohort::test
