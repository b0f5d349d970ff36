// SPDX-License-Identifier: BSL-1.0
#pragma once

// A fresh window over a Schedule, with actors whose slots are claimed.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>

#include "cohort/containers/destroyers.hpp"
#include "cohort/heap/actor.hpp"
#include "cohort/heap/format.hpp"
#include "cohort/process/record.hpp"
#include "support/scheduled_access.hpp"

namespace cohort::test {

using ScheduledHeap = Heap<ScheduledAccess>;

struct ScheduledWindow {
  static constexpr std::size_t kBytes = std::size_t{16} << 20;

  ScheduledWindow(std::uint64_t seed, int actors, std::size_t bytes = kBytes, int ranks = 1)
      : schedule(bytes, seed), access(schedule) {
    ScheduledHeap::forget_readable();
    detail::spin = detail::Spin::never;  // a spin ends by the clock, which no seed repeats
    register_destroyers<ScheduledAccess>();
    destroyers<ScheduledAccess>[static_cast<std::size_t>(ObjectKind::process)] =
        destroy_record<ScheduledAccess>;
    if (!format_window(access, bytes, ranks)) throw std::logic_error("the window is too small");
    for (int i = 0; i < actors; ++i) {
      heaps.emplace_back(access, claim_actor(access, 1, 0, static_cast<Word>(i)).value());
    }
  }

  /// Runs work(heap, number of the actor) on every actor at once.
  template <class Work>
  void run_all(Work work) {
    for (std::size_t i = 0; i < heaps.size(); ++i) schedule.add([this, work, i] { work(heaps[i], i); });
    schedule.run();
  }

  Schedule schedule;
  ScheduledAccess access;
  std::deque<ScheduledHeap> heaps;
};

/// A list with slots of `slot_bytes`, and a count of 1.
template <class A>
ObjectId make_list(const Heap<A>& heap, std::size_t slot_bytes, std::uint32_t flags = 0) {
  Operation<A> operation(heap);
  const ObjectId id = make_object(
      operation, heap, make_kind(ObjectKind::list, static_cast<std::uint32_t>(slot_bytes), flags), 0, 0);
  operation.keep();
  return id;
}

template <class A>
Word count_of(const Heap<A>& heap, Address object) {
  return count_in(heap.load(object_field(object, COHORT_FIELD(ObjectHeader, reference))));
}

/// The first of the seeds of this run: from COHORT_TEST_SEED, else new; printed once.
inline std::uint64_t first_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("COHORT_TEST_SEED");
    const std::uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    std::printf("COHORT_TEST_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return seed;
}

}  // namespace cohort::test
