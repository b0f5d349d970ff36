// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/current.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include "cohort/error.hpp"
#include "cohort/heap/actor.hpp"

namespace cohort::detail {
namespace {

template <class Work>
decltype(auto) with_access(Work&& work) {
  if (current_window.shared) return work(SharedAccess(current_window.base));
  return work(RmaAccess());
}

// Gives the slot back when the thread ends, if the session still runs then.
struct GiveBack {
  std::uint32_t actor = 0;
  ~GiveBack() {
    if (actor == 0 || !current_window.open) return;
    with_access([this](const auto& access) { release_actor(access, actor); });
  }
};
thread_local GiveBack give_back;

}  // namespace

std::uint32_t claim_this_actor() {
  if (!current_window.open) throw UsageError("no session is running; call cohort::run, or make a cohort::Session first");
  const auto thread = static_cast<Word>(::syscall(SYS_gettid));
  const auto slot = with_access([&](const auto& access) {
    return claim_actor(access, current_window.member, current_window.rank, thread);
  });
  if (!slot) {
    throw OutOfSharedMemory("no room on rank 0 for one more thread that uses shared objects; at most " +
                            std::to_string(kMaxActors - 1) + " can at a time");
  }
  this_actor = *slot;
  give_back.actor = *slot;
  return *slot;
}

}  // namespace cohort::detail
