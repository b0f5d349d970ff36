// SPDX-License-Identifier: BSL-1.0
#pragma once

// Looks at every byte of a heap at rest: the chain of runs, every free chain, and what is in none.

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "cohort/heap/operation.hpp"

namespace cohort::test {

struct Audit {
  std::map<Word, std::size_t> live;   ///< payload's address -> bytes, of all blocks and runs that are held
  std::vector<std::string> problems;  ///< what cannot be
  std::size_t live_bytes() const {
    std::size_t sum = 0;
    for (const auto& [address, bytes] : live) sum += bytes;
    return sum;
  }
  std::string text() const {
    std::string all;
    for (const auto& problem : problems) all += problem + "\n";
    return all;
  }
};

template <class A>
class Auditor {
 public:
  explicit Auditor(const Heap<A>& heap) : heap_(heap), pages_(heap) {}

  Audit run() {
    chains();
    runs();
    for (const auto& [block, where] : chained_) problem(block, "is in " + chains_[where] + " but in no span");
    return std::move(audit_);
  }

 private:
  void problem(Word at, const std::string& what) {
    audit_.problems.push_back("block " + std::to_string(at) + " " + what);
  }

  void chains() {
    const Word high = heap_.load(header_field(COHORT_FIELD(WindowHeader, actors_high)));
    for (std::uint32_t c = 0; c < kClasses; ++c) {
      for (std::uint32_t actor = 1; actor < high; ++actor) {
        const Address magazine =
            actor_field(actor, COHORT_FIELD(ActorSlot, magazines) + c * sizeof(Magazine));
        const std::string name = "of actor " + std::to_string(actor) + ", class " + std::to_string(c);
        chain(heap_.load(magazine), c, "active " + name);
        const Word spare = heap_.load(magazine + COHORT_FIELD(Magazine, spare));
        if (spare != 0 && spare >> 48 != batch_blocks(c))
          problem(spare & kPayloadMask, "heads a spare that is no batch, " + name);
        chain(spare, c, "spare " + name);
      }
      const Word control = heap_.load(class_field(c, COHORT_FIELD(ClassList, free)));
      if (latch_owner(control) != 0) problem(control, "is the control of a class latch that is held");
      for (Address batch(latch_payload(control)); batch;
           batch = Address(heap_.load(batch + COHORT_FIELD(ObjectHeader, batch)))) {
        if (!chain((Word{batch_blocks(c)} << 48) | batch.bits(), c, "the list of class " + std::to_string(c)))
          break;
      }
    }
  }

  bool chain(Word head, std::uint32_t size_class, const std::string& where) {
    if (head == 0) return true;
    chains_.push_back(where);
    Address block(head & kPayloadMask);
    for (Word left = head >> 48; left != 0; --left) {
      if (!block) {
        problem(head & kPayloadMask,
                "heads a chain that ends " + std::to_string(left) + " too early: " + where);
        return false;
      }
      const auto [other, is_new] = chained_.insert({block.bits(), chains_.size() - 1});
      if (!is_new) {
        problem(block.bits(), "is free twice: in " + chains_[other->second] + ", in " + where);
        return false;
      }
      const Word tag = heap_.load(block);
      if (tag_state(tag) != BlockState::free || tag_class(tag) != size_class)
        problem(block.bits(), "has a wrong tag in " + where);
      block = Address(heap_.load(block + COHORT_FIELD(ObjectHeader, link)));
    }
    if (block) problem(head & kPayloadMask, "heads a chain that is longer than it says: " + where);
    return true;
  }

  void runs() {
    const Word top = heap_.load(header_field(COHORT_FIELD(WindowHeader, pages_top)));
    if (top > heap_.load(header_field(COHORT_FIELD(WindowHeader, committed))))
      problem(top, "is pages_top, above what is committed");
    Word page = 0;
    while (page < top) {
      const Word run = heap_.load(page_run(page));
      if (run_pages(run) == 0 || page + run_pages(run) > top) {
        problem(page, "is a page whose run is of " + std::to_string(run_pages(run)) + " pages");
        return;
      }
      if (run_state(run) == RunState::large) {
        audit_.live[pages_.address(page).bits()] = run_pages(run) * kPageBytes;
      } else if (run_state(run) == RunState::span) {
        span(page, run_class(run));
      } else if (run_state(run) != RunState::free) {
        problem(page, "is a page in no state");
      }
      page += run_pages(run);
    }
  }

  void span(Word page, std::uint32_t size_class) {
    const std::size_t stride = class_bytes(size_class);
    const Word skip = size_class == kObjectClass ? kObjectBytes / 2 : 0;
    const Word first = pages_.address(page).bits() + skip;
    const Word count = (kSpanPages * kPageBytes - skip) / stride;
    const Word uncut_end = heap_.load(class_field(size_class, COHORT_FIELD(ClassList, uncarved)));
    const Word uncut = heap_.load(class_field(size_class, COHORT_FIELD(ClassList, uncarved_count)));
    for (Word block = first; block < first + count * stride; block += stride) {
      if (block < uncut_end && block >= uncut_end - uncut * stride) continue;
      const Word tag = heap_.load(Address(block));
      if (chained_.erase(block) != 0) continue;
      if (tag_state(tag) == BlockState::free || tag_class(tag) != size_class) {
        problem(block, "of class " + std::to_string(size_class) + " is lost");
      } else {
        audit_.live[size_class == kObjectClass ? block : block + kTagBytes] = stride;
      }
    }
  }

  const Heap<A>& heap_;
  Pages<A> pages_;
  Audit audit_;
  std::vector<std::string> chains_;
  std::unordered_map<Word, std::size_t> chained_;  // free block -> in which chain
};

/// Exact only while nobody works.
template <class A>
Audit audit_heap(const Heap<A>& heap) {
  return Auditor<A>(heap).run();
}

}  // namespace cohort::test
