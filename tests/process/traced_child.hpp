// SPDX-License-Identifier: BSL-1.0
#pragma once

// A child whose operation on a shared object is traced, instruction by instruction, by a thread of rank 0.

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <sstream>

#include "cohort/heap/current.hpp"
#include "process/process_support.hpp"

namespace cohort::test {

#if defined(__x86_64__)
inline constexpr bool kCanStep = true;
inline void breakpoint() { asm volatile("int3"); }
inline std::uintptr_t instruction(pid_t pid) {
  return static_cast<std::uintptr_t>(
      ::ptrace(PTRACE_PEEKUSER, pid, offsetof(::user_regs_struct, rip), nullptr));
}
inline void set_instruction(pid_t pid, std::uintptr_t at) {
  ::ptrace(PTRACE_POKEUSER, pid, offsetof(::user_regs_struct, rip), at);
}
#else  // (where atomics are loops of load-exclusive and store-exclusive, a step between them makes them endless)
inline constexpr bool kCanStep = false;
inline void breakpoint() {}
inline std::uintptr_t instruction(pid_t) { return 0; }
inline void set_instruction(pid_t, std::uintptr_t) {}
#endif

/// Where the steps end. Each rank has its own address of it, and its children have the same.
[[gnu::noinline]] inline void end_of_operation() { breakpoint(); }

/// An instruction, and how often it is reached until then.
struct Place {
  std::uintptr_t instruction;
  std::size_t visits;
};

/// A process that this thread traces.
class Traced {
 public:
  /// `end`: where its steps end.
  Traced(pid_t pid, std::uintptr_t end) : pid_(pid), end_(end) {
    seized_ = kCanStep && ::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_EXITKILL) == 0;
  }
  bool seized() const { return seized_; }

  std::uintptr_t at() const { return instruction(pid_); }
  bool at_end() const { return at() == end_; }
  /// "end_of_operation-0x14f0", for addr2line.
  std::string text(std::uintptr_t at) const {
    std::ostringstream text;
    text << "end_of_operation" << (at < end_ ? "-0x" : "+0x") << std::hex
         << (at < end_ ? end_ - at : at - end_);
    return text.str();
  }

  void wait_for_breakpoint() const { wait_for_trap(); }
  void step() const { resume(PTRACE_SINGLESTEP); }
  /// At full speed. False: it came to the end first.
  bool run_to(const Place& place) const {
    if (place.instruction == at() && place.visits == 1) return true;
    const long there = peek(place.instruction);
    const long broken = (there & ~0xffL) | 0xcc;  // int3
    std::size_t visits = 0;
    if (place.instruction == at()) ++visits, step();
    for (;;) {
      poke(place.instruction, broken);
      resume(PTRACE_CONT);
      if (at() != place.instruction + 1) return false;
      if (++visits == place.visits) return true;
      poke(place.instruction, there);
      set_instruction(pid_, place.instruction);
      step();
    }
  }
  void run_to_end() const { resume(PTRACE_CONT); }
  /// Once it is killed. Its parent is told only then.
  void wait_for_death() const {
    if (seized_) ::waitpid(pid_, nullptr, __WALL);
  }

 private:
  void resume(__ptrace_request how) const {
    if (::ptrace(how, pid_, nullptr, nullptr) != 0) fail("ptrace");
    wait_for_trap();
  }
  void wait_for_trap() const {
    int status = 0;
    if (::waitpid(pid_, &status, __WALL) != pid_) fail("waitpid");
    if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) return;
    throw std::runtime_error("the child that is traced has status " + std::to_string(status));
  }
  long peek(std::uintptr_t at) const {
    errno = 0;
    const long word = ::ptrace(PTRACE_PEEKTEXT, pid_, at, nullptr);
    if (errno != 0) fail("PTRACE_PEEKTEXT");
    return word;
  }
  void poke(std::uintptr_t at, long word) const {
    if (::ptrace(PTRACE_POKETEXT, pid_, at, word) != 0) fail("PTRACE_POKETEXT");
  }
  [[noreturn]] static void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  }

  pid_t pid_;
  std::uintptr_t end_;
  bool seized_ = false;
};

/// The part of the window that is in use, to see which instruction changed it.
class WindowView {
 public:
  /// False the first time and where anything differs from the last time.
  bool is_same() {
    bool same = true;
    std::size_t at = 0;
    for (const auto& [from, bytes] : parts()) {
      const std::byte* now = current_window.base + from;
      if (seen_.size() < at + bytes) seen_.resize(at + bytes);
      if (std::memcmp(seen_.data() + at, now, bytes) != 0) {
        same = false;
        std::memcpy(seen_.data() + at, now, bytes);
      }
      at += bytes;
    }
    return same;
  }
  std::size_t bytes() const { return seen_.size(); }

 private:
  static std::array<std::pair<std::size_t, std::size_t>, 4> parts() {
    return with_heap([](const auto& heap) {
      const auto field = [&](std::size_t offset) { return heap.load(header_field(offset)); };
      const Word pages = field(COHORT_FIELD(WindowHeader, pages_top));
      return std::array<std::pair<std::size_t, std::size_t>, 4>{
          {{0, kActorsOffset + field(COHORT_FIELD(WindowHeader, actors_high)) * sizeof(ActorSlot)},
           {kMembersOffset, field(COHORT_FIELD(WindowHeader, members_high)) * sizeof(MemberSlot)},
           {kPageTableOffset, pages * sizeof(PageEntry)},
           {field(COHORT_FIELD(WindowHeader, first_page)), pages * kPageBytes}}};
    });
  }
  std::vector<std::byte> seen_;
};

/// What an operation does when nobody disturbs it.
struct Course {
  std::vector<std::uintptr_t> steps;  // its instructions, in order, and where it ends
  std::vector<std::size_t> changes;   // shared memory differs after so many
  Place place(std::size_t step) const {
    const auto until = steps.begin() + static_cast<std::ptrdiff_t>(step) + 1;
    return {steps[step], static_cast<std::size_t>(std::count(steps.begin(), until, steps[step]))};
  }
};

/// Steps the victim to its end.
inline Course measure(const Traced& traced) {
  Course course;
  WindowView view;
  view.is_same();
  for (; !traced.at_end(); traced.step()) {
    if (!course.steps.empty() && !view.is_same()) course.changes.push_back(course.steps.size());
    course.steps.push_back(traced.at());
  }
  if (!view.is_same()) course.changes.push_back(course.steps.size());
  course.steps.push_back(traced.at());
  return course;
}

/// Prepare makes what Act needs, before the steps begin; Act is stepped.
template <class Object, class Prepare, class Act>
void act_when_told(Object object, Value<std::uintptr_t> ready, Value<int> go) {
  auto prepared = Prepare{}(object);
  ready.set(reinterpret_cast<std::uintptr_t>(&end_of_operation));
  go.wait(0);
  breakpoint();
  Act{}(object, prepared);
  end_of_operation();
}

/// A child that is to die in an operation on the object.
class Victim {
 public:
  template <class Object, class Prepare, class Act>
  Victim(const Object& object, Prepare /*unused*/, Act /*unused*/)
      : ready_(shared().value<std::uintptr_t>()),
        go_(shared().value<int>()),
        process_(ProcessOptions{.name = "victim", .isolation = Isolation::child},
                 act_when_told<Object, Prepare, Act>, object, ready_, go_) {
    process_.start();
    busy_until([this] { return ready_.get() != 0; });  // this rank takes no work meanwhile
    traced_.emplace(*process_.pid(), ready_.get());
  }
  ~Victim() {
    try {
      if (!killed_) kill();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// Whose child it is: all children of one rank have their code at the same place.
  int rank() const { return *process_.rank(); }
  void begin() const {
    go_.set(1);
    traced_->wait_for_breakpoint();
  }
  const Traced& traced() const { return *traced_; }
  pid_t kill() {
    killed_ = true;
    process_.kill();
    traced_->wait_for_death();
    process_.join();
    EXPECT_EQ(process_.exitcode(), -9);
    return *process_.pid();
  }

 private:
  Value<std::uintptr_t> ready_;
  Value<int> go_;
  Process process_;
  std::optional<Traced> traced_;
  bool killed_ = false;
};

}  // namespace cohort::test
