// SPDX-License-Identifier: BSL-1.0
#include "cohort/condition.hpp"

#include <stdexcept>
#include <string>

#include "cohort/sync/condition_core.hpp"

namespace cohort {
namespace {

template <class Work>
decltype(auto) with_condition(Address at, Work&& work) {
  return with_heap([&]<class A>(const Heap<A>& heap) { return work(ConditionCore<A>(heap, at)); });
}

// `work` gets the lock as what it is.
template <class Work>
decltype(auto) with_lock(Address at, Work&& work) {
  return with_condition(
      at, [&](const auto& core) { return core.reentrant() ? work(core.rlock()) : work(core.lock()); });
}

}  // namespace

bool Condition::lock_until(Deadline deadline, CallSite where) const {
  const WaitSite site(where);
  return with_lock(object("Condition"), [&](const auto& lock) { return lock.lock(deadline); });
}
bool Condition::try_lock() const {
  return with_lock(object("Condition"), [](const auto& lock) { return lock.try_lock(); });
}
void Condition::unlock() const {
  with_lock(object("Condition"), [](const auto& lock) { lock.unlock(); });
}
bool Condition::wait_until(Deadline deadline, CallSite where) const {
  const WaitSite site(where);
  return with_condition(object("Condition"), [&](const auto& core) { return core.wait(deadline); });
}
void Condition::notify(std::ptrdiff_t n) const {
  if (n < 0) throw std::invalid_argument("notify(n): n is " + std::to_string(n) + "; it may not be negative");
  with_condition(object("Condition"), [n](const auto& core) { core.notify(static_cast<Word>(n)); });
}

namespace detail {

Condition make_condition(const Handle& lock, Word creator) {
  if (!lock.valid())
    throw UsageError(
        "condition(lock): the lock's handle is empty; manager.lock() makes one, and condition() its own");
  const ObjectId held = lock.reference().id();
  const Word type = Modules::token(typeid(Condition).name());
  return Condition(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::condition, 0, 0), type, creator);
    heap.store(own_field(id.address, 2), held.address.bits());
    operation.raise(held);
    operation.keep();
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
