// SPDX-License-Identifier: BSL-1.0
#include "cohort/session/hang.hpp"

#include "cohort/containers/fifo_body.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/sync/turns.hpp"
#include "cohort/window/threads.hpp"

namespace cohort {
namespace {

// Who was not woken may wait on with the value of an earlier wait, and the owner of a lock may have changed since.
struct LookClosely {
  template <class A>
  void operator()(const A& access, ActorView& view) const {
    switch (view.kind) {
      case WaitKind::queue_get:
      case WaitKind::queue_put:
      case WaitKind::queue_join:
        view.changed = fifo::has_come(access, view.kind, view.word);
        return;
      case WaitKind::lock:
        view.holder = turn::owner_of(access.load(own_field(view.object, 0)));
        if (view.holder == turn::kDead) view.holder = 0;  // it is about to be told
        break;
      default:
        break;
    }
    view.changed = word_changed(access, view);
  }
};

// The threads of this OS process are those that were seen waiting, and those that do nothing by themselves.
template <class A>
bool all_threads_wait(const A& access, std::uint32_t member, const std::vector<ActorView>& actors) {
  const auto get = [&](std::size_t field) { return access.load(member_field(member, field)); };
  const auto pid = static_cast<pid_t>(get(COHORT_FIELD(MemberSlot, pid)));
  if (pid == 0) return true;
  const auto waiting =
      std::ranges::count_if(actors, [member](const ActorView& view) { return view.member == member; });
  const auto quiet = static_cast<std::ptrdiff_t>(get(COHORT_FIELD(MemberSlot, quiet)));
  return waiting > 0 && quiet > 0 && thread_count(pid) == waiting + quiet - 1;
}

template <class A>
bool nothing_goes_on(const A& access, const std::vector<ActorView>& actors) {
  if (!std::ranges::all_of(actors, &ActorView::stuck) || std::ranges::all_of(actors, &ActorView::idle))
    return false;
  const bool queued = latch_payload(access.load(header_field(COHORT_FIELD(WindowHeader, scheduler)))) != 0;
  if (queued && std::ranges::any_of(actors, &ActorView::idle)) return false;  // who will take it
  const Word members = access.load(header_field(COHORT_FIELD(WindowHeader, members_high)));
  for (std::uint32_t member = 1; member < members; ++member) {
    if (!all_threads_wait(access, member, actors)) return false;
  }
  return true;
}

}  // namespace

std::vector<ActorView> look_at_actors() {
  auto actors =
      with_access([](const auto& access) { return scan_actors(access, detail::this_actor, LookClosely()); });
  std::ranges::stable_sort(actors, {}, &ActorView::rank);
  return actors;
}

bool HangWatch::look() {
  std::vector<ActorView> seen = look_at_actors();
  const bool same = same_waits(seen, actors_);
  const bool nothing = with_access([&seen](const auto& access) { return nothing_goes_on(access, seen); });
  const bool certain = same && nothing && nothing_went_on_;
  actors_ = std::move(seen);
  nothing_went_on_ = nothing;
  if (!same) told_ = false;
  return certain && !std::exchange(told_, true);
}

}  // namespace cohort
