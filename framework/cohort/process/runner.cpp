// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/runner.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "cohort/codec.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/type_name.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/pool_worker.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/watch/log.hpp"
#include "cohort/watch/trace.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

thread_local Address running;
thread_local int unwinding_outside = 0;

Word now_ns() { return monotonic_ns(std::chrono::steady_clock::now()); }

Word body_word(Address record, std::size_t offset) {
  return with_heap([=](const auto& heap) { return heap.load(body_field(heap, record, offset)); });
}
void set_body_word(Address record, std::size_t offset, Word value) {
  with_heap([=](const auto& heap) { heap.store(body_field(heap, record, offset), value); });
}

std::vector<std::byte> blob_content(Address blob) {
  return with_heap([blob](const auto& heap) {
    const Word head = heap.load(blob);
    std::vector<std::byte> bytes(blob_bytes(head));
    heap.access().read(blob_data(blob, head), bytes.data(), bytes.size());
    return bytes;
  });
}

// Decodes the arguments and calls the target: that is what the trampoline does.
void call_target(Address record) {
  const auto arguments = blob_content(Address(body_word(record, COHORT_FIELD(RecordBody, arguments))));
  const void* place = Modules::place(body_word(record, COHORT_FIELD(RecordBody, trampoline)));
  reinterpret_cast<void (*)(std::span<const std::byte>)>(const_cast<void*>(place))(arguments);
}

// A child that has reached its memory_limit: there is room again, to say so.
void tell_of_limit(Address record, ExceptionText& text) {
  const Word limit = body_word(record, COHORT_FIELD(RecordBody, memory_limit));
  if (limit == 0 || text.type != "std::bad_alloc") return;
  ::rlimit data = {};
  ::getrlimit(RLIMIT_DATA, &data);
  data.rlim_cur = data.rlim_max;
  ::setrlimit(RLIMIT_DATA, &data);
  text.message = "out of memory: the Process has a memory_limit of " + format_bytes(limit);
}

int run_target(Address record) noexcept {
  try {
    call_target(record);
    return 0;
  } catch (const ExitRequest& exit) {
    return exit.code;
  } catch (...) {
    ExceptionText text = describe_exception();
    tell_of_limit(record, text);
    log_error("Process '" + record_name(record) + "' failed: " + text.line());
    keep_error(record, text);
    return 1;
  }
}

}  // namespace

void keep_error(Address record, const ExceptionText& text) noexcept {
  try {
    Encoder encoder;
    encode(encoder, text.type);
    encode(encoder, text.message);
    with_heap([&]<class A>(const Heap<A>& heap) {
      Operation<A> operation(heap);
      const Address blob = make_blob(operation, heap, encoder.encoded());
      operation
          .keep();  // first: a death in between loses the blob, the other way it would be given back twice
      heap.store(body_field(heap, record, COHORT_FIELD(RecordBody, error)), blob.bits());
    });
  } catch (const std::exception&) {
    // No room for a blob: what fits into the record stays.
    std::array<char, sizeof(RecordBody::short_error)> text_bytes = {};
    const std::string both = text.type.substr(0, 60) + '\n' + text.message;
    both.copy(text_bytes.data(), text_bytes.size() - 1);
    with_heap([&](const auto& heap) {
      heap.access().write(body_field(heap, record, COHORT_FIELD(RecordBody, short_error)), text_bytes.data(),
                          text_bytes.size());
    });
  }
}

namespace {

// The name of the function that begins exactly at `place`, without namespaces, arguments and template
// arguments; empty where the program does not export it.
std::string function_name(const void* place) {
  Dl_info info = {};
  if (::dladdr(place, &info) == 0 || info.dli_saddr != place || info.dli_sname == nullptr) return "";
  // "std::vector<int> ours::make<int>(int)": first everything in brackets goes, then what is before the name.
  std::string name;
  int depth = 0;
  for (const char c : demangled(info.dli_sname)) {
    if (c == '[' || (c == '(' && depth == 0 && !name.empty())) break;
    if (c == '<' || c == '(') ++depth;
    if (depth == 0) name += c;
    if (c == '>' || c == ')') --depth;
  }
  if (const auto space = name.rfind(' '); space != name.npos) name.erase(0, space + 1);
  if (const auto colons = name.rfind("::"); colons != name.npos) name.erase(0, colons + 2);
  return name;
}

}  // namespace

ExceptionText describe_exception() {
  std::string type = "unknown exception";
  if (const std::type_info* info = abi::__cxa_current_exception_type()) type = demangled(info->name());
  try {
    throw;
  } catch (const std::exception& error) {
    return {type, error.what()};
  } catch (...) {
    return {type, ""};
  }
}

std::string record_name(Address record) {
  if (const Address name(body_word(record, COHORT_FIELD(RecordBody, name))); name) {
    const auto text = blob_content(name);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }
  const Word id = with_heap(
      [record](const auto& heap) { return heap.load(record_field(record, COHORT_FIELD(RecordLine, id))); });
  const Token function = body_word(record, COHORT_FIELD(RecordBody, function));
  std::string name;
  try {
    if (function != 0) name = function_name(Modules::place(function));
  } catch (const UsageError&) {
    name.clear();  // of a library that is not loaded here
  }
  return (name.empty() ? "Process" : name) + "-" + std::to_string(id);
}

std::optional<ExceptionText> record_error(Address record) {
  if (const Address blob(body_word(record, COHORT_FIELD(RecordBody, error))); blob) {
    const auto bytes = blob_content(blob);
    Decoder decoder(bytes);
    auto type = decode<std::string>(decoder);
    return ExceptionText{std::move(type), decode<std::string>(decoder)};
  }
  std::array<char, sizeof(RecordBody::short_error)> text = {};
  with_heap([&](const auto& heap) {
    heap.access().read(body_field(heap, record, COHORT_FIELD(RecordBody, short_error)), text.data(),
                       text.size());
  });
  const std::string both = text.data();
  if (both.empty()) return std::nullopt;
  const auto line = both.find('\n');
  return ExceptionText{both.substr(0, line), both.substr(line + 1)};
}

Address running_record() noexcept { return running; }

std::uint64_t running_id() noexcept {
  if (!running) return 0;
  return with_heap(
      [](const auto& heap) { return heap.load(record_field(running, COHORT_FIELD(RecordLine, id))); });
}

std::string running_name() {
  return running ? record_name(running) : "rank " + std::to_string(current_window.rank);
}

bool unwinding_here() noexcept { return std::uncaught_exceptions() > unwinding_outside; }

UnwindsAnew::UnwindsAnew() noexcept : outer_(std::exchange(unwinding_outside, std::uncaught_exceptions())) {}
UnwindsAnew::~UnwindsAnew() { unwinding_outside = outer_; }

namespace {

void show_running(Address which) {
  with_heap(
      [which](const auto& heap) { heap.store(heap.own(COHORT_FIELD(ActorSlot, process)), which.bits()); });
}

}  // namespace

int run_here(Address record) noexcept {
  running = record;
  show_running(record);
  return run_target(record);
}

void run_record(Address record) noexcept {
  const Address outer =
      std::exchange(running, record);  // a joiner may run its target in the middle of itself
  std::optional<UnwindsAnew> unwinding(std::in_place);
  const CallSite joiner = detail::wait_site;
  const WaitSite none({});
  const Doing doing(Activity::task);
  std::optional<ChildRun> child;
  if (body_word(record, COHORT_FIELD(RecordBody, isolation)) != 0) {
    child.emplace(record, joiner);
  } else {
    show_running(record);
    set_body_word(record, COHORT_FIELD(RecordBody, pid), current_window.pid);
  }
  const Word started = now_ns();
  set_body_word(record, COHORT_FIELD(RecordBody, started), started);
  set_body_word(record, COHORT_FIELD(RecordBody, rank), static_cast<Word>(current_window.rank) + 1);
  if (log_shows(LogLevel::debug)) log_debug("Process '" + record_name(record) + "' begins");

  const int exitcode = child ? child->run() : run_target(record);

  const Word ended = now_ns();
  set_body_word(record, COHORT_FIELD(RecordBody, ended), ended);
  if (log_shows(LogLevel::debug))
    log_debug("Process '" + record_name(record) + "' ends with " + std::to_string(exitcode));
  if (report_on && !is_pool_worker(record)) count_tasks(1);
  if (trace_on()) trace_process(record_name(record), started, ended, exitcode);
  running = outer;
  unwinding.reset();
  if (!child) show_running(outer);
  with_heap([&]<class A>(const Heap<A>& heap) {
    // Whoever has ended it knows, and need not look; and of a daemon nobody asks how it ended.
    if (child && (child->was_asked() || Scheduler<A>(heap).is_daemon(record))) {
      heap.store(body_field(heap, record, COHORT_FIELD(RecordBody, seen)), 1);
    } else if (exitcode != 0) {
      heap.access().fetch_add(header_field(COHORT_FIELD(WindowHeader, unseen_failures)), 1);
    }
    Scheduler<A>(heap).finish(record, exitcode);
  });
}

}  // namespace cohort
