// SPDX-License-Identifier: BSL-1.0
#pragma once

// The layout of the window: every struct that lies in shared memory and is not a container's own.
//
//   [WindowHeader][ActorSlot x kMaxActors][MemberSlot x kMaxMembers][page table ...][pages ...]
//
// Plain structs of 64-bit words, never a pointer. Nobody forms a reference to them: they give the
// offsets (`offsetof`) at which Access reads and writes. A word that is waited for is followed by the
// number of its waiters, a latch by the word of the one who has waited longest.

#include <cstddef>
#include <cstdint>

#include "cohort/window/address.hpp"

namespace cohort {

using Word = std::uint64_t;

inline constexpr Word kMagic = 0x3130'5452'4f48'4f43;  // "COHORT01"
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kLineBytes = 64;
inline constexpr std::uint32_t kMaxActors = 4096;   // threads of ranks, and children, at one time
inline constexpr std::uint32_t kMaxMembers = 1024;  // OS processes at one time

// Blocks up to kLargestSmall bytes come from spans of one size, larger ones are runs of whole pages.
inline constexpr std::size_t kLargestSmall = 8192;
inline constexpr std::uint32_t kSpanPages = 16;
inline constexpr std::uint32_t kClasses = 32;
inline constexpr std::uint32_t kObjectClass = 31;  // headers of objects: 128 bytes, never reused for bytes
inline constexpr std::size_t kObjectBytes = 128;
inline constexpr std::uint32_t kLargeClass = 63;  // in a tag: a run of pages

/// A latch: {owner's actor:16 | payload:48}. Taking it is a compare-exchange that sets the owner;
/// the store that publishes a new payload frees it.
struct LatchWord {
  Word control;
  Word hungry;  // the actor that has waited too long and goes next, or 0
};

/// A word that can be waited for.
struct WaitWord {
  Word value;
  Word waiters;
};

/// Blocks of one size that no actor has in its magazine.
struct ClassList {
  LatchWord free;       // payload: the first block of the first batch
  Word uncarved;        // the next block of the span being carved
  Word uncarved_count;  // how many blocks are left in it
};

/// What a block of the heap is and whose, in the word before it (for a run: in the page table).
/// {class:6 | state:2 | owner's actor:16 | the owner's operation:40}
enum class BlockState : Word { free = 0, live = 1, victim = 2 };

struct WindowHeader {
  Word magic;
  Word bytes;  // of the window
  Word ranks;
  Word next_id;   // of Processes
  Word stopping;  // 1: every Process is asked to stop
  Word exit_code;
  Word unseen_failures;  // Processes that failed and nobody looked
  Word table_asked;      // 1: rank 0 is to print what everyone waits for

  LatchWord pages;  // payload: the page from which to look for a free run
  Word first_page;  // offset of page 0
  Word page_count;
  Word pages_top;    // pages below have an entry in the page table
  Word committed;    // pages below have memory behind them
  Word actors_high;  // slots below have been used
  Word members_high;

  Word free_pages;  // in free runs below pages_top
  Word in_vain;     // {pages that none was found of: 32 | pages given back until that is forgotten: 32}, or 0
  Word daemons_known;  // 1: there has been a daemon
  Word ending;         // 1: join waits for daemons, too
  Word pad2[4];

  LatchWord scheduler;  // guards the rest of this line
  Word queue_head;      // Processes started and not taken, first in first out
  Word queue_tail;
  Word active_head;   // Processes started and not ended, newest first, but for daemons
  Word arrived;       // ranks in join
  Word epoch;         // joins completed
  Word daemons_head;  // daemons started and not ended, newest first

  WaitWord bell;      // rung at each start and at the end of each epoch
  LatchWord names;    // payload: the first NameEntry
  WaitWord any_done;  // goes up when a job ends, for those who wait for one of several
  Word pad1[2];

  ClassList classes[kClasses];
};

/// One page: run {state:8 | class:8 | pages:48} at the first page of each run, and a run's tag.
struct PageEntry {
  Word run;
  Word tag;
};
enum class RunState : Word { free = 1, span = 2, large = 3 };

/// Free blocks that one actor keeps for itself: {count:16 | first block:48} each.
struct Magazine {
  Word active;
  Word spare;
};

/// In an actor's state: it is gone, and only a Condition's queue still knows it.
inline constexpr Word kDeadActor = Word{1} << 63;

inline constexpr std::uint32_t kMaxRedo = 12;
inline constexpr std::size_t kChangeCounts = 7;

struct ActorSlot {
  // Who: written at claim and release.
  Word state;   // {dead:1 | OS process:32 | in use:1}, 0: free
  Word thread;  // the kernel's thread id
  Word rank;
  Word process;   // the Process record it runs, or 0
  Word member;    // its OS process's slot
  Word barrier;   // the Barrier that it is in, or is about to come to or has just left
  Word counting;  // the entry of its ledger whose object's count it is raising or lowering
  Word
      condition;  // the Condition that it waits for, from before it is in the queue until it has the lock again

  // The wait record: what it waits for. kind is written last and cleared first.
  Word wait_kind;
  Word wait_object;  // the object or word
  Word wait_word;    // the word that is to change, or 0: it is woken by other means
  Word wait_value;   // what is there now
  Word wait_holder;  // {line of the caller:32 | the actor that has it, where there is one:32}
  Word wait_since;   // ns of the monotonic clock
  Word wait_until;   // the same, or 0: no limit
  Word wait_file;    // Token of the caller's file name, or 0

  // The intent: the operation it is in (see operation.hpp).
  Word operation;   // {phase:8 | sequence:40}
  Word latch;       // the latch whose release ends the commit
  Word redo_count;  // {words:16 | the latch's new payload:48}
  Word refill;      // a batch on its way from a class list to the magazine
  Word copy_from;   // bytes to copy at the commit
  Word copy_to;
  Word copy_bytes;
  Word dropping;            // an object whose count it is lowering
  Word redo[2 * kMaxRedo];  // address, value

  Word allocated;  // bytes, ever
  Word freed;
  WaitWord signal;   // goes up when another actor hands this one what it waits for
  Word next_waiter;  // in the queue of a Condition: the actor behind it, kLastWaiter at the end; else 0
  Word pad1[3];

  Magazine magazines[kClasses];

  // Changes of words without the object's latch (see containers/in_place.hpp).
  Word changing;                // the object, or 0
  Word changes[kChangeCounts];  // ever, by a hash of the object
};

/// An OS process that has the window mapped, and the references it holds.
struct MemberSlot {
  Word pid;
  Word rank;
  Word started;  // the kernel's start time of pid, so that a reused pid is told apart
  Word ledger;   // first LedgerBlock
  Word quiet;    // 1 + its threads that are no actors, MPI's and the watcher; 0: nobody knows
  Word pad[3];
};

/// A part of a ledger: one word for each object that this OS process refers to.
inline constexpr std::uint32_t kLedgerEntries = 509;
struct LedgerBlock {
  Word next;
  Word entries[kLedgerEntries];  // {generation:16 | object:48}, or 0
};

/// One name that keeps an object alive until the session ends.
struct NameEntry {
  Word next;
  Word object;
  Word generation;
  Word name;  // blob
};

enum class ObjectKind : Word {
  none = 0,
  list = 1,
  value = 2,  // a number in a word
  process = 3,
  box = 4,  // a Value of any other type: a list of one element
  array = 5,
  dict = 6,  // Set and Namespace too
  queue = 7,
  connection = 8,
  lock = 9,  // RLock too
  semaphore = 10,
  condition = 11,
  event = 12,
  barrier = 13,
  pool = 14,
  job = 15,
};

/// The head of every shared object. Type-stable: its 128 bytes are never anything else, so that a stale
/// handle finds a generation there that is not its own.
struct ObjectHeader {
  Word tag;
  Word reference;  // {generation:32 | count:32}
  Word link;       // next free header while it is free
  Word batch;      // next batch while it is free
  Word kind;       // {ObjectKind:8 | element's size:32 | flags:24}
  Word type;       // Token of the name of its C++ type, cohort::List<int>; 0: see type_name
  Word creator;    // the Process that made it, for the leak list
  Word type_name;  // blob with that name, where it was loaded from a file, else 0
  Word own[8];     // the kind's own line
};

static_assert(sizeof(WindowHeader) % kLineBytes == 0 && offsetof(WindowHeader, pages) == 64);
static_assert(offsetof(WindowHeader, free_pages) == 128 && offsetof(WindowHeader, scheduler) == 192);
static_assert(offsetof(WindowHeader, bell) == 256);
static_assert(sizeof(ActorSlot) == 1024 && offsetof(ActorSlot, wait_kind) == 64);
static_assert(offsetof(ActorSlot, operation) == 128 && offsetof(ActorSlot, magazines) % kLineBytes == 0);
static_assert(offsetof(ActorSlot, changing) % kLineBytes == 0);
static_assert(sizeof(MemberSlot) == kLineBytes && sizeof(LedgerBlock) == 4080);
static_assert(sizeof(ObjectHeader) == kObjectBytes && offsetof(ObjectHeader, own) == 64);

inline constexpr std::size_t kActorsOffset = sizeof(WindowHeader);
inline constexpr std::size_t kMembersOffset = kActorsOffset + kMaxActors * sizeof(ActorSlot);
inline constexpr std::size_t kPageTableOffset =
    (kMembersOffset + kMaxMembers * sizeof(MemberSlot) + kPageBytes - 1) / kPageBytes * kPageBytes;

#define COHORT_FIELD(Struct, field) offsetof(cohort::Struct, field)

constexpr Address header_field(std::size_t offset) { return Address(0, offset); }
constexpr Address actor_field(std::uint32_t actor, std::size_t offset) {
  return Address(0, kActorsOffset + actor * sizeof(ActorSlot) + offset);
}
constexpr Address member_field(std::uint32_t member, std::size_t offset) {
  return Address(0, kMembersOffset + member * sizeof(MemberSlot) + offset);
}
constexpr Address class_field(std::uint32_t size_class, std::size_t offset) {
  return Address(0, offsetof(WindowHeader, classes) + size_class * sizeof(ClassList) + offset);
}

}  // namespace cohort
