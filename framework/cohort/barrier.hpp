// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <span>

#include "cohort/callable.hpp"
#include "cohort/lock.hpp"

namespace cohort {

/// Where a number of parties wait until all have come, again and again. Python: `Barrier(n, action)`.
/// A handle, as List is. What a party did before it came is seen by all behind it.
///
/// More Processes than ranks may meet: a rank whose Process waits runs another.
class Barrier : public Handle {
 public:
  static constexpr Word kKind = make_kind(ObjectKind::barrier, 0, 0);
  Barrier() = default;
  explicit Barrier(Reference reference) : Handle(std::move(reference)) {}

  /// Blocks until all parties have come, and then until the last one has run the action. Returns how many
  /// had come before: 0 to parties - 1, each once.
  /// Throws BrokenBarrier where it is broken, or is broken or reset before all have come, and the last party what
  /// the action threw, which breaks it for the others.
  int wait(CallSite where = CallSite::current()) const { return wait_until(std::nullopt, where); }
  /// The same; where the others have not come when the time is over, breaks the barrier for all. It is counted
  /// from the moment at which the parties of the round before have left.
  template <class Rep, class Period>
  int wait(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return wait_until(deadline_in(timeout), where);
  }

  /// Breaks it: those who wait, and all who come before reset(), get BrokenBarrier. A round that is complete
  /// stays complete (Python: those who have not left it yet get BrokenBarrierError).
  void abort() const;
  /// As new; those who wait get BrokenBarrier.
  void reset() const;

  int parties() const;
  /// How many have come and wait for others.
  int n_waiting() const;
  bool broken() const;

 private:
  int wait_until(Deadline deadline, CallSite where) const;
};

namespace detail {

using BarrierAction = void(std::span<const std::byte>);

/// Throws std::invalid_argument where there are too many parties, or none. No action: its Token is 0.
Barrier make_barrier(std::ptrdiff_t parties, Token trampoline, const Encoded& action, Word creator);

template <class Action>
void call_action(std::span<const std::byte> bytes) {
  Decoder decoder(bytes);
  Action action = decode_callable<Action>(decoder);
  static_cast<void>(action());
}

template <class F>
Barrier make_barrier(std::ptrdiff_t parties, const F& action, Word creator) {
  using Action = StoredCallable<F>;
  require_callable_travels<Action>();
  static_assert(std::is_invocable_v<Action&>, "cohort: a Barrier's action is called without arguments");
  Encoder encoder;
  const Action& stored = action;
  encode_callable(encoder, stored);
  return make_barrier(parties, Modules::function_token(&call_action<Action>), encoder.encoded(), creator);
}

}  // namespace detail
}  // namespace cohort
