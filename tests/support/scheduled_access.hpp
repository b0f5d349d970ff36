// SPDX-License-Identifier: BSL-1.0
#pragma once

// A window whose interleavings are chosen by a seed.
//
// Actors are fibers of one thread, so that exactly one runs, a switch costs a fraction of a microsecond, and
// an actor that dies is simply never resumed: none of its destructors runs, as after SIGKILL. Every function
// of ScheduledAccess is a point at which a seeded generator may let somebody else go on, or at which the
// actor dies. Bytes move in pieces of at most a word with such a point before each: what can tear, tears.
// Outside of run() the functions act at once, for setting up and for looking at what is left.
// A sleeper with a deadline may be resumed because its time is over, whatever the clock says.
//
// Instead of the generator a Guide may decide, so that all interleavings can be gone through (explorer.hpp).

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cohort/window/address.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COHORT_TEST_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define COHORT_TEST_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define COHORT_TEST_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define COHORT_TEST_TSAN 1
#endif
#ifdef COHORT_TEST_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef COHORT_TEST_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace cohort::test {

/// No actor can go on, or none gets anywhere. The text has the seed.
class Stuck : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What decides instead of the generator.
class Guide {
 public:
  virtual ~Guide() = default;
  /// A number below `options`, asked where there are two or more. `preempts`: 0 lets the actor go on, which
  /// could do so.
  virtual std::size_t choose(std::size_t options, bool preempts) = 0;
  /// Whether it makes a difference who goes on before an access of this word.
  virtual bool matters(Address a) const = 0;
};

/// The memory, the actors, and the generator that decides between them.
class Schedule {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  /// A window of this size, of which there may be one at a time, takes no time to get.
  static constexpr std::size_t kSmallWindow = std::size_t{1} << 16;

  Schedule(std::size_t bytes, std::uint64_t seed) : bytes_(bytes), seed_(seed), random_(seed) {
    memory_ = bytes == kSmallWindow ? small_window() : map(bytes);
    // Some seeds switch at every other point, others let an actor run for long: each finds other races.
    switch_one_in_ = std::uint64_t{2} << (random_() % 5);
  }
  ~Schedule() {
    for (auto& fiber : fibers_) {
      if (fiber->state == State::ended) {
        fiber->destroy();
        used_stacks().push_back(std::move(fiber->stack));
      } else {
        // What its frames own is never given back; a leak checker finds it through the frames.
        graveyard().push_back(std::move(fiber));
      }
    }
    if (bytes_ != kSmallWindow) ::munmap(memory_, bytes_);
  }
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  std::uint64_t seed() const { return seed_; }
  std::size_t bytes() const { return bytes_; }

  /// A new actor for the next run(). Returns its number, from 0.
  std::size_t add(std::function<void()> work) {
    fibers_.push_back(std::make_unique<Fiber>());
    fibers_.back()->work = std::move(work);
    return fibers_.size() - 1;
  }
  /// The actor dies instead of doing its `step`-th access, counted from 1.
  void die_at(std::size_t actor, std::uint64_t step) { fibers_[actor]->last_step = step; }
  /// Sleepers may wake though nobody wakes them. Off where a lost wake-up is looked for.
  void allow_spurious(bool allowed) { spurious_ = allowed; }
  /// From now on `guide` decides, and sleepers wake only when they are woken or their time is over.
  void follow(Guide& guide) { guide_ = &guide; }

  /// Lets all actors run until each has ended or died. Rethrows what the first of them threw; throws Stuck.
  void run();

  bool died(std::size_t actor) const { return fibers_[actor]->state == State::dead; }
  /// How many accesses the actor has made.
  std::uint64_t steps(std::size_t actor) const { return fibers_[actor]->steps; }
  /// A new moment of the logical time, later than all before.
  std::int64_t tick() { return static_cast<std::int64_t>(++time_); }

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

 private:
  friend class ScheduledAccess;

  enum class State { fresh, ready, waiting, ended, dead };
  // What the C++ runtime keeps for each thread, and must for each fiber: {exceptions caught, how many fly}.
  using Exceptions = std::array<std::byte, 2 * sizeof(void*)>;
  struct Fiber {
    State state = State::fresh;
    std::function<void()> work;
    std::exception_ptr failure;
    std::uint64_t steps = 0;
    std::uint64_t last_step = kNever;
    bool resting = false;
    bool timed = false;
    bool late = false;  // its time is over
    Address word;       // on which it waits
    std::unique_ptr<std::byte[]> stack;
    ucontext_t context = {};
    Exceptions exceptions = {};
    void* sanitizer = nullptr;

    void destroy() {
#ifdef COHORT_TEST_TSAN
      if (sanitizer != nullptr) __tsan_destroy_fiber(sanitizer);
#endif
      sanitizer = nullptr;
    }
  };
  static constexpr std::size_t kStackBytes = std::size_t{256} << 10;
  static constexpr std::uint64_t kMostSteps = 2'000'000;

  static std::byte* map(std::size_t bytes) {
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(memory);
  }
  static std::byte* small_window() {
    static std::byte* const memory = map(kSmallWindow);
    std::memset(memory, 0, kSmallWindow);
    return memory;
  }
  static std::vector<std::unique_ptr<Fiber>>& graveyard() {
    static auto* dead = new std::vector<std::unique_ptr<Fiber>>;
    return *dead;
  }
  // Those of actors that have ended: a new one would cost the kernel more than most runs take.
  static std::vector<std::unique_ptr<std::byte[]>>& used_stacks() {
    static std::vector<std::unique_ptr<std::byte[]>> stacks;
    return stacks;
  }
  static std::unique_ptr<std::byte[]> a_stack() {
#ifndef COHORT_TEST_ASAN
    // (AddressSanitizer remembers what lay on a stack that was left for good.)
    if (!used_stacks().empty()) {
      auto stack = std::move(used_stacks().back());
      used_stacks().pop_back();
      return stack;
    }
#else
    used_stacks().clear();
#endif
    return std::make_unique_for_overwrite<std::byte[]>(kStackBytes);
  }
  static Schedule*& running() {
    static Schedule* schedule = nullptr;
    return schedule;
  }

  static void enter() {
    Schedule& schedule = *running();
    Fiber& me = *schedule.current_;
    schedule.arrived(me);
    try {
      me.work();
    } catch (...) {
      me.failure = std::current_exception();
    }
    me.work = nullptr;
    me.state = State::ended;
    schedule.leave(me);
  }

  static void save(Exceptions& to) { std::memcpy(to.data(), abi::__cxa_get_globals(), to.size()); }
  static void restore(const Exceptions& from) {
    std::memcpy(static_cast<void*>(abi::__cxa_get_globals()), from.data(), from.size());
  }

  void start(Fiber& fiber);
  void resume(Fiber& fiber);
  void leave(Fiber& me);
  void arrived(Fiber& me);
  Fiber& choose();
  Fiber& resumed(Fiber& fiber) {
    if (fiber.state == State::waiting) fiber.late = true;
    fiber.state = State::ready;
    return fiber;
  }
  template <class May>
  std::vector<Fiber*> all(May may) const {
    std::vector<Fiber*> able;
    for (const auto& fiber : fibers_) {
      if (may(*fiber)) able.push_back(fiber.get());
    }
    return able;
  }
  [[noreturn]] void stuck(const std::string& why) const {
    throw Stuck("seed " + std::to_string(seed_) + ", step " + std::to_string(time_) + ": " + why);
  }

  // Of the actors but `me`, those that can go on, and those whose time may be over.
  std::vector<Fiber*> others(const Fiber* me) const {
    return all([me](const Fiber& f) {
      return &f != me && ((f.state == State::ready && !f.resting) || (f.state == State::waiting && f.timed));
    });
  }
  void guided_point(Fiber& me, Address a) {
    if (a && !guide_->matters(a)) return;
    const auto able = others(&me);
    if (able.empty()) return;
    const std::size_t chosen = guide_->choose(able.size() + 1, true);
    if (chosen == 0) return;
    next_ = able[chosen - 1];
    leave(me);
  }

  // A point at which others may go on, and the actor's life may end.
  void point(Address a = Address()) {
    if (current_ == nullptr) return;
    ++time_;
    Fiber& me = *current_;
    if (me.steps + 1 == me.last_step) {
      me.state = State::dead;
      leave(me);
    }
    ++me.steps;
    if (guide_ != nullptr) return guided_point(me, a);
    if (draw(switch_one_in_) == 0) leave(me);
  }
  // The actor can do nothing useful before another has done something.
  void rest() {
    if (current_ == nullptr) return;
    point();
    current_->resting = true;
    leave(*current_);
  }
  void wait(Address a, bool timed) {
    if (current_ == nullptr) stuck("a wait outside of run() would last for ever");
    current_->state = State::waiting;
    current_->word = a;
    current_->timed = timed;
    current_->late = false;
    leave(*current_);
  }
  void wake(Address a, int count) {
    auto sleepers = all([a](const Fiber& f) { return f.state == State::waiting && f.word == a; });
    for (; !sleepers.empty() && count > 0; --count) {
      const auto chosen = sleepers.begin() + static_cast<std::ptrdiff_t>(pick(sleepers.size()));
      (*chosen)->state = State::ready;
      sleepers.erase(chosen);
    }
  }
  std::size_t pick(std::size_t options) {
    if (guide_ == nullptr) return draw(options);
    return options < 2 ? 0 : guide_->choose(options, false);
  }
  bool late() const { return current_ != nullptr && current_->late; }

  std::byte* at(Address a, std::size_t bytes) {
    if (a.offset() + bytes > bytes_)
      stuck("an access at " + std::to_string(a.offset()) + " is outside of the window");
    return memory_ + a.offset();
  }

  std::size_t bytes_;
  std::byte* memory_ = nullptr;
  std::uint64_t seed_;
  std::mt19937_64 random_;
  std::uint64_t switch_one_in_;
  bool spurious_ = true;
  Guide* guide_ = nullptr;
  Fiber* next_ = nullptr;  // chosen already
  std::uint64_t time_ = 0;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* current_ = nullptr;
  ucontext_t main_ = {};
  Exceptions main_exceptions_ = {};
  // Of the sanitizers.
  [[maybe_unused]] void* main_fake_ = nullptr;
  [[maybe_unused]] const void* main_stack_ = nullptr;
  [[maybe_unused]] std::size_t main_stack_bytes_ = 0;
};

inline void Schedule::start(Fiber& fiber) {
  fiber.state = State::ready;
  fiber.stack = a_stack();
  ::getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  ::makecontext(&fiber.context, &Schedule::enter, 0);
#ifdef COHORT_TEST_TSAN
  fiber.sanitizer = __tsan_create_fiber(0);
#endif
}

inline void Schedule::resume(Fiber& fiber) {
  current_ = &fiber;
  save(main_exceptions_);
  restore(fiber.exceptions);
#ifdef COHORT_TEST_ASAN
  __sanitizer_start_switch_fiber(&main_fake_, fiber.stack.get(), kStackBytes);
#endif
#ifdef COHORT_TEST_TSAN
  void* const here = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(fiber.sanitizer, 0);
  main_fake_ = here;
#endif
  ::swapcontext(&main_, &fiber.context);
#ifdef COHORT_TEST_ASAN
  __sanitizer_finish_switch_fiber(main_fake_, nullptr, nullptr);
#endif
  restore(main_exceptions_);
  current_ = nullptr;
}

inline void Schedule::leave(Fiber& me) {
  save(me.exceptions);
#ifdef COHORT_TEST_ASAN
  __sanitizer_start_switch_fiber(me.state == State::ended ? nullptr : &me.sanitizer, main_stack_,
                                 main_stack_bytes_);
#endif
#ifdef COHORT_TEST_TSAN
  __tsan_switch_to_fiber(main_fake_, 0);
#endif
  ::swapcontext(&me.context, &main_);
  arrived(me);
}

inline void Schedule::arrived(Fiber& me) {
#ifdef COHORT_TEST_ASAN
  __sanitizer_finish_switch_fiber(me.sanitizer, &main_stack_, &main_stack_bytes_);
#endif
  static_cast<void>(me);
}

inline Schedule::Fiber& Schedule::choose() {
  if (next_ != nullptr) return resumed(*std::exchange(next_, nullptr));
  const bool by_chance = guide_ == nullptr && spurious_ && draw(16) == 0;
  if (by_chance) {
    for (auto& fiber : fibers_) {
      if (fiber->state != State::waiting || draw(2) != 0) continue;
      fiber->late = fiber->timed && draw(2) == 0;
      fiber->state = State::ready;
    }
  }
  auto able = guide_ != nullptr ? others(nullptr)
                                : all([](const Fiber& f) { return f.state == State::ready && !f.resting; });
  if (able.empty()) able = all([](const Fiber& f) { return f.state == State::ready; });
  if (able.empty()) able = all([](const Fiber& f) { return f.state == State::waiting && f.timed; });
  if (able.empty()) {
    std::string who;
    for (std::size_t i = 0; i < fibers_.size(); ++i) {
      if (fibers_[i]->state != State::waiting) continue;
      who += " " + std::to_string(i) + " (at " + std::to_string(fibers_[i]->word.offset()) + ")";
    }
    stuck("all actors wait and nobody is left to wake them:" + who);
  }
  for (auto& fiber : fibers_) fiber->resting = false;
  return resumed(*able[pick(able.size())]);
}

inline void Schedule::run() {
  running() = this;
  const auto over = [](const auto& fiber) {
    return fiber->state == State::ended || fiber->state == State::dead;
  };
  for (auto& fiber : fibers_) {
    if (fiber->state == State::fresh) start(*fiber);
  }
  const std::uint64_t limit = time_ + kMostSteps;
  while (!std::all_of(fibers_.begin(), fibers_.end(), over)) {
    resume(choose());
    if (time_ > limit) stuck("the actors run for ever");
  }
  for (auto& fiber : fibers_) {
    if (auto failure = std::exchange(fiber->failure, nullptr)) std::rethrow_exception(failure);
  }
}

/// The Access over a Schedule. As SharedAccess, it allows reading what is being changed. Every access is
/// seen by all at once: what memory orders may hide is for ThreadSanitizer and for runs on real cores.
class ScheduledAccess {
 public:
  static constexpr bool kOptimisticReads = true;

  explicit ScheduledAccess(Schedule& schedule) : schedule_(&schedule) {}

  std::uint64_t load(Address a) const {
    return visit(a, [](std::uint64_t word) { return word; });
  }
  void store(Address a, std::uint64_t value) const { exchange(a, value); }
  void publish(Address a, std::uint64_t value) const { exchange(a, value); }
  void settle() const {}
  void light_store(Address a, std::uint64_t value) const { exchange(a, value); }
  void heavy_barrier() const {}
  std::uint64_t exchange(Address a, std::uint64_t value) const {
    return visit(a, [value](std::uint64_t& word) { return std::exchange(word, value); });
  }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const {
    return visit(a, [value](std::uint64_t& word) { return std::exchange(word, word + value); });
  }
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
    const std::uint64_t before =
        visit(a, [&](std::uint64_t& word) { return std::exchange(word, word == expected ? desired : word); });
    return std::exchange(expected, before) == before;
  }

  void read(Address from, void* to, std::size_t bytes) const {
    pieces(from, bytes, [to](std::byte* at, std::size_t done, std::size_t piece) {
      std::memcpy(static_cast<std::byte*>(to) + done, at, piece);
    });
  }
  void write(Address to, const void* from, std::size_t bytes) const {
    pieces(to, bytes, [from](std::byte* at, std::size_t done, std::size_t piece) {
      std::memcpy(at, static_cast<const std::byte*>(from) + done, piece);
    });
  }

  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const {
    if (static_cast<std::uint32_t>(load(a)) == expected) schedule_->wait(a, timeout.count() >= 0);
  }
  void wake(Address a, int count) const {
    schedule_->point();
    schedule_->wake(a, count);
  }

  void pause() const { schedule_->rest(); }
  void sleep(std::chrono::nanoseconds) const { schedule_->rest(); }
  std::chrono::steady_clock::time_point now() const {
    using Clock = std::chrono::steady_clock;
    return schedule_->late() ? Clock::time_point::max() : Clock::now();
  }
  bool commit(Address a, std::size_t bytes) const { return a.offset() + bytes <= schedule_->bytes(); }

 private:
  template <class Work>
  std::uint64_t visit(Address a, Work work) const {
    if (a.offset() % 8 != 0) throw std::logic_error("an atomic access to a word that is not aligned");
    schedule_->point(a);
    auto& word = *reinterpret_cast<std::uint64_t*>(schedule_->at(a, sizeof(std::uint64_t)));
    return work(word);
  }
  template <class Work>
  void pieces(Address a, std::size_t bytes, Work work) const {
    for (std::size_t done = 0; done < bytes;) {
      const std::size_t piece = std::min<std::size_t>(bytes - done, 8 - (a.offset() + done) % 8);
      schedule_->point();
      work(schedule_->at(a + done, piece), done, piece);
      done += piece;
    }
  }

  Schedule* schedule_;
};

}  // namespace cohort::test
