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
// Growth      reusable counts pages given back, less those taken out of free runs again. While it is an eighth of all
//             below pages_top, they are looked at all before the heap grows. A search takes its length off too, and
//             one in vain all that is left: so a heap whose holes are too small is not searched each time.
// A death     at any point leaves the chain whole. A run just taken carries its taker's tag, written
//             before the run is marked as taken, so that the reaper finds it. A free run's tag means nothing. It may
//             leave `reusable` wrong by that run, which costs a search or some memory.
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
    Word lowest = latch.payload();
    auto page = search(lowest, pages, kShortSearch, run, tag);
    if (!page && heap_.load(kReusable) >= std::max(pages, heap_.load(kTop) / 8))
      page = search(lowest, pages, kAllRuns, run, tag);
    if (!page) page = extend(pages, run, tag);
    if (!page) page = search(lowest, pages, kAllRuns, run, tag);
    if (!page) page = extend(pages, run, tag);
    if (page) latch.release(*page == lowest ? *page + pages : lowest);
    return page;
  }

  void give_back(Word page) {
    Latch<A> latch(heap_, header_field(COHORT_FIELD(WindowHeader, pages)));
    const Word pages = run_pages(heap_.load(page_run(page)));
    heap_.store(page_run(page), make_run(RunState::free, 0, pages));
    heap_.store(kReusable, heap_.load(kReusable) + pages);
    latch.release(std::min(latch.payload(), page));
  }

 private:
  static constexpr Word kShortSearch = 64;
  static constexpr Word kAllRuns = ~Word{0};
  static constexpr Word kRunsForAPage = 64;  // looking at so many costs as much as a page is worth
  static constexpr Address kTop = header_field(COHORT_FIELD(WindowHeader, pages_top));
  static constexpr Address kCommitted = header_field(COHORT_FIELD(WindowHeader, committed));
  static constexpr Address kReusable = header_field(COHORT_FIELD(WindowHeader, reusable));
  static constexpr Address kCount = header_field(COHORT_FIELD(WindowHeader, page_count));

  // From `lowest`, which moves up to the first free run that there is, keeping invariant 4. A free run at the end that
  // is too short goes back to what has never been taken.
  std::optional<Word> search(Word& lowest, Word pages, Word most_runs, Word taken, Word tag) {
    const Word top = heap_.load(kTop);
    bool free_seen = false;
    Word page = lowest;
    Word seen = 0;
    for (; page < top && seen < most_runs; ++seen) {
      Word length = run_pages(heap_.load(page_run(page)));
      if (run_state(heap_.load(page_run(page))) == RunState::free) {
        length = merge(page, length, top);
        if (!free_seen) lowest = page;
        free_seen = true;
        if (length >= pages) {
          heap_.store(page_tag(page), tag);
          if (length > pages)
            heap_.store(page_run(page + pages), make_run(RunState::free, 0, length - pages));
          heap_.store(page_run(page), taken);
          use_up(pages + seen / kRunsForAPage);
          return page;
        }
        if (page + length == top) heap_.store(kTop, page);
      }
      page += length;
    }
    if (!free_seen) lowest = page;
    if (page == top) use_up(heap_.load(kReusable));
    return std::nullopt;
  }

  void use_up(Word pages) {
    const Word reusable = heap_.load(kReusable);
    heap_.store(kReusable, reusable - std::min(reusable, pages));
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

  std::optional<Word> extend(Word pages, Word taken, Word tag) {
    const Word top = heap_.load(kTop);
    const Word count = heap_.load(kCount);
    if (pages > count - top) return std::nullopt;
    const Word committed = heap_.load(kCommitted);
    if (top + pages > committed && !grow(committed, top + pages, count)) return std::nullopt;
    heap_.store(page_tag(top), tag);
    heap_.store(page_run(top), taken);
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
