// SPDX-License-Identifier: BSL-1.0
// What the tests of Processes have in common: ways to run one, Processes that run until they are let go, and
// texts of exceptions.
#pragma once

#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/support.hpp"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define COHORT_TEST_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define COHORT_TEST_INSTRUMENTED 1
#endif
#endif

namespace cohort::test {

using namespace std::chrono_literals;
using Log = cohort::List<std::string>;

inline Manager& shared() { return session().manager(); }

/// So many repetitions; fewer over MPI calls and with more ranks, and in instrumented programs.
inline int rounds(int count) {
  const char* window = std::getenv("COHORT_WINDOW");
  if (window != nullptr && std::string_view(window) == "rma") count /= 4;
  if (ranks() > 2) count /= 2;
#ifdef COHORT_TEST_INSTRUMENTED
  count /= 4;
#endif
  return count < 5 ? 5 : count;
}

/// The RemoteError that `act` throws; without one the test fails.
template <class Act>
std::optional<RemoteError> remote_error(Act act) {
  try {
    act();
  } catch (const RemoteError& error) {
    return error;
  }
  ADD_FAILURE() << "no RemoteError";
  return std::nullopt;
}

/// Looks at a condition without giving the core away: the rank takes no other work meanwhile. Throws
/// where it never comes true, so that a broken scheduler fails one test instead of the whole job.
template <class Condition>
void busy_until(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("waited for 60 s in vain");
    std::this_thread::yield();
  }
}

/// Blocks until the value is at least `wanted`; others run meanwhile.
template <class T>
void wait_for(const Value<T>& value, T wanted) {
  for (T seen = value.get(); seen < wanted; seen = value.get()) value.wait(seen);
}

/// Runs it to its end: on another rank where there is one, as this one is busy all the time; else on
/// another thread.
inline void run_elsewhere(Process& process) {
  process.start();
  if (ranks() > 1) busy_until([&] { return !process.is_alive(); });
  EXPECT_TRUE(process.join(1h));
}

/// The text of the UsageError that `act` throws; "" where it throws none.
template <class Act>
std::string usage_error(Act&& act) {
  try {
    std::forward<Act>(act)();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// A Process that says when it runs, and then waits until it is let go.
inline void run_until_let_go(Value<int> running, Value<int> let_go) {
  ++running;
  let_go.wait(0);
}

class Held {
 public:
  template <class... Options>
  explicit Held(const Options&... options)
      : running_(shared().value<int>()),
        let_go_(shared().value<int>()),
        process_(options..., run_until_let_go, running_, let_go_) {}

  Process& operator*() { return process_; }
  Process* operator->() { return &process_; }

  /// It runs when this returns.
  void start() {
    process_.start();
    running_.wait(0);
  }
  void let_go() { let_go_.set(1); }
  void finish() {
    let_go();
    process_.join();
  }

 private:
  Value<int> running_;
  Value<int> let_go_;
  Process process_;
};

}  // namespace cohort::test
