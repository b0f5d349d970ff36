// SPDX-License-Identifier: BSL-1.0
#pragma once

// A child is stepped through one operation, instruction by instruction, and killed after k of them. Then the object is as
// before the operation or as after it, the next operation on it succeeds, and no memory is lost.

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <random>
#include <sstream>

#include "cohort/heap/current.hpp"
#include "cohort/process/scheduler.hpp"
#include "heap/heap_audit.hpp"
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

/// Ends the program where a point is not over in time: what the dead one has left holds somebody up.
class Watchdog {
 public:
  explicit Watchdog(const std::string& what) {
    const std::string text = "over 60 s: " + what + "\n";
    text_.fill('\0');
    text.copy(text_.data(), text_.size() - 1);
    ::signal(SIGALRM, [](int) {
      static_cast<void>(!::write(STDERR_FILENO, text_.data(), std::strlen(text_.data())));
      ::_exit(1);
    });
    ::alarm(60);
  }
  ~Watchdog() { ::alarm(0); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  inline static std::array<char, 300> text_;
};

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
    busy_until(
        [this] { return ready_.get() != 0; });  // so that it is another rank that runs it, always the same
    traced_.emplace(*process_.pid(), ready_.get());
  }
  void begin() const {
    go_.set(1);
    traced_->wait_for_breakpoint();
  }
  const Traced& traced() const { return *traced_; }
  pid_t kill() {
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
};

/// Somebody who changes the object again and again meanwhile, in a rank.
class Contender {
 public:
  template <class Object, class Contend>
  Contender(const Object& object, Contend /*unused*/)
      : rounds_(shared().value<long>()),
        stop_(shared().value<int>()),
        process_(contend_until<Object, Contend>, object, rounds_, stop_) {
    process_.start();
    wait_for_rounds();
  }
  /// Nothing holds it up.
  void wait_for_rounds() const {
    const long seen = rounds_.get();
    busy_until([&] { return rounds_.get() > seen + 2 || !process_.is_alive(); });
  }
  void stop() {
    stop_.set(1);
    process_.join();
    EXPECT_EQ(process_.exitcode(), 0);
  }

 private:
  template <class Object, class Contend>
  static void contend_until(Object object, Value<long> rounds, Value<int> stop) {
    for (; stop.get() == 0; ++rounds) Contend{}(object);
  }
  Value<long> rounds_;
  Value<int> stop_;
  Process process_;
};

/// Until nothing runs.
inline void settle() {
  busy_until([] {
    return with_heap([]<class A>(const Heap<A>& heap) { return !Scheduler<A>(heap).any_active(); });
  });
}
/// And until nothing of the dead one is known any more.
inline void settle(pid_t dead) {
  settle();
  busy_until([dead] {
    return with_heap([dead](const auto& heap) {
      const Word members = heap.load(header_field(COHORT_FIELD(WindowHeader, members_high)));
      for (std::uint32_t m = 1; m < members; ++m)
        if (heap.load(member_field(m, COHORT_FIELD(MemberSlot, pid))) == static_cast<Word>(dead))
          return false;
      return true;
    });
  });
}

/// All blocks that are held, but for where they are; and what is wrong with the heap.
struct HeldBlocks {
  std::map<std::size_t, int> counts;  // by their size
  std::string problems;
  bool operator==(const HeldBlocks&) const = default;
  std::string text() const {
    std::string text = problems;
    for (const auto& [bytes, count] : counts)
      text += std::to_string(count) + " of " + std::to_string(bytes) + " bytes, ";
    return text;
  }
};
inline HeldBlocks held_blocks() {
  const Audit audit = with_heap([](const auto& heap) { return audit_heap(heap); });
  HeldBlocks held;
  for (const auto& [block, bytes] : audit.live) ++held.counts[bytes];
  held.problems = audit.text();
  return held;
}

/// COHORT_TEST_KILL_POINTS=all.
inline bool all_points() {
  const char* asked = std::getenv("COHORT_TEST_KILL_POINTS");
  return asked != nullptr && std::string_view(asked) == "all";
}

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

/// After how many steps to kill: where all are asked for, after each, and of long operations after each change and between
/// them (what lies between two changes leaves the same behind); else after a choice of changes.
class Points {
 public:
  explicit Points(const Course& course) {
    constexpr std::size_t kFew = 20;
    constexpr std::size_t kMany = 1500;
    const auto& changes = course.changes;
    const std::size_t steps = course.steps.size() - 1;
    steps_.push_back(0);
    if (all_points()) {
      for (std::size_t k = 1; k <= steps; k += 1 + steps / kMany) steps_.push_back(k);
      steps_.insert(steps_.end(), changes.begin(), changes.end());
    } else {
      static std::minstd_rand random(static_cast<unsigned>(seed()));
      std::ranges::sample(changes, std::back_inserter(steps_), kFew, random);
    }
    std::ranges::sort(steps_);
    steps_.erase(std::ranges::unique(steps_).begin(), steps_.end());
  }
  std::size_t count() const { return steps_.size(); }
  std::size_t step(std::size_t i) const { return steps_[i]; }

 private:
  std::vector<std::size_t> steps_;
};

inline constexpr auto kNothing = [](const auto& /*object*/) { return 0; };
inline constexpr auto kNobody = [](const auto& /*object*/) {};

/// One operation in one state. All of these capture nothing but make():
///   make()                  an object in that state
///   prepare(object)         what act() needs beside it
///   act(object, prepared)   the operation
///   look(object)            all that can be seen of it, as text
///   next(object)            another operation on it
///   contend(object)         leaves it as it was
template <class Make, class Act, class Look, class Next, class Prepare = decltype(kNothing),
          class Contend = decltype(kNobody)>
class KillPoints {
 public:
  KillPoints(std::string name, Make make, Act act, Look look, Next next, Prepare prepare = {}, Contend = {})
      : name_(std::move(name)), make_(make), act_(act), look_(look), next_(next), prepare_(prepare) {
    before_ = state_of(make_());
    const Object object = make_();
    {
      auto prepared = prepare_(object);
      act_(object, prepared);
    }
    after_ = state_of(object);
  }

  /// A death may leave an object with a count too high.
  KillPoints& may_leave_counts() {
    counts_may_be_left_ = true;
    return *this;
  }

  void run() {
    // The first time, memory is prepared that is there later.
    const auto run_to_end = [](const Traced& traced) { traced.run_to_end(); };
    if (!die(name_ + ", at its end", false, run_to_end)) GTEST_SKIP() << "ptrace is not permitted here";
    measure_it();
    held_ = held_blocks();
    Points points(course_);
    for (std::size_t i = 0; i < points.count() && failures_ < 3;) {
      if (kill_after(points.step(i))) {
        ++reached_;
        ++i;
      } else {  // it goes other ways by now
        ++missed_;
        if (kContended || missed_ % 6 == 0) ++i;
        if (kContended || missed_ % 2 != 0) continue;
        measure_it();
        points = Points(course_);
      }
    }
    std::printf("%s: %zu instructions, %zu changes; killed at %zu places, missed %zu\n", name_.c_str(),
                course_.steps.size() - 1, course_.changes.size(), reached_, missed_);
    if (left_behind_ != 0) std::printf("  objects left behind at %zu places\n", left_behind_);
  }

 private:
  using Object = std::invoke_result_t<Make>;
  static constexpr bool kContended = !std::is_same_v<Contend, decltype(kNobody)>;
  struct State {
    std::string now;
    std::string then;  // after next()
    bool operator==(const State&) const = default;
  };

  State state_of(const Object& object) const {
    State state;
    state.now = look_(object);
    next_(object);
    state.then = look_(object);
    return state;
  }

  void measure_it() {
    die(name_ + ", to be measured", false, [this](const Traced& traced) { course_ = measure(traced); });
  }
  // False: it did not come there.
  bool kill_after(std::size_t step) {
    bool is_there = false;
    std::string where = name_ + ", killed after " + std::to_string(step) + " of " +
                        std::to_string(course_.steps.size() - 1) + " instructions";
    die(where, kContended, [&](const Traced& traced) {
      where += " at " + traced.text(course_.steps[step]);
      is_there = traced.run_to(course_.place(step));
    });
    HeldBlocks left = held_blocks();
    const auto limit = std::chrono::steady_clock::now() + (counts_may_be_left_ ? 20ms : 5000ms);
    while (left != held_ && std::chrono::steady_clock::now() < limit) left = held_blocks();
    expect(left == held_ || (counts_may_be_left_ && left.problems.empty()),
           where + "\n holds " + left.text() + "\n held  " + held_.text());
    if (left != held_) ++left_behind_;
    held_ = left;
    return is_there;
  }

  // False: it cannot be traced.
  template <class Trace>
  bool die(const std::string& where, bool contended, Trace trace) {
    const Watchdog watchdog(where);
    const Object object = make_();
    Victim victim(object, prepare_, act_);
    if (!victim.traced().seized()) {
      settle(victim.kill());
      return false;
    }
    std::optional<Contender> contender;
    if (contended) contender.emplace(object, Contend{});
    victim.begin();
    trace(victim.traced());
    const pid_t dead = victim.kill();
    if (contender) {
      contender->wait_for_rounds();
      contender->stop();
    }
    const State found = state_of(object);
    expect(found == before_ || found == after_, where + "\n is  " + found.now + ", then " + found.then +
                                                    "\n was " + before_.now + ", then " + before_.then +
                                                    "\n or  " + after_.now + ", then " + after_.then);
    contender.reset();
    settle(dead);
    return true;
  }
  void expect(bool holds, const std::string& what) {
    if (holds) return;
    ++failures_;
    ADD_FAILURE() << what;
  }

  std::string name_;
  Make make_;
  Act act_;
  Look look_;
  Next next_;
  Prepare prepare_;
  State before_;
  State after_;
  Course course_;
  HeldBlocks held_;
  bool counts_may_be_left_ = false;
  std::size_t left_behind_ = 0;
  std::size_t reached_ = 0;
  std::size_t missed_ = 0;
  int failures_ = 0;
};

}  // namespace cohort::test
