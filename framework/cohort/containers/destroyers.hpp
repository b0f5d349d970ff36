// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cohort/containers/array_core.hpp"
#include "cohort/containers/pipe.hpp"
#include "cohort/containers/sequence.hpp"
#include "cohort/containers/table_editor.hpp"
#include "cohort/sync/barrier_core.hpp"
#include "cohort/sync/condition_core.hpp"

namespace cohort {

/// Tells the heap what the objects of each kind own, but for Processes. (Other kinds own nothing.)
template <class A>
void register_destroyers() {
  const auto set = [](ObjectKind kind, Destroy<A> destroy) {
    destroyers<A>[static_cast<std::size_t>(kind)] = destroy;
  };
  set(ObjectKind::list, destroy_sequence<A>);
  set(ObjectKind::box, destroy_sequence<A>);
  set(ObjectKind::array, destroy_array<A>);
  set(ObjectKind::dict, destroy_table<A>);
  set(ObjectKind::queue, destroy_fifo<A>);
  set(ObjectKind::connection, destroy_end<A>);
  set(ObjectKind::condition, destroy_condition<A>);
  set(ObjectKind::barrier, destroy_barrier<A>);
}

}  // namespace cohort
