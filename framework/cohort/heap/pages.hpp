// SPDX-License-Identifier: BSL-1.0
#pragma once

// Runs of pages: the ground that blocks are cut from.
//
// Layout      The page table has an entry a page. The entry at a run's first page holds its length and
//             state; entries inside a run mean nothing. Runs lie end to end from page 0 to pages_top.
// Writers     Under the latch `pages` alone. Its payload is the page where the search begins.
// Invariants  1. Following lengths from page 0 leads to pages_top exactly.
//             2. Pages below `committed` have memory; so have their entries in the table.
//             3. Every change of the chain of runs is one store of one entry (or of pages_top): a run
//                is split by writing its tail's entry while that is still inside, then shortening it.
//             4. The payload is the first page of a run, or pages_top, and no run below it is free.
// Growth      First fit, among the next 64 runs; where an eighth of all pages below pages_top is free, among all; then
//             the heap grows. A search of all in vain is not repeated, for as many pages or more, before an eighth has
//             been given back: a heap whose holes are too small is not searched each time.
// A death     at any point leaves the chain whole. A run just taken carries its taker's tag, written
//             before the run is marked as taken, so that the reaper finds it. A free run's tag means nothing. It may
//             leave free_pages wrong by that run, until the next search in vain has counted them.
// Source      first fit in address order, with lazy merging of free neighbours during the search.

#include <algorithm>
#include <optional>

#include "cohort/heap/latch.hpp"

namespace cohort {

constexpr Word make_run(RunState state, std::uint32_t size_class, Word pages) {
  return (static_cast<Word>(state) << 56) | (static_cast<Word>(size_class) << 48) | pages;
}
constexpr RunState run_state(Word run) { return static_cast<RunState>(run >> 56); }
constexpr std::uint32_t run_class(Word run) { return static_cast<std::uint32_t>((run >> 48) & 0xff); }
constexpr Word run_pages(Word run) { return run & kPayloadMask; }

constexpr Address page_run(Word page) { return Address(0, kPageTableOffset + page * sizeof(PageEntry)); }
constexpr Address page_tag(Word page) { return page_run(page) + COHORT_FIELD(PageEntry, tag); }

template <class A>
class Pages {
 public:
  explicit Pages(const Heap<A>& heap)
      : heap_(heap), first_(heap.load(header_field(COHORT_FIELD(WindowHeader, first_page)))) {}

  Address address(Word page) const { return Address(0, first_ + page * kPageBytes); }
  Word page_of(Address a) const { return (a.offset() - first_) / kPageBytes; }

  /// Takes a run of `pages`, tagged; none where there is no room or the machine has no memory left.
  std::optional<Word> take(Word pages, RunState state, std::uint32_t size_class, Word tag) {
    Latch<A> latch(heap_, header_field(COHORT_FIELD(WindowHeader, pages)));
    const Word run = make_run(state, size_class, pages);
    const Taken taken{pages, run, tag};
    Word lowest = latch.payload();
    auto page = search(lowest, kShortSearch, taken);
    if (!page && is_worth_a_search(pages)) page = search(lowest, kAllRuns, taken);
    if (!page) page = extend(taken);
    if (!page) page = search(lowest, kAllRuns, taken);
    if (!page) page = extend(taken);
    if (page) latch.release(*page == lowest ? *page + pages : lowest);
    return page;
  }

  void give_back(Word page) {
    Latch<A> latch(heap_, header_field(COHORT_FIELD(WindowHeader, pages)));
    const Word pages = run_pages(heap_.load(page_run(page)));
    heap_.store(page_run(page), make_run(RunState::free, 0, pages));
    heap_.store(kFree, heap_.load(kFree) + pages);
    if (const Word vain = heap_.load(kInVain))
      heap_.store(kInVain, (vain & kHalf) > pages ? vain - pages : 0);
    latch.release(std::min(latch.payload(), page));
  }

 private:
  struct Taken {
    Word pages;
    Word run;
    Word tag;
  };
  static constexpr Word kShortSearch = 64;
  static constexpr Word kAllRuns = ~Word{0};
  static constexpr Word kHalf = 0xffff'ffff;
  static constexpr Address kTop = header_field(COHORT_FIELD(WindowHeader, pages_top));
  static constexpr Address kCommitted = header_field(COHORT_FIELD(WindowHeader, committed));
  static constexpr Address kCount = header_field(COHORT_FIELD(WindowHeader, page_count));
  static constexpr Address kFree = header_field(COHORT_FIELD(WindowHeader, free_pages));
  static constexpr Address kInVain = header_field(COHORT_FIELD(WindowHeader, in_vain));

  bool is_worth_a_search(Word pages) const {
    const Word vain = heap_.load(kInVain);
    return heap_.load(kFree) >= std::max(pages, heap_.load(kTop) / 8) && (vain == 0 || pages < vain >> 32);
  }

  // From `lowest`, which moves up to the first free run that there is, keeping invariant 4. A free run at the end that
  // is too short goes back to what has never been taken.
  std::optional<Word> search(Word& lowest, Word most_runs, const Taken& taken) {
    const Word top = heap_.load(kTop);
    Word free = 0;
    Word page = lowest;
    for (Word seen = 0; page < top && seen < most_runs; ++seen) {
      const Word run = heap_.load(page_run(page));
      Word length = run_pages(run);
      if (run_state(run) == RunState::free) {
        length = merge(page, length, top);
        if (free == 0) lowest = page;
        free += length;
        if (length >= taken.pages) {
          heap_.store(page_tag(page), taken.tag);
          if (length > taken.pages)
            heap_.store(page_run(page + taken.pages), make_run(RunState::free, 0, length - taken.pages));
          heap_.store(page_run(page), taken.run);
          heap_.store(kFree, heap_.load(kFree) - std::min(heap_.load(kFree), taken.pages));
          return page;
        }
        if (page + length == top) {
          heap_.store(kTop, page);
          free -= length;
        }
      }
      page += length;
    }
    if (free == 0 && heap_.load(kTop) == top) lowest = page;
    if (page == top) remember_in_vain(taken.pages, free);
    return std::nullopt;
  }

  // All runs were looked at.
  void remember_in_vain(Word pages, Word free) {
    heap_.store(kFree, free);
    const Word forget = std::max<Word>(1, heap_.load(kTop) / 8);
    heap_.store(kInVain, (std::min(pages, kHalf) << 32) | std::min(forget, kHalf));
  }

  Word merge(Word page, Word length, Word top) {
    const Word before = length;
    while (page + length < top) {
      const Word next = heap_.load(page_run(page + length));
      if (run_state(next) != RunState::free) break;
      length += run_pages(next);
    }
    if (length != before) heap_.store(page_run(page), make_run(RunState::free, 0, length));
    return length;
  }

  std::optional<Word> extend(const Taken& taken) {
    const Word pages = taken.pages;
    const Word top = heap_.load(kTop);
    const Word count = heap_.load(kCount);
    if (pages > count - top) return std::nullopt;
    const Word committed = heap_.load(kCommitted);
    if (top + pages > committed && !grow(committed, top + pages, count)) return std::nullopt;
    heap_.store(page_tag(top), taken.tag);
    heap_.store(page_run(top), taken.run);
    heap_.store(kTop, top + pages);
    return top;
  }

  // Memory comes in steps that are populated first, so that its end is an answer and not a SIGBUS.
  bool grow(Word committed, Word needed, Word count) {
    constexpr Word kLeast = (Word{1} << 20) / kPageBytes;
    constexpr Word kMost = (Word{16} << 20) / kPageBytes;
    const Word step = std::clamp(committed / 8, kLeast, kMost);
    for (const Word until : {std::min(std::max(committed + step, needed), count), needed}) {
      const Word bytes = (until - committed) * sizeof(PageEntry);
      if (heap_.access().commit(page_run(committed), bytes) &&
          heap_.access().commit(address(committed), (until - committed) * kPageBytes)) {
        heap_.store(kCommitted, until);
        return true;
      }
    }
    return false;
  }

  const Heap<A>& heap_;
  Word first_;
};

}  // namespace cohort
