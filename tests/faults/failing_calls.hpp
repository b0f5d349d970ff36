// SPDX-License-Identifier: BSL-1.0
#pragma once

// System calls that fail: the linker sends the program's own calls of them (the framework's too, which is a part of it) to
// failing_calls.cpp, which passes them on, or fails them as a test has asked. What libraries call goes past it.
//
// For this process and those that are forked from it, a rank's fork server and children: the plan lies in shared memory.
// Outside of a test, COHORT_TEST_FAILURE=call:which:errno asks for one in rank 0, as fork:1:11 (names stand in the .cpp), or
// thread:2+:11 for the second one and all after it.

#include <cstdint>
#include <string>

namespace cohort::test {

enum class Call : std::uint8_t {
  none,
  futex_wait,
  membarrier,
  populate,  // madvise(MADV_POPULATE_WRITE)
  mmap,
  fork,
  socketpair,
  send,
  recv,
  poll,
  waitpid,
  signalfd,
  eventfd,
  thread,  // the start of a std::thread
  open,
  read,
  write,
  fsync,
  rename,
  count,
};

/// While it lives, the call that is number `at` from now on (1: the next one) fails with `error`; or every one whose number
/// `at` divides; or this one and all after it. One at a time.
class Failing {
 public:
  enum class Which : std::uint8_t { once, each, from };
  Failing(Call call, std::uint64_t at, int error, Which which = Which::once);
  ~Failing();
  Failing(const Failing&) = delete;
  Failing& operator=(const Failing&) = delete;
  /// How many have failed.
  std::uint64_t hits() const;
};

/// While it lives, none fails or counts.
class Spared {
 public:
  Spared();
  ~Spared();
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;

 private:
  Call failing_;
};

}  // namespace cohort::test
