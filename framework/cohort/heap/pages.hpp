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
// A death     at any point leaves the chain whole. A run just taken carries its taker's tag, written
//             before the run is marked as taken, so that the reaper finds it. A free run's tag means nothing.
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
    const Word top = heap_.load(kTop);
    Word lowest = latch.payload();
    auto page = search(lowest, top, pages, kShortSearch, run, tag);
    if (!page) page = extend(top, pages, run, tag);
    if (!page) page = search(lowest, top, pages, top, run, tag);
    if (!page) page = extend(lower_top(lowest, top), pages, run, tag);
    if (page) latch.release(*page == lowest ? *page + pages : lowest);
    return page;
  }

  void give_back(Word page) {
    Latch<A> latch(heap_, header_field(COHORT_FIELD(WindowHeader, pages)));
    heap_.store(page_run(page), make_run(RunState::free, 0, run_pages(heap_.load(page_run(page)))));
    latch.release(std::min(latch.payload(), page));
  }

 private:
  static constexpr Word kShortSearch = 64;
  static constexpr Address kTop = header_field(COHORT_FIELD(WindowHeader, pages_top));
  static constexpr Address kCommitted = header_field(COHORT_FIELD(WindowHeader, committed));
  static constexpr Address kCount = header_field(COHORT_FIELD(WindowHeader, page_count));

  // From `lowest`, which moves up to the first free run that there is, keeping invariant 4.
  std::optional<Word> search(Word& lowest, Word top, Word pages, Word most_runs, Word taken, Word tag) {
    bool free_seen = false;
    Word page = lowest;
    for (Word seen = 0; page < top && seen < most_runs; ++seen) {
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
          return page;
        }
      }
      page += length;
    }
    if (!free_seen) lowest = page;
    return std::nullopt;
  }

  // Gives the free run at the end, if there is one, back to what has never been taken; it is merged by
  // now. Returns the new top.
  Word lower_top(Word lowest, Word top) {
    for (Word page = lowest; page < top;) {
      const Word run = heap_.load(page_run(page));
      if (page + run_pages(run) == top && run_state(run) == RunState::free) {
        heap_.store(kTop, page);
        return page;
      }
      page += run_pages(run);
    }
    return top;
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

  std::optional<Word> extend(Word top, Word pages, Word taken, Word tag) {
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
