// SPDX-License-Identifier: BSL-1.0
#include "cohort/session.hpp"

#include <exception>

#include "cohort/error.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/session/runtime.hpp"
#include "cohort/watch/log.hpp"
#include "cohort/window/cores.hpp"

namespace cohort {

Session::Session(int& argc, char**& argv, Options options)
    : runtime_(std::make_unique<Runtime>(argc, argv, std::move(options))) {}

Session::~Session() {
  if (std::uncaught_exceptions() > 0) {
    log_error("an exception left the Session's scope, and other ranks may wait in join; the job ends");
    Launch::abort(1);
  }
  runtime_->join();
}

int Session::rank() const { return runtime_->launch().rank(); }
int Session::size() const { return runtime_->launch().size(); }
bool Session::is_manager() const { return rank() == 0; }
Manager& Session::manager() { return cohort::manager(); }
void Session::join() { runtime_->join(); }

Manager& manager() {
  if (Runtime::current() == nullptr)
    throw UsageError("no session is running; call cohort::run, or make a cohort::Session first");
  static Manager the_manager;  // it has no state: all of it is in the window
  return the_manager;
}

int cpu_count() {
  if (Runtime::current() != nullptr) return Runtime::current()->launch().cores();
  return std::min(cores_of(affinity_mask()), cgroup_cores());
}

namespace {

// The body's code; 1, and a line on stderr, where it throws.
int call_body(const std::function<int(Manager&)>& body, Runtime& runtime) {
  int code = 0;
  try {
    code = body(manager());
  } catch (const ExitRequest& exit) {
    code = exit.code;
  } catch (...) {
    log_error(describe_exception().line());
    constexpr std::chrono::seconds kGrace(2);
    if (!runtime.stop_all(kGrace)) {
      log_error("Processes that do not look at this_process::stop_requested() still run; the job ends");
      Launch::abort(1);
    }
    return 1;
  }
  return code < 0 || code > 255 ? 1 : code;
}

}  // namespace

int detail::run(int& argc, char**& argv, const std::function<int(Manager&)>& body, Options options) {
  try {
    Runtime runtime(argc, argv, std::move(options));
    if (runtime.launch().rank() == 0) runtime.set_exit_code(call_body(body, runtime));
    runtime.join();
    return runtime.exit_code();
  } catch (const LaunchError&) {
    return 1;  // rank 0 has said why
  }
}

}  // namespace cohort
