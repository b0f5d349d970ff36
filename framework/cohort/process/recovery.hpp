// SPDX-License-Identifier: BSL-1.0
#pragma once

// Recovery: completes or undoes what an actor that has died was doing to shared memory, by the comments "A death" at the
// heads of operation.hpp, blocks.hpp, pages.hpp, latch.hpp, object.hpp, in_place.hpp and fifo.hpp.
//
// Order       All actors of a dead process are repaired before one of them is completed: repair() waits for nothing, so
//             that after it no latch is a dead one's, and complete() takes latches.

#include <algorithm>
#include <climits>
#include <utility>
#include <vector>

#include "cohort/containers/fifo.hpp"
#include "cohort/containers/sequence.hpp"
#include "cohort/containers/table.hpp"
#include "cohort/heap/census.hpp"
#include "cohort/process/job.hpp"

namespace cohort {

/// False: its maker is in the middle of making it, and it may vanish again, or just has. `object`: a header that is not free.
template <class A>
bool is_born(const Heap<A>& heap, Address object) {
  const Word tag = heap.load(object);
  const std::uint32_t maker = tag_actor(tag);
  if (maker == 0 || maker >= kMaxActors) return true;
  const Word operation = heap.load(actor_field(maker, COHORT_FIELD(ActorSlot, operation)));
  if (operation_phase(operation) == Phase::preparing && operation_sequence(operation) == tag_sequence(tag))
    return false;
  return heap.load(object) == tag;  // what is undone is free before its maker is idle
}

/// Works in the dead actor's name, so that what is given back goes to its magazines. The heap may be in use.
template <class A>
class Recovery {
 public:
  Recovery(const A& access, std::uint32_t dead) : heap_(access, dead), pages_(heap_) {}

  /// What it had committed is done, what it held is free.
  void repair() {
    const Word operation = own(COHORT_FIELD(ActorSlot, operation));
    phase_ = operation_phase(operation);
    sequence_ = operation_sequence(operation);
    redo();
    refill();
    find_spans();  // before others can cut them
    free_latches();
  }

  /// After repair(): its memory is given back, and those who wait for what it did are woken.
  void complete() {
    for (const Word page : std::exchange(unseen_, {})) pages_.give_back(page);
    return_blocks();
    set_own(COHORT_FIELD(ActorSlot, operation), make_operation(Phase::idle, sequence_));
    finish_dropping();
    announce();
    set_own(COHORT_FIELD(ActorSlot, changing), 0);
    for (const Address object : held_) lower_object(heap_, object);
    held_.clear();
    set_own(COHORT_FIELD(ActorSlot, wait_kind), 0);
  }

  /// The slot is anybody's. After all else.
  void release() { set_own(COHORT_FIELD(ActorSlot, state), 0); }

 private:
  static constexpr std::size_t kLink = COHORT_FIELD(ObjectHeader, link);

  Word own(std::size_t field) const { return heap_.load(heap_.own(field)); }
  void set_own(std::size_t field, Word value) const { heap_.store(heap_.own(field), value); }
  bool held(Address latch) const { return latch_owner(heap_.load(latch)) == heap_.actor(); }
  Word redo_words() const { return own(COHORT_FIELD(ActorSlot, redo_count)) >> 48; }
  Address redo_word(Word i) const {
    return Address(heap_.load(heap_.own(COHORT_FIELD(ActorSlot, redo) + i * 16)));
  }
  std::size_t magazine(std::uint32_t size_class, std::size_t field) const {
    return COHORT_FIELD(ActorSlot, magazines) + size_class * sizeof(Magazine) + field;
  }
  std::size_t active(std::uint32_t c) const { return magazine(c, COHORT_FIELD(Magazine, active)); }
  std::size_t spare(std::uint32_t c) const { return magazine(c, COHORT_FIELD(Magazine, spare)); }

  // A change that was committed and not published yet.
  void redo() {
    if (phase_ != Phase::committed) return;
    const Address latch(own(COHORT_FIELD(ActorSlot, latch)));
    if (!latch || !held(latch)) return;
    if (const Word bytes = own(COHORT_FIELD(ActorSlot, copy_bytes)); bytes != 0) {
      std::vector<std::byte> copy(bytes);
      heap_.access().read(Address(own(COHORT_FIELD(ActorSlot, copy_from))), copy.data(), bytes);
      heap_.access().write(Address(own(COHORT_FIELD(ActorSlot, copy_to))), copy.data(), bytes);
    }
    for (Word i = 0; i < redo_words(); ++i) {
      heap_.store(redo_word(i), own(COHORT_FIELD(ActorSlot, redo) + i * 16 + 8));
    }
    heap_.store(latch, own(COHORT_FIELD(ActorSlot, redo_count)) & kPayloadMask);
  }

  // A batch of blocks between a class list and a magazine.
  void refill() {
    for (std::uint32_t c = 0; c < kClasses; ++c) {
      if (own(active(c)) == own(spare(c))) set_own(spare(c), 0);
    }
    const Address batch(own(COHORT_FIELD(ActorSlot, refill)));
    if (!batch) return;
    const std::uint32_t c = tag_class(heap_.load(batch));
    const Address list = class_field(c, COHORT_FIELD(ClassList, free));
    const auto heads = [&](std::size_t chain) { return (own(chain) & kPayloadMask) == batch.bits(); };
    bool mine = false;
    if (held(list)) {
      const Word uncut = heap_.load(class_field(c, COHORT_FIELD(ClassList, uncarved))) -
                         heap_.load(class_field(c, COHORT_FIELD(ClassList, uncarved_count))) * class_bytes(c);
      mine = latch_payload(heap_.load(list)) != batch.bits() && !heads(spare(c)) && uncut != batch.bits();
    } else if (heads(active(c))) {
      mine = false;
    } else if (heads(spare(c))) {
      set_own(spare(c), 0);
    } else {
      mine = own(active(c)) == 0;
    }
    if (mine) {
      Word count = 0;
      for (Address block = batch; block; block = Address(heap_.load(block + kLink))) ++count;
      set_own(active(c), (count << 48) | batch.bits());
    }
    set_own(COHORT_FIELD(ActorSlot, refill), 0);
  }

  void free_latch(Address latch, Word payload_mask = kPayloadMask) {
    if (held(latch)) heap_.store(latch, heap_.load(latch) & payload_mask);
    const Address hungry = latch + COHORT_FIELD(LatchWord, hungry);
    Word me = heap_.actor();
    if (heap_.load(hungry) == me) heap_.access().compare_exchange(hungry, me, 0);
  }
  void free_latches() {
    for (std::uint32_t c = 0; c < kClasses; ++c) free_latch(class_field(c, COHORT_FIELD(ClassList, free)));
    free_latch(header_field(COHORT_FIELD(WindowHeader, pages)), 0);
    free_latch(header_field(COHORT_FIELD(WindowHeader, scheduler)));
    free_latch(header_field(COHORT_FIELD(WindowHeader, names)));
    each_block([this](Address block, std::uint32_t size_class) {
      if (size_class != kObjectClass || tag_state(heap_.load(block)) != BlockState::live) return;
      const Word kind = heap_.load(object_field(block, COHORT_FIELD(ObjectHeader, kind)));
      if (kind_of(kind) == ObjectKind::list || kind_of(kind) == ObjectKind::box ||
          kind_of(kind) == ObjectKind::array)
        free_latch(own_field(block, 0), kPayloadMask & ~sequence::kMoving);
      if (kind_of(kind) == ObjectKind::dict) free_latch(own_field(block, 0), kPayloadMask & ~table::kMoving);
      if (kind_of(kind) == ObjectKind::pool) free_latch(own_field(block, 0));
    });
    each_body(ObjectKind::job, 2,
              [this](Address, Address body) { free_latch(body + offsetof(JobBody, latch)); });
    each_body(ObjectKind::queue, 0, [this](Address, Address body) {
      free_latch(body + offsetof(FifoBody, put));
      free_latch(body + offsetof(FifoBody, take));
    });
  }
  // Calls visit(object, body) for each object of a kind that has its latches in a block, which its own word `at` names.
  // It is held until complete(): else the block might be another's meanwhile.
  template <class Visit>
  void each_body(ObjectKind kind, std::size_t at, Visit visit) {
    each_block([&](Address block, std::uint32_t size_class) {
      const Word tag = heap_.load(block);
      if (size_class != kObjectClass || tag_state(tag) != BlockState::live || !is_born(heap_, block)) return;
      if (kind_of(heap_.load(object_field(block, COHORT_FIELD(ObjectHeader, kind)))) != kind) return;
      const Word reference = heap_.load(object_field(block, COHORT_FIELD(ObjectHeader, reference)));
      if (!raise_object(heap_, {block, static_cast<std::uint32_t>(reference >> 32)})) return;
      held_.push_back(block);
      const bool still = kind_of(heap_.load(object_field(block, COHORT_FIELD(ObjectHeader, kind)))) == kind;
      if (const Address body(heap_.load(own_field(block, at))); still && body) visit(block, body);
    });
  }

  template <class Visit>
  void each_run(Visit visit) const {
    const Word top = heap_.load(header_field(COHORT_FIELD(WindowHeader, pages_top)));
    // (A run is never of no pages, but where pages_top went down meanwhile, what lies there is nobody's.)
    for (Word page = 0; page < top; page += std::max<Word>(1, run_pages(heap_.load(page_run(page)))))
      visit(page, heap_.load(page_run(page)));
  }
  template <class Visit>
  void each_block(Visit visit) const {
    each_run([&](Word page, Word run) {
      // (One with an actor is on its way to a class: nothing is cut from it yet.)
      if (run_state(run) != RunState::span || tag_actor(heap_.load(page_tag(page))) != 0) return;
      const std::uint32_t c = run_class(run);
      const Word skip = c == kObjectClass ? kObjectBytes / 2 : 0;
      const Word first = pages_.address(page).bits() + skip;
      const auto [uncut, end] = uncarved(heap_, c);
      const Word count = (kSpanPages * kPageBytes - skip) / class_bytes(c);
      for (Word block = first; block < first + count * class_bytes(c); block += class_bytes(c)) {
        if (block < uncut || block >= end) visit(Address(block), c);
      }
    });
  }

  // Spans that no class has yet.
  void find_spans() {
    each_run([&](Word page, Word run) {
      if (run_state(run) != RunState::span || tag_actor(heap_.load(page_tag(page))) != heap_.actor()) return;
      const std::uint32_t c = run_class(run);
      const Word first = pages_.address(page).bits();
      const Word end = heap_.load(class_field(c, COHORT_FIELD(ClassList, uncarved)));
      const bool seen = heap_.load(class_field(c, COHORT_FIELD(ClassList, uncarved_count))) != 0 &&
                        end > first && end <= first + kSpanPages * kPageBytes;
      if (seen) {
        heap_.store(page_tag(page), 0);
      } else {
        unseen_.push_back(page);
      }
    });
  }

  bool to_free(Word tag) const {
    if (tag_actor(tag) != heap_.actor() || tag_sequence(tag) != sequence_) return false;
    return (phase_ == Phase::preparing && tag_state(tag) == BlockState::live) ||
           (phase_ == Phase::committed && tag_state(tag) == BlockState::victim);
  }
  void return_blocks() {
    // The block that the record copies from is found by the record.
    const bool copies = phase_ == Phase::committed && own(COHORT_FIELD(ActorSlot, copy_bytes)) != 0;
    const Word copy = copies ? own(COHORT_FIELD(ActorSlot, copy_from)) : 0;
    const auto is_copy = [&](Word payload, Word tag) {
      return copy == payload && tag_state(tag) == BlockState::live && tag_actor(tag) == heap_.actor() &&
             tag_sequence(tag) == sequence_;
    };
    std::vector<std::pair<Address, std::uint32_t>> blocks;
    std::vector<Word> runs;
    each_block([&](Address block, std::uint32_t c) {
      const Word tag = heap_.load(block);
      if (to_free(tag) || is_copy((block + kTagBytes).bits(), tag)) blocks.emplace_back(block, c);
    });
    each_run([&](Word page, Word run) {
      if (run_state(run) != RunState::large) return;
      const Word tag = heap_.load(page_tag(page));
      if (to_free(tag) || is_copy(pages_.address(page).bits(), tag)) runs.push_back(page);
    });
    // A chain's first block is free, whatever its tag says. These before any other is put in front of them.
    std::erase_if(blocks, [this](const auto& found) {
      const auto& [block, c] = found;
      if ((own(active(c)) & kPayloadMask) != block.bits()) return false;
      heap_.store(block, make_tag(c, BlockState::free, 0, 0));
      return true;
    });
    Word freed = 0;
    for (const auto& [block, c] : blocks) {
      freed += class_bytes(c);
      Blocks<A>(heap_).give_back(block, c);
    }
    for (const Word page : runs) {
      freed += run_pages(heap_.load(page_run(page))) * kPageBytes;
      pages_.give_back(page);
    }
    set_own(COHORT_FIELD(ActorSlot, freed), own(COHORT_FIELD(ActorSlot, freed)) + freed);
  }

  // An object whose last count the actor had just lowered, and those that it was to destroy.
  void finish_dropping() {
    std::vector<Address> mine;
    const auto is_there = [this](Address object) {
      return tag_state(heap_.load(object)) != BlockState::free && is_born(heap_, object);
    };
    each_block([&](Address block, std::uint32_t size_class) {
      if (size_class != kObjectClass || !is_there(block)) return;
      const Word reference = heap_.load(object_field(block, COHORT_FIELD(ObjectHeader, reference)));
      if ((reference & kCountMask) == (kClaimed | heap_.actor())) mine.push_back(block);
    });
    const Address object(own(COHORT_FIELD(ActorSlot, dropping)));
    if (object && is_there(object) && claim_object(heap_, object)) mine.push_back(object);
    for (const Address claimed : mine) destroy_object(heap_, claimed);
    set_own(COHORT_FIELD(ActorSlot, dropping), 0);
  }

  // Whoever waits for what the actor changed last may not have been told.
  void announce() {
    for (Word i = 0; i < redo_words(); ++i) heap_.access().wake(redo_word(i), INT_MAX);
    const Address bell = header_field(COHORT_FIELD(WindowHeader, bell));
    heap_.access().fetch_add(bell, 1);
    heap_.access().wake(bell, INT_MAX);
    each_body(ObjectKind::queue, 0, [this](Address queue, Address) {
      const Word kind = heap_.load(object_field(queue, COHORT_FIELD(ObjectHeader, kind)));
      Fifo<A>(heap_, queue, element_bytes_of(kind)).mend();
    });
  }

  Heap<A> heap_;
  Pages<A> pages_;
  std::vector<Address> held_;  // objects
  std::vector<Word> unseen_;   // spans that no class has
  Phase phase_ = Phase::idle;
  Word sequence_ = 0;
};

/// All of it, for one actor.
template <class A>
void recover(const A& access, std::uint32_t dead) {
  Recovery<A> recovery(access, dead);
  recovery.repair();
  recovery.complete();
  recovery.release();
}

}  // namespace cohort
