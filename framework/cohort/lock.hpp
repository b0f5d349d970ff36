// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <typeinfo>

#include "cohort/handle.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/sync/lock_core.hpp"
#include "cohort/window/modules.hpp"

namespace cohort {

namespace detail {

/// What Lock and RLock have in common.
template <template <class> class Core>
class BasicLock : public Handle {
 public:
  /// Blocks until it is this thread's. Free: one atomic. Taken: looks for a while, then sleeps, and the rank may
  /// run another Process. Whoever has slept and is overtaken by a later one goes next. Throws OwnerDied, also from
  /// the try_ functions, where a child died with it: to one caller, and the lock is free then.
  void lock(CallSite where = CallSite::current()) const {
    if (!try_lock()) [[unlikely]]
      wait_for_it(std::nullopt, where);
  }
  /// False: somebody has it. Does not block.
  bool try_lock() const {
    return with([](const auto& core) { return core.try_lock(); });
  }
  /// Blocks for at most `timeout`. False: it could not be had.
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> timeout, CallSite where = CallSite::current()) const {
    return try_lock() || wait_for_it(deadline_in(timeout), where);
  }
  template <class Clock, class Duration>
  bool try_lock_until(std::chrono::time_point<Clock, Duration> time,
                      CallSite where = CallSite::current()) const {
    return try_lock_for(time - Clock::now(), where);
  }
  /// Does not block. Throws UsageError where this thread does not hold it.
  void unlock() const {
    with([](const auto& core) { core.unlock(); });
  }
  /// Somebody holds it, or did a moment ago.
  bool locked() const {
    return with([](const auto& core) { return core.locked(); });
  }

 protected:
  BasicLock() = default;
  explicit BasicLock(Reference reference) : Handle(std::move(reference)) {}

 private:
  [[gnu::noinline]] bool wait_for_it(Deadline deadline, CallSite where) const {
    const WaitSite site(where);
    return with([deadline](const auto& core) { return core.lock(deadline); });
  }

  template <class Work>
  [[gnu::always_inline]] decltype(auto) with(Work work) const {
    const Address at = object("lock");
    return with_heap(
        [ work, at ]<class A>(const Heap<A>& heap) __attribute__((always_inline))->decltype(auto) {
          return work(Core<A>(heap, at));
        });
  }
};

}  // namespace detail

/// A lock that all ranks share. Python: `Lock()`, but it belongs to the thread that took it: only that may
/// unlock it, and a thread that locks it twice gets a UsageError instead of waiting for ever (try_lock() is
/// false then). Satisfies the standard's TimedLockable, so that std::scoped_lock and std::unique_lock work.
///
/// A handle, as List is. A Process that its joiner runs, inside join(), is the joiner's thread.
class Lock : public detail::BasicLock<LockCore> {
 public:
  static constexpr Word kKind = make_kind(ObjectKind::lock, 0, 0);
  Lock() = default;
  explicit Lock(Reference reference) : BasicLock(std::move(reference)) {}
};

/// A Lock that its thread may take again; it is free after as many unlocks. Python: `RLock()`.
///
/// A Process that its joiner runs, inside join(), is no owner of what the joiner holds: lock() throws
/// UsageError (it would wait for the one that waits for it), try_lock() is false.
class RLock : public detail::BasicLock<RLockCore> {
 public:
  static constexpr Word kKind = make_kind(ObjectKind::lock, 0, kReentrant);
  RLock() = default;
  explicit RLock(Reference reference) : BasicLock(std::move(reference)) {}
};

namespace detail {

/// A new object whose first own words are given.
inline Reference make_synchronizer(ObjectKind kind, std::uint32_t flags, const std::type_info& type,
                                   Word creator, std::initializer_list<Word> own) {
  const Word token = Modules::token(type.name());
  return Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, make_kind(kind, 0, flags), token, creator);
    std::size_t index = 0;
    for (const Word word : own) heap.store(own_field(id.address, index++), word);
    operation.keep();
    return id;
  }));
}

inline Lock make_lock(Word creator) {
  return Lock(make_synchronizer(ObjectKind::lock, 0, typeid(Lock), creator, {1}));
}
inline RLock make_rlock(Word creator) {
  return RLock(make_synchronizer(ObjectKind::lock, kReentrant, typeid(RLock), creator, {1}));
}

}  // namespace detail
}  // namespace cohort
