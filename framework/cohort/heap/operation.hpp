// SPDX-License-Identifier: BSL-1.0
#pragma once

// Operation: a change of shared memory that is done or not done, whenever its actor dies.
//
// An actor is in at most one. Its life, as the slot's `operation` word {phase | sequence} says:
//
//   preparing   blocks are taken; each is tagged {live, actor, sequence}, and nobody else can see them.
//               With the structure's latch held, blocks that the change makes useless are tagged
//               {victim, actor, sequence}, and the redo record (bytes to copy, then words to store) is
//               written into the slot.
//   committed   the redo record is applied; its last word is the latch's, which publishes and frees it.
//   idle        victims have been given back. Tags with this sequence mean nothing any more.
//
// Invariants  1. No user code runs inside an Operation (it could begin another).
//             2. Redo words are idempotent while the latch is held: only its owner writes what it guards.
//             3. Between committed and idle the actor holds nothing but its own victims.
// A death     preparing: the reaper frees the blocks tagged live, and the latch with its old payload. Counts that were
//             raised, in the last step before `committed`, stay too high.
//             committed: where there is a latch and it is still the dead actor's, the reaper applies the record
//             again; then, in any case, it frees the victims and the block that the record copies from (which
//             is tagged live until then: as a victim, a death in `preparing` would leave it behind).

#include <array>
#include <span>
#include <string>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/heap/blocks.hpp"
#include "cohort/heap/reference_count.hpp"
#include "cohort/heap/statistics.hpp"
#include "cohort/options.hpp"

namespace cohort {

enum class Phase : Word { idle = 0, preparing = 1, committed = 2 };

constexpr Word make_operation(Phase phase, Word sequence) {
  return (static_cast<Word>(phase) << 56) | (sequence & ((Word{1} << 40) - 1));
}
constexpr Phase operation_phase(Word operation) { return static_cast<Phase>(operation >> 56); }
constexpr Word operation_sequence(Word operation) { return operation & ((Word{1} << 40) - 1); }

/// At the commit, the word at `at` becomes `value`.
struct Redo {
  Address at;
  Word value;
};

/// What a reaper of this actor does again, should it die while the latch is its own.
template <class A>
[[gnu::always_inline]] inline void write_record(const Heap<A>& heap, Address latch, Word payload,
                                                std::span<const Redo> redo, Word copy_bytes = 0) {
  heap.store(heap.own(COHORT_FIELD(ActorSlot, latch)), latch.bits());
  heap.store(heap.own(COHORT_FIELD(ActorSlot, copy_bytes)), copy_bytes);
  Address pair = heap.own(COHORT_FIELD(ActorSlot, redo));
  for (const Redo& word : redo) {
    heap.store(pair, word.at.bits());
    heap.store(pair + sizeof(Word), word.value);
    pair = pair + 2 * sizeof(Word);
  }
  heap.store(heap.own(COHORT_FIELD(ActorSlot, redo_count)), (static_cast<Word>(redo.size()) << 48) | payload);
}

template <class A>
class Operation {
 public:
  explicit Operation(const Heap<A>& heap)
      : heap_(heap), sequence_(operation_sequence(heap.load(heap.own(kOperation))) + 1) {
    enter(Phase::preparing);
  }
  /// Without commit(): gives back everything allocated, changes nothing.
  ~Operation() {
    if (!committed_) {
      fresh_.each([this](Address block) { give_back(block); });
      enter(Phase::idle);
    }
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  /// A block of at least `bytes`, 8-aligned, unseen by others until commit().
  /// Throws OutOfSharedMemory.
  Address allocate(std::size_t bytes) {
    if (bytes > kPayloadMask / 2) refuse(bytes);
    Address payload;
    if (bytes + kTagBytes <= kLargestSmall) {
      const auto size_class = class_of(bytes + kTagBytes);
      const Address block = Blocks<A>(heap_).take(size_class, sequence_);
      if (!block) refuse(bytes);
      count(kAllocated, class_bytes(size_class));
      payload = block + kTagBytes;
    } else {
      const Word pages = (bytes + kPageBytes - 1) / kPageBytes;
      Pages<A> table(heap_);
      const Word tag = make_tag(kLargeClass, BlockState::live, heap_.actor(), sequence_);
      const auto page = table.take(pages, RunState::large, 0, tag);
      if (!page) refuse(bytes);
      count(kAllocated, pages * kPageBytes);
      payload = table.address(*page);
    }
    fresh_.push_back(payload);
    return payload;
  }

  /// The header of a new object; its words other than tag and reference are zero.
  Address allocate_object() {
    const Address object = Blocks<A>(heap_).take(kObjectClass, sequence_);
    if (!object) refuse(kObjectBytes);
    count(kAllocated, kObjectBytes);
    for (std::size_t at = COHORT_FIELD(ObjectHeader, link); at < kObjectBytes; at += sizeof(Word))
      heap_.store(object + at, 0);
    fresh_.push_back(object);
    return object;
  }

  /// `block` is given back once this is committed. Under the latch.
  void discard(Address block) {
    const Address tag = tag_of(block);
    heap_.store(tag, make_tag(tag_class(heap_.load(tag)), BlockState::victim, heap_.actor(), sequence_));
    victims_.push_back(block);
  }

  /// At the commit, this object's count goes up. The caller holds the object.
  void raise(ObjectId object) { raised_.push_back(object); }

  /// At the commit, `word` becomes `value`.
  void set(Address word, Word value) { redo_[redo_count_++] = {word, value}; }

  /// At the commit, before the words are set, `bytes` bytes go from a block of this operation to `to`; then
  /// the block is given back. Once.
  void copy(Address from, Address to, std::size_t bytes) {
    victims_.push_back(from);
    copy_from_ = from;
    copy_to_ = to;
    copy_bytes_ = bytes;
  }

  /// Does everything that was set, and last releases `latch` with `payload`.
  void commit(Latch<A>& latch, Word payload) {
    record(latch, payload);
    raise_all();  // last: a death before the next line leaves these counts too high
    enter(Phase::committed);
    if (copy_bytes_ != 0) copy_bytes();
    for (std::uint32_t i = 0; i < redo_count_; ++i) heap_.store(redo_[i].at, redo_[i].value);
    latch.release(payload);
    finish();
  }

  /// For what becomes visible otherwise, or not at all: keeps the blocks, frees the victims.
  void keep() {
    heap_.store(heap_.own(COHORT_FIELD(ActorSlot, latch)), 0);
    heap_.store(heap_.own(COHORT_FIELD(ActorSlot, copy_bytes)), 0);
    raise_all();  // last, as in commit()
    enter(Phase::committed);
    finish();
  }

 private:
  static constexpr std::size_t kOperation = COHORT_FIELD(ActorSlot, operation);
  static constexpr std::size_t kAllocated = COHORT_FIELD(ActorSlot, allocated);
  static constexpr std::size_t kFreed = COHORT_FIELD(ActorSlot, freed);

  // A short list that needs no memory of its own until it is long.
  class Addresses {
   public:
    void push_back(Address a) {
      if (count_ < few_.size()) {
        few_[count_++] = a;
      } else {
        more_.push_back(a);
      }
    }
    template <class Visit>
    void each(Visit visit) const {
      for (std::size_t i = 0; i < count_; ++i) visit(few_[i]);
      for (const Address a : more_) visit(a);
    }

   private:
    std::array<Address, 6> few_;
    std::size_t count_ = 0;
    std::vector<Address> more_;
  };

  void enter(Phase phase) { heap_.store(heap_.own(kOperation), make_operation(phase, sequence_)); }
  void count(std::size_t field, std::size_t bytes) {
    heap_.store(heap_.own(field), heap_.load(heap_.own(field)) + bytes);
  }

  // A run begins with its page, a small block's payload 8 bytes behind a multiple of 16 (its tag is
  // before it), an object at another multiple of 64 (it begins with its tag).
  static bool is_run(Address payload) { return payload.offset() % kPageBytes == 0; }
  Address tag_of(Address payload) const {
    if (is_run(payload)) return page_tag(Pages<A>(heap_).page_of(payload));
    return payload.offset() % 16 == kTagBytes ? Address(payload.bits() - kTagBytes) : payload;
  }
  // All, or (UsageError) none.
  void raise_all() const {
    for (std::size_t i = 0; i < raised_.size(); ++i) {
      if (raise_object(heap_, raised_[i])) continue;
      while (i-- > 0) {
        heap_.access().fetch_add(object_field(raised_[i].address, COHORT_FIELD(ObjectHeader, reference)),
                                 ~Word{0});
      }
      throw UsageError(
          "a value speaks of a shared object that nothing holds any more; keep its handle in the value");
    }
  }
  void record(const Latch<A>& latch, Word payload) const;
  void copy_bytes() const;
  void give_back(Address payload);
  void finish();
  [[noreturn]] void refuse(std::size_t bytes) const;

  const Heap<A>& heap_;
  Word sequence_;
  bool committed_ = false;
  Addresses fresh_;
  Addresses victims_;
  std::vector<ObjectId> raised_;
  std::array<Redo, kMaxRedo> redo_;  // those below redo_count_
  std::uint32_t redo_count_ = 0;
  Address copy_from_;
  Address copy_to_;
  std::size_t copy_bytes_ = 0;
};

template <class A>
void Operation<A>::record(const Latch<A>& latch, Word payload) const {
  if (copy_bytes_ != 0) {
    heap_.store(heap_.own(COHORT_FIELD(ActorSlot, copy_from)), copy_from_.bits());
    heap_.store(heap_.own(COHORT_FIELD(ActorSlot, copy_to)), copy_to_.bits());
  }
  write_record(heap_, latch.address(), payload, std::span(redo_).first(redo_count_), copy_bytes_);
}

template <class A>
void Operation<A>::copy_bytes() const {
  std::array<std::byte, 4096> piece;
  for (std::size_t done = 0; done < copy_bytes_;) {
    const std::size_t bytes = std::min(piece.size(), copy_bytes_ - done);
    heap_.access().read(copy_from_ + done, piece.data(), bytes);
    heap_.access().write(copy_to_ + done, piece.data(), bytes);
    done += bytes;
  }
}

template <class A>
void Operation<A>::give_back(Address payload) {
  if (is_run(payload)) {
    Pages<A> pages(heap_);
    const Word page = pages.page_of(payload);
    count(kFreed, run_pages(heap_.load(page_run(page))) * kPageBytes);
    pages.give_back(page);
  } else {
    const Address block = tag_of(payload);
    const auto size_class = tag_class(heap_.load(block));
    count(kFreed, class_bytes(size_class));
    Blocks<A>(heap_).give_back(block, size_class);
  }
}

template <class A>
void Operation<A>::finish() {
  committed_ = true;
  victims_.each([this](Address block) { give_back(block); });
  enter(Phase::idle);
}

template <class A>
void Operation<A>::refuse(std::size_t bytes) const {
  const HeapStatistics now = heap_statistics(heap_);
  throw OutOfSharedMemory("shared heap full on rank 0: asked " + std::to_string(bytes) + " B, " +
                          format_bytes(now.free()) + " of " + format_bytes(now.capacity) +
                          " free (not all of it in one piece); raise COHORT_HEAP (or make /dev/shm larger)");
}

}  // namespace cohort
