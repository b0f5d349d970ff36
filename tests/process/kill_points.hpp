// SPDX-License-Identifier: BSL-1.0
#pragma once

// A child is killed after k instructions of one operation. Then the object is as before the operation or as after it, the
// next operation on it succeeds, and no memory is lost.

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>

#include "cohort/process/scheduler.hpp"
#include "heap/heap_audit.hpp"
#include "process/traced_child.hpp"

namespace cohort::test {

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
  /// Not less is: whoever ran the one before may not have dropped it yet when that was looked at.
  bool is_within(const HeldBlocks& before) const {
    return problems.empty() && std::ranges::all_of(counts, [&before](const auto& held) {
             const auto found = before.counts.find(held.first);
             return found != before.counts.end() && held.second <= found->second;
           });
  }
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

/// After how many steps to kill: where all are asked for, after each, and of long operations after each change and between
/// them (what lies between two changes leaves the same behind); else after a choice of changes, and where others are at work
/// after some more.
class Points {
 public:
  Points(const Course& course, bool contended) {
    constexpr std::size_t kFew = 12;
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
      while (contended && steps_.size() < kFew) steps_.push_back(random() % steps);
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
    Points points(course_, kContended);
    for (std::size_t i = 0; i < points.count() && failures_ < 3;) {
      if (kill_after(points.step(i))) {
        ++reached_;
        ++i;
      } else {  // it goes other ways by now
        ++missed_;
        if (kContended || missed_ % 6 == 0) ++i;
        if (kContended || missed_ % 2 != 0) continue;
        measure_it();
        points = Points(course_, kContended);
      }
    }
    std::printf("%s: %zu instructions, %zu changes; killed at %zu places, missed %zu\n", name_.c_str(),
                course_.steps.size() - 1, course_.changes.size(), reached_, missed_);
    if (!left_behind_.empty()) std::printf("  with objects left behind after%s\n", left_behind_.c_str());
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
    while (!left.is_within(held_) && std::chrono::steady_clock::now() < limit) left = held_blocks();
    expect(left.is_within(held_) || (counts_may_be_left_ && left.problems.empty()),
           where + "\n holds " + left.text() + "\n held  " + held_.text());
    if (!left.is_within(held_)) left_behind_ += " " + std::to_string(step);
    held_ = left;
    return is_there;
  }

  // False: it cannot be traced.
  template <class Trace>
  bool die(const std::string& where, bool contended, Trace trace) {
    const Watchdog watchdog(where);
    const Object object = make_();
    Victim victim(object, prepare_, act_);
    if (!victim.traced().seized()) return false;
    if (victim.rank() != 1) {  // one of this rank that was about to look for work has taken it
      settle(victim.kill());
      return die(where, contended, trace);
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
  std::string left_behind_;
  std::size_t reached_ = 0;
  std::size_t missed_ = 0;
  int failures_ = 0;
};

/// What objects are filled with.
inline std::vector<std::string> texts(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back("text " + std::to_string(i) + std::string(i, '.'));
  return all;
}
inline std::vector<long> numbers(std::size_t count) {
  std::vector<long> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<long>(i);
  return all;
}

inline constexpr auto kPrint = [](const auto& object) {
  std::ostringstream text;
  text << object;
  if constexpr (requires { object.size(); }) text << ", " << object.size();
  return text.str();
};

}  // namespace cohort::test
