// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sched.h>

#include <algorithm>
#include <chrono>

#include "cohort/heap/blocking.hpp"

namespace cohort {

namespace detail {

/// How long a wait keeps its core. Where ranks outnumber cores: not long, as whoever is waited for may be
/// waiting for this very core. Not at all: tests, in which nothing may depend on the clock.
/// Set at start-up, before there are threads.
enum class Spin { never, briefly, long_enough };
inline Spin spin = Spin::long_enough;

/// How many rounds that is of a wait that spins for `rounds` if it may, and for `briefly` where cores are short.
inline int spin_rounds(int rounds, int briefly) {
  return spin == Spin::long_enough ? rounds : spin == Spin::briefly ? briefly : 0;
}

}  // namespace detail

/// The growing pause between two looks at something that another actor will soon change: pauses of
/// the core, fewer where cores are short, then the core to others, then sleep of up to a millisecond,
/// during which the rank may run something else.
class Backoff {
 public:
  /// Pauses of the core, so many before the second look, and at most so many between two.
  struct Pauses {
    int first;
    int most;
  };
  Backoff() = default;
  explicit Backoff(Pauses pauses) : pauses_(pauses) {}
  ~Backoff() {
    if (told_ != nullptr) told_->unblock();
  }
  Backoff(const Backoff&) = delete;
  Backoff& operator=(const Backoff&) = delete;

  template <class A>
  void step(const A& access) {
    using namespace std::chrono_literals;
    ++round_;
    const int spins = detail::spin_rounds(kSpins, kBriefSpins);
    if (round_ <= spins) {
      // Long pauses: while one core leaves the line alone, the other gets a burst of work done on it.
      for (int i = 0; i < pauses_.first; ++i) access.pause();
      pauses_.first = std::min(pauses_.first * 2, pauses_.most);
    } else if (round_ <= spins + kYields) {
      ::sched_yield();
      access.pause();
    } else {
      if (told_ == nullptr && round_ > spins + kYields + kNapsBeforeBlocked) tell();
      access.sleep(nap_);
      nap_ = std::min<std::chrono::nanoseconds>(nap_ * 2, 1ms);
    }
  }
  int rounds() const { return round_; }

 private:
  void tell() noexcept {
    told_ = block_hook;
    if (told_ != nullptr) told_->block(WaitKind::latch);
  }

  static constexpr int kSpins = 40;
  static constexpr int kBriefSpins = 12;  // the holder most likely has a core all the same
  static constexpr int kYields = 40;
  static constexpr int kNapsBeforeBlocked = 5;

  int round_ = 0;
  Pauses pauses_ = {32, 128};
  std::chrono::nanoseconds nap_ = std::chrono::microseconds(50);
  BlockHook* told_ = nullptr;  // (an optional Blocked would be this, but g++ 12 takes it for uninitialized)
};

}  // namespace cohort
