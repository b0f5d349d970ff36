// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/pages.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cohort/heap/size_class.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"

namespace cohort::test {
namespace {

TEST(SizeClass, HoldsWhatItIsChosenForAndWastesAtMostAFifth) {
  for (std::size_t bytes = 1; bytes <= kLargestSmall; ++bytes) {
    const auto c = class_of(bytes);
    ASSERT_LT(c, kObjectClass);
    ASSERT_GE(class_bytes(c), bytes);
    ASSERT_TRUE(bytes <= 64 || class_bytes(c) - bytes <= class_bytes(c) / 5) << bytes;
    ASSERT_TRUE(c == 0 || class_bytes(c - 1) < std::max<std::size_t>(bytes, 32))
        << "a smaller class would do for " << bytes;
  }
}

TEST(SizeClass, BlocksAreMultiplesOf16AndSpansHoldABatch) {
  for (std::uint32_t c = 0; c < kObjectClass; ++c) {
    EXPECT_EQ(class_bytes(c) % 16, 0U) << c;
    EXPECT_EQ(class_of(class_bytes(c)), c);
    EXPECT_GE(kSpanPages * kPageBytes / class_bytes(c), batch_blocks(c)) << c;
  }
  EXPECT_EQ(class_bytes(kObjectClass), kObjectBytes);
}

// Runs that are held, against the chain in the window.
class PagesModel {
 public:
  PagesModel()
      : window_(1, 1),
        pages_(window_.heaps[0]),
        count_(window_.access.load(header_field(COHORT_FIELD(WindowHeader, page_count)))) {}

  bool take(Word length) {
    const auto page = pages_.take(length, RunState::large, 0, make_tag(kLargeClass, BlockState::live, 1, 1));
    if (!page) return false;
    EXPECT_LE(*page + length, count_);
    const auto next = held_.lower_bound(*page);
    EXPECT_TRUE(next == held_.end() || *page + length <= next->first) << "overlaps the next run";
    EXPECT_TRUE(next == held_.begin() || std::prev(next)->first + std::prev(next)->second <= *page)
        << "overlaps the run before";
    held_[*page] = length;
    sum_ += length;
    return true;
  }
  void give_back(std::size_t index) {
    const auto run = std::next(held_.begin(), static_cast<std::ptrdiff_t>(index));
    pages_.give_back(run->first);
    sum_ -= run->second;
    held_.erase(run);
  }
  void check() const {
    const Audit audit = audit_heap(window_.heaps[0]);
    ASSERT_TRUE(audit.problems.empty()) << audit.text();
    ASSERT_EQ(audit.live.size(), held_.size());
    ASSERT_EQ(window_.access.load(header_field(COHORT_FIELD(WindowHeader, free_pages))), top() - sum_);
    for (const auto& [page, length] : held_) {
      ASSERT_EQ(audit.live.at(pages_.address(page).bits()), length * kPageBytes);
    }
  }
  std::size_t runs() const { return held_.size(); }
  Word count() const { return count_; }
  Word top() const { return window_.access.load(header_field(COHORT_FIELD(WindowHeader, pages_top))); }
  Word free() const { return count_ - sum_; }

 private:
  ScheduledWindow window_;
  Pages<ScheduledAccess> pages_;
  Word count_;
  Word sum_ = 0;
  std::map<Word, Word> held_;
};

TEST(Pages, RandomRunsNeverOverlapAndNoneIsLost) {
  PagesModel model;
  std::mt19937_64 random(first_seed());
  for (int i = 0; i < 20'000; ++i) {
    if (model.runs() != 0 && random() % 100 < 48) {
      model.give_back(random() % model.runs());
    } else {
      const Word length = random() % 8 == 0 ? 1 + random() % 200 : 1 + random() % 6;
      if (!model.take(length) && model.runs() != 0) model.give_back(random() % model.runs());
    }
    if (i % 200 == 0) model.check();
    if (HasFatalFailure()) return;
  }
  model.check();
}

TEST(Pages, FullToTheLastPageAndThenOneRunOfAll) {
  PagesModel model;
  std::mt19937_64 random(first_seed());
  while (model.take(1 + random() % 40)) {
  }
  while (model.take(1)) {
  }
  EXPECT_EQ(model.free(), 0U) << "every page can be had";
  while (model.runs() != 0) model.give_back(random() % model.runs());
  model.check();
  EXPECT_TRUE(model.take(model.count()));
  EXPECT_FALSE(model.take(1));
  model.check();
}

TEST(Pages, FreeRunAtTheEndAndPagesNeverUsedMakeOneRun) {
  PagesModel model;
  ASSERT_TRUE(model.take(model.count() / 2));
  ASSERT_TRUE(model.take(1));
  model.give_back(0);
  model.give_back(0);
  EXPECT_TRUE(model.take(model.count())) << "half of the pages were used before, half never";
  model.check();
}

// As a dict that grows, is cleared and grows again: behind many runs that stay, and a small hole before all of them.
TEST(Pages, WhatWasGivenBackIsTakenAgainBeforeTheHeapGrows) {
  PagesModel model;
  ASSERT_TRUE(model.take(1));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(model.take(1));
  model.give_back(0);
  const Word large = model.count() / 20;
  Word most = 0;
  for (int round = 0; round < 5000; ++round) {
    for (const Word length : {large / 16, large / 4, large}) {
      ASSERT_TRUE(model.take(length));
      most = std::max(most, model.top());
    }
    while (model.runs() > 100) model.give_back(100);
  }
  EXPECT_LT(most, 101 + 3 * large) << "of " << model.count() << " pages";
  model.check();
}

TEST(Pages, RunLargerThanTheHeapIsRefused) {
  PagesModel model;
  EXPECT_FALSE(model.take(model.count() + 1));
  EXPECT_FALSE(model.take(kPayloadMask));
  EXPECT_TRUE(model.take(model.count()));
}

TEST(Pages, TakenByManyAtOnceAreHeldByOne) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed) {
    ScheduledWindow window(seed, 3);
    std::map<Word, Word> held;  // page -> run's first page
    window.run_all([&](const ScheduledHeap& heap, std::size_t) {
      Pages<ScheduledAccess> pages(heap);
      std::vector<std::pair<Word, Word>> mine;
      for (int i = 0; i < 8; ++i) {
        if (mine.size() > 2 || (!mine.empty() && window.schedule.draw(2) == 0)) {
          const auto [page, length] = mine.back();
          mine.pop_back();
          for (Word p = page; p < page + length; ++p) held.erase(p);
          pages.give_back(page);
        } else {
          const Word length = 1 + window.schedule.draw(5);
          const auto page = pages.take(length, RunState::large, 0,
                                       make_tag(kLargeClass, BlockState::live, heap.actor(), 1));
          ASSERT_TRUE(page);
          for (Word p = *page; p < *page + length; ++p) {
            ASSERT_TRUE(held.insert({p, *page}).second)
                << "COHORT_TEST_SEED=" << seed << ": page " << p << " is held twice";
          }
          mine.emplace_back(*page, length);
        }
      }
      for (const auto& [page, length] : mine) {
        for (Word p = page; p < page + length; ++p) held.erase(p);
        pages.give_back(page);
      }
    });
    ASSERT_EQ(audit_heap(window.heaps[0]).text(), "") << "COHORT_TEST_SEED=" << seed;
    ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty()) << "COHORT_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace cohort::test
