// SPDX-License-Identifier: BSL-1.0
#pragma once

// The record of a Process, as it lies in the window.
//
// Layout      An object of kind process; its own line is RecordLine, and `body` is a block, RecordBody.
// Writers     state and the links: under the scheduler's latch. stop, seen: by single atomics of anyone.
//             rank, pid, started, error: by the rank that runs it, before it ends; of one in a child, pid, error and tidy
//             by the child, member by the fork server. child: by compare-exchange of the server, the child, and whoever
//             has a signal for it; after `ended` and `unforked` by nobody.
// A death     of the child leaves `child` at running or blocked, until the server, which alone says `ended`, has seen it.
// Invariant   state only goes up: created, queued, running, ended. exitcode is in the word that says ended.

#include "cohort/heap/blob.hpp"

namespace cohort {

inline constexpr Word kMainParent = Word{1} << 32;

enum class ProcessState : Word { created = 0, queued = 1, running = 2, ended = 3 };

/// Of one that runs in a child: what its rank's thread, which waits for it, is to know.
enum class ChildState : Word {
  none = 0,      // not forked yet
  running = 1,   // and has the rank's core
  blocked = 2,   // waits, without it
  ended = 3,     // the process is gone
  unforked = 4,  // there was none
  idle = 5,      // a pool's: has done what it was given, and waits for more
};

struct RecordLine {
  WaitWord state;  // {exitcode:32 | ProcessState:32}
  Word next;       // in the run queue
  Word previous;
  Word active_next;  // among all that have not ended, of daemons or of others
  Word active_previous;
  Word body;
  Word id;
};

struct RecordBody {
  Word trampoline;  // Token of void(std::span<const std::byte>)
  Word function;    // Token of the function that gives it its name, or 0
  Word arguments;   // blob
  Word name;        // blob, or 0
  Word error;       // blob {type, message}, or 0
  Word parent;      // id of the Process that made it; outside of one, kMainParent + the rank
  Word stop;        // 1: asked to stop
  Word seen;        // 1: somebody has looked how it ended
  Word rank;        // + 1 once it runs
  Word pid;
  Word started;  // ns of the monotonic clock
  Word ended;
  Word isolation;     // 1: in a child of the rank that takes it
  Word daemon;        // 1: join() of the session does not wait for it
  Word memory_limit;  // of the child, in bytes; 0: none
  Word member;        // the child's slot, once it is known
  Word tidy;          // 1: the target has returned, so that the child was in the middle of nothing
  WaitWord child;     // {its status, from waitpid, or errno:32 | signal that it is to get:8 | ChildState:8}
  char short_error[128];  // "type\nmessage", cut, where the heap had no room for a blob
};

static_assert(sizeof(RecordLine) == 64);

constexpr Address record_field(Address record, std::size_t offset) {
  return object_field(record, COHORT_FIELD(ObjectHeader, own) + offset);
}

constexpr ChildState child_state_of(Word word) { return static_cast<ChildState>(word & 0xff); }
constexpr int child_signal_of(Word word) { return static_cast<int>(word >> 8 & 0xff); }
constexpr int child_status_of(Word word) { return static_cast<int>(word >> 32); }
constexpr Word make_child(ChildState state, int signal, int status = 0) {
  return static_cast<Word>(static_cast<std::uint32_t>(status)) << 32 | static_cast<Word>(signal) << 8 |
         static_cast<Word>(state);
}

constexpr Word make_state(ProcessState state, int exitcode = 0) {
  return (static_cast<Word>(static_cast<std::uint32_t>(exitcode)) << 32) | static_cast<Word>(state);
}
constexpr ProcessState state_of(Word word) { return static_cast<ProcessState>(word & 0xff); }
constexpr int exitcode_of(Word word) { return static_cast<int>(static_cast<std::uint32_t>(word >> 32)); }

template <class A>
Address body_field(const Heap<A>& heap, Address record, std::size_t offset) {
  return Address(heap.load(record_field(record, COHORT_FIELD(RecordLine, body)))) + offset;
}

/// A record in state created, with a count of 1. `arguments` and `name` are copied.
template <class A>
ObjectId make_record(const Heap<A>& heap, const RecordBody& body, const Encoded& arguments,
                     const std::string& name, Word creator) {
  Operation<A> operation(heap);
  const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::process, 0, 0), 0, creator);
  const Address block = operation.allocate(sizeof(RecordBody));
  heap.access().write(block, &body, sizeof body);
  heap.store(block + COHORT_FIELD(RecordBody, arguments), make_blob(operation, heap, arguments).bits());
  if (!name.empty()) {
    heap.store(block + COHORT_FIELD(RecordBody, name),
               make_blob(operation, heap, {std::as_bytes(std::span(name))}).bits());
  }
  heap.store(record_field(id.address, COHORT_FIELD(RecordLine, body)), block.bits());
  heap.store(record_field(id.address, COHORT_FIELD(RecordLine, id)),
             heap.access().fetch_add(header_field(COHORT_FIELD(WindowHeader, next_id)), 1));
  operation.keep();
  return id;
}

template <class A>
void destroy_record(Operation<A>& operation, const Heap<A>& heap, Address record,
                    std::vector<Address>& held) {
  const Address body(heap.load(record_field(record, COHORT_FIELD(RecordLine, body))));
  for (const auto blob_at : {COHORT_FIELD(RecordBody, arguments), COHORT_FIELD(RecordBody, name),
                             COHORT_FIELD(RecordBody, error)}) {
    const Address blob(heap.load(body + blob_at));
    if (!blob) continue;
    collect_handles(heap, blob, held);
    operation.discard(blob);
  }
  operation.discard(body);
}

}  // namespace cohort
