// SPDX-License-Identifier: BSL-1.0
#include "cohort/heap/current.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "cohort/error.hpp"
#include "cohort/heap/actor.hpp"

namespace cohort::detail {
namespace {

// At a thread's end, after its thread_local variables: those may still drop handles.
void give_back(void*) {
  const std::uint32_t actor = std::exchange(this_actor, 0U);
  if (actor == 0 || !current_window.open()) return;
  with_access([actor](const auto& access) { release_actor(access, actor); });
}

::pthread_key_t thread_end() {
  static const ::pthread_key_t key = [] {
    ::pthread_key_t made{};
    if (::pthread_key_create(&made, give_back) != 0) throw UsageError("no pthread key is left for Cohort");
    return made;
  }();
  return key;
}

}  // namespace

void refuse_closed() {
  throw UsageError("no session is running; call cohort::run, or make a cohort::Session first");
}

std::uint32_t claim_this_actor() {
  if (!current_window.open()) refuse_closed();
  const ::pthread_key_t key = thread_end();
  const auto thread = static_cast<Word>(::syscall(SYS_gettid));
  const auto slot = with_access([&](const auto& access) {
    return claim_actor(access, current_window.member, current_window.rank, thread);
  });
  if (!slot) {
    throw OutOfSharedMemory("no room on rank 0 for one more thread that uses shared objects; at most " +
                            std::to_string(kMaxActors - 1) + " can at a time");
  }
  this_actor = *slot;
  ::pthread_setspecific(key, &current_window);  // anything but null: give_back() is to be called
  return *slot;
}

}  // namespace cohort::detail
