// SPDX-License-Identifier: BSL-1.0
#pragma once

// The running session's heap, as this thread sees it: what typed faces turn to.

#include <cstddef>
#include <cstdint>

#include "cohort/heap/heap.hpp"
#include "cohort/window/rma_access.hpp"
#include "cohort/window/shared_access.hpp"

namespace cohort {

/// Set by the session while one thread runs; read by everyone.
enum class WindowState : unsigned char { closed, shared, rma };
struct CurrentWindow {
  WindowState state = WindowState::closed;
  bool open() const { return state != WindowState::closed; }
  std::byte* base = nullptr;
  int rank = 0;
  int cores = 1;  // of all ranks together
  std::uint32_t member = 0;
  Word pid = 0;  // of this OS process; a system call may cost more than all else that a Process needs
};
inline constinit CurrentWindow current_window;

namespace detail {
inline constinit thread_local std::uint32_t this_actor = 0;
/// Claims a slot for this thread; it is given back when the thread ends. Throws UsageError where no
/// session runs, OutOfSharedMemory where there are too many threads.
std::uint32_t claim_this_actor();
/// Throws UsageError: no session.
[[noreturn]] void refuse_closed();
}  // namespace detail

/// This thread's actor.
[[gnu::always_inline]] inline std::uint32_t this_actor() {
  if (detail::this_actor == 0) [[unlikely]]
    return detail::claim_this_actor();
  return detail::this_actor;
}

/// Calls `work(access)`, as no actor: for one who only looks, or changes single words.
template <class Work>
decltype(auto) with_access(Work&& work) {
  if (current_window.state == WindowState::shared) return work(SharedAccess(current_window.base));
  return work(RmaAccess());
}

namespace detail {
// The rare path takes its own copy of the closure, so that what the frequent one works with can stay in registers.
template <class Work>
[[gnu::noinline]] decltype(auto) with_rma_heap(Work work, std::uint32_t actor) {
  if (!current_window.open()) refuse_closed();
  return work(Heap<RmaAccess>(RmaAccess(), actor));
}

template <bool settled, class Work>
[[gnu::always_inline]] inline decltype(auto) with_this_heap(Work& work) {
  const std::uint32_t actor = cohort::this_actor();
  if (current_window.state != WindowState::shared) [[unlikely]]
    return with_rma_heap<Work>(work, actor);
  const SharedAccess access(current_window.base);
  if constexpr (settled) access.settle();
  return work(Heap<SharedAccess>(access, actor));
}
}  // namespace detail

/// Calls `work(heap)` with the access that this job uses. Over shared memory everything down to the
/// atomic is inlined: an append is some twenty instructions, and a call more would show.
template <class Work>
[[gnu::always_inline]] inline decltype(auto) with_heap(Work&& work) {
  return detail::with_this_heap<true>(work);
}

/// with_heap() for an operation that begins with a read-modify-write, before which nothing need be settled.
template <class Work>
[[gnu::always_inline]] inline decltype(auto) with_unsettled_heap(Work&& work) {
  return detail::with_this_heap<false>(work);
}

}  // namespace cohort
