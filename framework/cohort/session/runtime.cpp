// SPDX-License-Identifier: BSL-1.0
#include "cohort/session/runtime.hpp"

#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "cohort/containers/destroyers.hpp"
#include "cohort/containers/sequence.hpp"
#include "cohort/heap/actor.hpp"
#include "cohort/heap/census.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/directory.hpp"
#include "cohort/heap/format.hpp"
#include "cohort/heap/reference.hpp"
#include "cohort/heap/type_name.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/pool_core.hpp"
#include "cohort/process/report_table.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/process/servant.hpp"
#include "cohort/watch/log.hpp"
#include "cohort/watch/trace.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {
namespace {

Runtime* the_runtime = nullptr;
bool was_open = false;
pid_t the_pid = 0;

template <class A>
void register_kinds() {
  register_destroyers<A>();
  destroyers<A>[static_cast<std::size_t>(ObjectKind::process)] = destroy_record<A>;
  destroyers<A>[static_cast<std::size_t>(ObjectKind::pool)] = destroy_pool<A>;
  destroyers<A>[static_cast<std::size_t>(ObjectKind::job)] = destroy_job<A>;
}

// The options that this rank's environment asks for, or why they cannot be had.
std::pair<Options, std::string> read_options(const Options& options) {
  try {
    return {options_from_environment(options), ""};
  } catch (const LaunchError& error) {
    return {options, error.what()};
  }
}

// Rank 0 decides for all: where environments differ, the ranks must still do the same at start and end.
std::string encode_options(const Options& options) {
  return std::to_string(options.heap) + " " + std::to_string(static_cast<int>(options.window)) + " " +
         std::to_string(static_cast<int>(options.hang)) + " " +
         std::to_string(static_cast<int>(options.log)) + " " + std::to_string(options.leaks ? 1 : 0) + " " +
         std::to_string(options.report ? 1 : 0) + " " + std::to_string(static_cast<int>(options.isolation)) +
         " " + options.trace;
}
Options decode_options(const std::string& text) {
  std::istringstream in(text);
  Options options;
  int window = 0, hang = 0, log = 0, isolation = 0;
  in >> options.heap >> window >> hang >> log >> options.leaks >> options.report >> isolation;
  in.get();
  std::getline(in, options.trace);
  options.window = static_cast<WindowKind>(window);
  options.hang = static_cast<HangPolicy>(hang);
  options.log = static_cast<LogLevel>(log);
  options.isolation = static_cast<Isolation>(isolation);
  return options;
}

// An exception that nobody catches would leave the other ranks waiting, after pages of stack dump.
[[noreturn]] void end_on_terminate() noexcept {
  if (std::current_exception()) {
    try {
      throw;
    } catch (const LaunchError&) {
      ::_exit(1);  // rank 0 has said it
    } catch (const ExitRequest& exit) {
      log_error("this_process::exit(" + std::to_string(exit.code) +
                ") outside of a Process and of run's body; the job ends");
    } catch (...) {
      log_error(describe_exception().line() + "; nobody caught it, the job ends");
    }
  } else {
    log_error("std::terminate was called; the job ends");
  }
  Launch::abort(1);
}

// std::exit while the session runs: the other ranks, and what runs here, would wait for ever.
void end_on_exit() {
  if (the_runtime == nullptr) return;
  if (::getpid() != the_pid) ::_exit(1);  // a child that the program forked: it has no part in the session
  log_error(
      "std::exit was called while the session runs; return from main instead, or call this_process::exit in "
      "a "
      "Process; the job ends");
  std::fflush(nullptr);
  Launch::abort(1);
}

}  // namespace

Runtime* Runtime::current() noexcept { return the_runtime; }

Runtime::Runtime(int& argc, char**& argv, Options options) {
  if (was_open)
    throw UsageError("a program has one cohort::Session (or run) in its life; this is the second");
  was_open = true;
  std::set_terminate(end_on_terminate);
  launch_ = std::make_unique<Launch>(argc, argv);
  auto [chosen, problem] = read_options(options);
  launch_->agree(problem);
  options_ = decode_options(launch_->broadcast(encode_options(chosen)));
  Modules::agree(*launch_);
  the_pid = ::getpid();
  the_runtime = this;
  try {
    open(options_);
  } catch (...) {
    the_runtime = nullptr;
    throw;
  }
  static const bool registered = std::atexit(end_on_exit) == 0;
  static_cast<void>(registered);
}

void Runtime::open(const Options& options) {
  const int rank = launch_->rank();
  set_log(options.log, rank);
  set_trace(!options.trace.empty(), rank);
  detail::spin = launch_->size() <= launch_->cores() ? detail::Spin::long_enough : detail::Spin::briefly;
  window_.emplace(*launch_, options.window, options.heap);
  launch_->agree(
      options.isolation == Isolation::child && !window_->shared()
          ? "COHORT_ISOLATION=child (Options::isolation) needs the shared window, on one node: over rma a "
            "Process reaches shared objects by MPI, which a child has not"
          : "");
  register_kinds<SharedAccess>();
  register_kinds<RmaAccess>();
  const auto with_access = [this](auto work) {
    return window_->shared() ? work(SharedAccess(window_->base())) : work(RmaAccess());
  };
  std::string problem;
  if (rank == 0 &&
      !with_access([&](auto access) { return format_window(access, window_->size(), launch_->size()); })) {
    problem = "rank 0 has no memory for the window's first pages; make /dev/shm larger";
  }
  launch_->agree(problem);
  const auto pid = static_cast<Word>(the_pid);
  const auto member = with_access([&](auto access) { return claim_member(access, pid, rank); });
  launch_->agree(
      member ? "" : "too many ranks: at most " + std::to_string(kMaxMembers - 1) + " can share a window");
  current_window = {window_->shared() ? WindowState::shared : WindowState::rma,
                    window_->base(),
                    rank,
                    launch_->cores(),
                    *member,
                    pid};
  if (window_->shared()) {  // before there are threads; its children see what is set up until here
    children_by_default = options.isolation == Isolation::child;
    fork_server_.emplace();
    fork_server = &*fork_server_;
  }
  this_actor();  // this thread's slot, while there surely is memory for it
  server_.emplace();
  // Across nodes nobody can count the threads of all ranks.
  watcher_.emplace(launch_->one_node() ? options.hang : HangPolicy::off,
                   fork_server_ ? fork_server_->socket() : -1);
  if (const auto threads = launch_->mpi_threads(); threads && watcher_->runs()) {
    with_heap([&](const auto& heap) {
      heap.store(member_field(*member, COHORT_FIELD(MemberSlot, quiet)), static_cast<Word>(*threads) + 2);
    });
  }
  if (rank == 0) {
    log_info(std::to_string(launch_->size()) + " ranks, " + std::to_string(launch_->cores()) +
             " cores, heap " + format_bytes(window_->size()) +
             (window_->shared() ? ", window shared" : ", window rma"));
  }
  launch_->barrier();
  if (options.report) begin_report();
}

void Runtime::join() {
  refuse_in_child("session.join()");
  if (running_record())
    throw UsageError("session.join() was called inside a Process; it is for the ranks' mains");
  server_->join();
}

// Once all ranks are here. Daemons make none, so that all agree whether there has been one.
void Runtime::end_daemons() {
  const bool any = with_heap([this]<class A>(const Heap<A>& heap) {
    if (heap.load(header_field(COHORT_FIELD(WindowHeader, daemons_known))) == 0) return false;
    if (launch_->rank() != 0) return true;
    const Scheduler<A> scheduler(heap);
    scheduler.expect_daemons();
    scheduler.each_active([](Address record) { signal_child(record, SIGKILL); });
    scheduler.ring(INT_MAX);  // for mains that have daemons left, which no thread was there for
    return true;
  });
  if (any) server_->join();
}

Runtime::~Runtime() {
  end_daemons();
  watcher_.reset();
  end_servants();
  server_.reset();
  fork_server = nullptr;
  fork_server_.reset();
  const RankReport report = report_on ? end_report() : RankReport();
  // Nobody starts anything any more; MPI's barrier spins, but everybody is here already.
  launch_->barrier();
  if (launch_->rank() == 0) {
    // Names go first: what only they hold, and what that holds, is no leak.
    std::map<Address, std::string> names;
    with_heap([&names]<class A>(const Heap<A>& heap) {
      Directory<A>(heap).each(
          [&names](ObjectId object, const std::string& name) { names[object.address] = name; });
      Directory<A>(heap).clear();
    });
    if (options_.leaks) list_leaks(names);
  }
  if (trace_on()) {
    const auto events = launch_->gather(trace_events());
    const std::string problem = launch_->rank() == 0 ? write_trace(options_.trace, events) : "";
    if (!problem.empty()) log_error(problem);
  }
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  if (options_.report) print_report(report);
  the_runtime = nullptr;
  current_window.state = WindowState::closed;
  detail::this_actor = 0;
  forget_references();
  launch_->barrier();
  window_.reset();
  launch_.reset();
  std::set_terminate(nullptr);
}

void Runtime::print_report(const RankReport& mine) const {
  const auto texts = launch_->gather(mine.encode());
  if (launch_->rank() != 0) return;
  std::vector<RankReport> ranks;
  for (const auto& text : texts) ranks.push_back(RankReport::decode(text));
  const std::string table = report_table(ranks);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, table.data(), table.size());
}

void Runtime::list_leaks(const std::map<Address, std::string>& names) const {
  with_heap([&names](const auto& heap) {
    each_object(heap, [&heap, &names](Address object, Word count) {
      const auto name = names.find(object);
      const Word kind = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, kind)));
      const Word creator = heap.load(object_field(object, COHORT_FIELD(ObjectHeader, creator)));
      std::string text = "left at the end: ";
      if (kind_of(kind) == ObjectKind::process) {
        text += "Process '" + record_name(object) + "'";
      } else {
        text += demangled(type_name_of(heap, object).c_str());
        if (kind_of(kind) == ObjectKind::list) {
          text += " of " + std::to_string(sequence::size_of(heap.load(own_field(object, 0)))) + " elements";
        }
      }
      if (name != names.end()) text += " '" + name->second + "'";
      text += creator == 0 ? ", made outside of a Process" : ", made by Process " + std::to_string(creator);
      log_error(text + ", held " + std::to_string(count) + (count == 1 ? " time" : " times"));
    });
  });
}

bool Runtime::stop_all(std::chrono::milliseconds grace) {
  return with_heap([grace]<class A>(const Heap<A>& heap) {
    heap.store(header_field(COHORT_FIELD(WindowHeader, stopping)), 1);
    const Scheduler<A> scheduler(heap);
    while (const Address record = scheduler.take()) scheduler.finish(record, 1);
    const auto until = std::chrono::steady_clock::now() + grace;
    while (scheduler.any_active()) {
      if (std::chrono::steady_clock::now() > until) return false;
      while (const Address record = scheduler.take()) scheduler.finish(record, 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  });
}

void Runtime::set_exit_code(int code) {
  with_heap([code](const auto& heap) {
    heap.store(header_field(COHORT_FIELD(WindowHeader, exit_code)), static_cast<Word>(code));
  });
}

int Runtime::exit_code() const {
  return with_heap([](const auto& heap) {
    const auto code = static_cast<int>(heap.load(header_field(COHORT_FIELD(WindowHeader, exit_code))));
    if (code != 0) return code;
    return heap.load(header_field(COHORT_FIELD(WindowHeader, unseen_failures))) != 0 ? 1 : 0;
  });
}

}  // namespace cohort
