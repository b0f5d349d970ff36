// SPDX-License-Identifier: BSL-1.0
#include "cohort/process.hpp"

#include <unistd.h>

#include <csignal>

#include "cohort/heap/current.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/fork_server.hpp"
#include "cohort/process/pool_worker.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/process/server.hpp"
#include "cohort/this_process.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

Word line_word(Address record, std::size_t offset) {
  return with_heap([=](const auto& heap) { return heap.load(record_field(record, offset)); });
}
Word body_word(Address record, std::size_t offset) {
  return with_heap([=](const auto& heap) { return heap.load(body_field(heap, record, offset)); });
}
Word state_word(Address record) { return line_word(record, COHORT_FIELD(RecordLine, state)); }
bool is_daemon(Address record) { return body_word(record, COHORT_FIELD(RecordBody, daemon)) != 0; }
bool has_ended(Address record) { return state_of(state_word(record)) == ProcessState::ended; }

std::optional<int> rank_of(Address record) {
  const Word rank = body_word(record, COHORT_FIELD(RecordBody, rank));
  if (rank == 0) return std::nullopt;
  return static_cast<int>(rank) - 1;
}

// The first look at how it ended takes it off the list of failures that nobody has looked at.
void mark_seen(Address record) {
  with_heap([record]<class A>(const Heap<A>& heap) {
    const Address seen = body_field(heap, record, COHORT_FIELD(RecordBody, seen));
    Word not_yet = 0;
    if (!heap.access().compare_exchange(seen, not_yet, 1)) return;
    if (exitcode_of(heap.load(record_field(record, COHORT_FIELD(RecordLine, state)))) != 0) {
      heap.access().fetch_add(header_field(COHORT_FIELD(WindowHeader, unseen_failures)), ~Word{0});
    }
  });
}

// What Processes that are made here know as their parent.
Word this_parent() {
  return running_record() ? running_id() : kMainParent + static_cast<Word>(current_window.rank);
}

}  // namespace

Reference Process::make(const ProcessOptions& options, Token trampoline, Token function,
                        const Encoded& arguments) {
  const bool child = runs_in_child(options.isolation);
  if (options.daemon && !child)
    throw UsageError(
        "a daemon needs Isolation::child: a Process in a rank cannot be ended while it runs; use "
        "request_stop()");
  if (options.memory_limit != 0 && !child)
    throw UsageError("a memory_limit needs Isolation::child: Processes in a rank share its memory");
  const Address maker = in_child ? child_record : running_record();
  if (maker && is_daemon(maker))
    throw UsageError("a daemon cannot make Processes: it would leave them behind when it is killed");
  RecordBody body = {};
  body.isolation = child ? 1 : 0;
  body.daemon = options.daemon ? 1 : 0;
  body.memory_limit = options.memory_limit;
  body.trampoline = trampoline;
  body.function = function;
  body.parent = this_parent();
  return Reference::of_new(with_heap(
      [&](const auto& heap) { return make_record(heap, body, arguments, options.name, running_id()); }));
}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    end();
    reference_ = std::move(other.reference_);
    name_ = std::move(other.name_);
  }
  return *this;
}

Process::~Process() { end(); }

void Process::end() noexcept {
  if (!reference_ || !current_window.open()) return;
  try {
    if (!is_alive() || is_daemon(record())) return;
    request_stop();
    if (!unwinding_here()) join(CallSite());
  } catch (const std::exception& error) {
    log_error(std::string("a Process could not be joined: ") + error.what());
  }
}

Address Process::record() const {
  if (!reference_) throw UsageError("this Process is empty: it was moved from");
  return reference_.address();
}

void Process::start() {
  const Address at = record();
  const ObjectId id = reference_.id();
  const bool fresh = with_heap([id]<class A>(const Heap<A>& heap) { return Scheduler<A>(heap).start(id); });
  if (!fresh) throw UsageError("Process '" + record_name(at) + "' was started before; make a new one");
}

void Process::join(CallSite where) {
  const WaitSite site(where);
  const Address at = record();
  if (!has_ended(at) && at != running_record() && Server::run_if_queued(at)) return;
  join_until(std::nullopt, where);
}

bool Process::join_until(Deadline deadline, CallSite where) {
  const WaitSite site(where);
  const Address at = record();
  for (;;) {
    const Word state = state_word(at);
    if (state_of(state) == ProcessState::ended) return true;
    if (state_of(state) == ProcessState::created)
      throw UsageError("Process '" + record_name(at) + "' cannot be joined before start()");
    if (at == running_record()) throw UsageError("Process '" + record_name(at) + "' cannot join itself");
    const Waiting what{WaitKind::process, at};
    const bool changed = with_heap([&](const auto& heap) {
      return wait_while(heap, record_field(at, COHORT_FIELD(RecordLine, state)), state, what, deadline);
    });
    if (!changed) return has_ended(at);
  }
}

bool Process::is_alive() const {
  const auto state = state_of(state_word(record()));
  return state == ProcessState::queued || state == ProcessState::running;
}

std::optional<int> Process::exitcode() const {
  const Word state = state_word(record());
  if (state_of(state) != ProcessState::ended) return std::nullopt;
  mark_seen(record());
  return exitcode_of(state);
}

std::optional<RemoteError> Process::exception() const {
  if (!has_ended(record())) return std::nullopt;
  mark_seen(record());
  auto error = record_error(record());
  if (!error) return std::nullopt;
  return RemoteError(std::move(error->type), std::move(error->message), name(),
                     rank_of(record()).value_or(0));
}

const std::string& Process::name() const {
  if (name_.empty()) name_ = record_name(record());
  return name_;
}

std::uint64_t Process::id() const { return line_word(record(), COHORT_FIELD(RecordLine, id)); }
std::optional<int> Process::rank() const { return rank_of(record()); }

std::optional<pid_t> Process::pid() const {
  const Word pid = body_word(record(), COHORT_FIELD(RecordBody, pid));
  if (pid == 0) return std::nullopt;
  return static_cast<pid_t>(pid);
}

void Process::request_stop() {
  const Address at = record();
  with_heap([at](const auto& heap) { heap.store(body_field(heap, at, COHORT_FIELD(RecordBody, stop)), 1); });
}

void Process::end_by(int signal, const char* done) {
  const Address at = record();
  if (body_word(at, COHORT_FIELD(RecordBody, isolation)) == 0)
    throw UsageError(std::string("only a Process with Isolation::child can be ") + done +
                     "; use request_stop()");
  if (state_of(state_word(at)) == ProcessState::created)
    throw UsageError("Process '" + record_name(at) + "' cannot be " + done + " before start()");
  signal_child(at, signal);
}
void Process::terminate() { end_by(SIGTERM, "terminated"); }
void Process::kill() { end_by(SIGKILL, "killed"); }

std::vector<ProcessInfo> active_children() {
  const Word parent = this_parent();
  std::vector<Reference> records;
  with_heap([&]<class A>(const Heap<A>& heap) {
    std::vector<ObjectId> found;
    Scheduler<A>(heap).each_active([&](Address record) {
      if (heap.load(body_field(heap, record, COHORT_FIELD(RecordBody, parent))) != parent) return;
      const Word reference = heap.load(object_field(record, COHORT_FIELD(ObjectHeader, reference)));
      found.push_back({record, static_cast<std::uint32_t>(reference >> 32)});
    });
    for (auto record = found.rbegin(); record != found.rend(); ++record)
      records.push_back(Reference::adopt(*record));
  });
  std::vector<ProcessInfo> children;
  for (const Reference& record : records) {
    if (!record) continue;  // ended meanwhile
    const Address at = record.address();
    children.push_back({line_word(at, COHORT_FIELD(RecordLine, id)), record_name(at), rank_of(at)});
  }
  return children;
}

std::optional<ProcessFailure> detail::failure_of(const Process& process) {
  const int exitcode = process.exitcode().value_or(0);
  if (exitcode == 0) return std::nullopt;
  const auto error = process.exception();
  std::string reason = exitcode < 0 ? signal_name(-exitcode) : "exit(" + std::to_string(exitcode) + ")";
  if (error) reason = error->message().empty() ? error->type() : error->type() + ": " + error->message();
  return ProcessFailure{process.name(), process.rank().value_or(0), exitcode, std::move(reason)};
}

namespace this_process {

std::string name() {
  rank();  // there is a session
  return running_name();
}
std::uint64_t id() { return running_id(); }
pid_t pid() { return ::getpid(); }
int rank() {
  if (!current_window.open())
    throw UsageError("no session is running; call cohort::run, or make a cohort::Session first");
  return current_window.rank;
}
void exit(int code) { throw ExitRequest{code}; }
bool stop_requested() {
  return task_was_terminated() || with_heap([](const auto& heap) {
           if (heap.load(header_field(COHORT_FIELD(WindowHeader, stopping))) != 0) return true;
           const Address record = running_record();
           return record && heap.load(body_field(heap, record, COHORT_FIELD(RecordBody, stop))) != 0;
         });
}

}  // namespace this_process
}  // namespace cohort
