// SPDX-License-Identifier: BSL-1.0
#include "cohort/barrier.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "cohort/sync/barrier_core.hpp"

namespace cohort {
namespace {

template <class Work>
decltype(auto) with_barrier(Address at, Work&& work) {
  return with_heap([&]<class A>(const Heap<A>& heap) { return work(BarrierCore<A>(heap, at)); });
}

void run_action(Address at) {
  std::vector<std::byte> bytes;
  const Token trampoline = with_heap([&](const auto& heap) -> Token {
    const Address blob(heap.load(own_field(at, 3)));
    if (!blob) return 0;
    const Word head = heap.load(blob);
    bytes.resize(blob_bytes(head));
    heap.access().read(blob_data(blob, head), bytes.data(), bytes.size());
    return heap.load(own_field(at, 4));
  });
  if (trampoline == 0) return;
  reinterpret_cast<detail::BarrierAction*>(const_cast<void*>(Modules::place(trampoline)))(bytes);
}

}  // namespace

int Barrier::wait_until(Deadline deadline, CallSite where) const {
  const WaitSite site(where);
  const Address at = object("Barrier");
  const auto place = with_barrier(at, [](const auto& core) { return core.enter(); });
  if (!place)
    throw BrokenBarrier(
        "wait(): the barrier is broken (by abort(), a timeout, or an action that threw); reset() mends it");
  const bool last = place->index + 1 == static_cast<Word>(parties());
  if (last) {
    try {
      run_action(at);
    } catch (...) {
      with_barrier(at, [&](const auto& core) { core.fail(*place); });
      throw;
    }
  }
  const BarrierEnd end = with_barrier(
      at, [&](const auto& core) { return last ? core.complete(*place) : core.wait(*place, deadline); });
  switch (end) {
    case BarrierEnd::passed:
      break;
    case BarrierEnd::broken:
      throw BrokenBarrier(
          "wait(): the barrier was broken meanwhile (by abort(), a timeout, or an action that threw); "
          "reset() "
          "mends it");
    case BarrierEnd::reset:
      throw BrokenBarrier("wait(): the barrier was reset meanwhile");
    case BarrierEnd::timeout:
      throw BrokenBarrier("wait(timeout): not all of the " + std::to_string(parties()) +
                          " parties came in time; the barrier is broken now, for all of them, until reset()");
  }
  return static_cast<int>(place->index);
}

void Barrier::abort() const {
  with_barrier(object("Barrier"), [](const auto& core) { core.abort(); });
}
void Barrier::reset() const {
  with_barrier(object("Barrier"), [](const auto& core) { core.reset(); });
}
int Barrier::parties() const {
  return static_cast<int>(with_barrier(object("Barrier"), [](const auto& core) { return core.parties(); }));
}
int Barrier::n_waiting() const {
  return static_cast<int>(with_barrier(object("Barrier"), [](const auto& core) { return core.waiting(); }));
}
bool Barrier::broken() const {
  return with_barrier(object("Barrier"), [](const auto& core) { return core.broken(); });
}

namespace detail {

Barrier make_barrier(std::ptrdiff_t parties, Token trampoline, const Encoded& action, Word creator) {
  if (parties < 1 || static_cast<Word>(parties) > kMostParties) {
    throw std::invalid_argument("barrier(parties): " + std::to_string(parties) +
                                " parties; there may be 1 to " + std::to_string(kMostParties));
  }
  const Word type = Modules::token(typeid(Barrier).name());
  return Barrier(Reference::of_new(with_heap([&]<class A>(const Heap<A>& heap) {
    Operation<A> operation(heap);
    const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::barrier, 0, 0), type, creator);
    heap.store(own_field(id.address, 2), static_cast<Word>(parties));
    if (trampoline != 0) {
      heap.store(own_field(id.address, 3), make_blob(operation, heap, action).bits());
      heap.store(own_field(id.address, 4), trampoline);
    }
    operation.keep();
    return id;
  })));
}

}  // namespace detail
}  // namespace cohort
