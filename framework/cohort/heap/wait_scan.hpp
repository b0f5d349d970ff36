// SPDX-License-Identifier: BSL-1.0
#pragma once

// A look at what every actor waits for. Takes no latch and changes nothing: actors go on meanwhile, so that what one
// look shows may never have been so at one moment. What two looks show unchanged was so all the time between them.

#include <algorithm>
#include <vector>

#include "cohort/heap/wait_record.hpp"

namespace cohort {

/// An actor as it was seen: what it waits for, or nothing (WaitKind::none).
struct ActorView {
  std::uint32_t actor;
  std::uint32_t member;
  int rank;
  Word thread;
  Address process;  // the record of the Process that it runs, or null
  WaitKind kind = WaitKind::none;
  Address object = {};
  std::uint32_t holder = 0;
  Word since = 0;
  Word until = 0;
  Token file = 0;
  std::uint32_t line = 0;
  Address word = {};  // see ActorSlot
  Word value = 0;
  bool changed = false;  // what it waits for is there already

  bool idle() const { return kind == WaitKind::work; }
  /// Only others can end its wait.
  bool stuck() const { return kind != WaitKind::none && until == 0 && !changed; }
  /// The same wait as in an earlier look.
  bool same_wait(const ActorView& other) const {
    return actor == other.actor && member == other.member && thread == other.thread && kind == other.kind &&
           since == other.since;
  }
};

/// The word is another one than when the wait began.
template <class A>
bool word_changed(const A& access, const ActorView& view) {
  const Word now = view.word ? access.load(view.word) : view.value;
  // The kernel compares the low half of what is slept on; a latch is looked at whole.
  return view.kind == WaitKind::latch ? now != view.value : static_cast<std::uint32_t>(now ^ view.value) != 0;
}

/// All actors but `except`. `look(access, view)` sees to `changed`, and may know more: it reads words that belong to the
/// wait, which may be over, and something else be there. Then nothing that it found is kept.
template <class A, class Look>
std::vector<ActorView> scan_actors(const A& access, std::uint32_t except, Look look) {
  std::vector<ActorView> actors;
  const Word high = access.load(header_field(COHORT_FIELD(WindowHeader, actors_high)));
  for (std::uint32_t actor = 1; actor < high; ++actor) {
    const auto get = [&](std::size_t field) { return access.load(actor_field(actor, field)); };
    const Word state = get(COHORT_FIELD(ActorSlot, state));
    if (actor == except || state == 0 || (state & kDeadActor) != 0) continue;
    ActorView view = {actor, static_cast<std::uint32_t>(get(COHORT_FIELD(ActorSlot, member))),
                      static_cast<int>(get(COHORT_FIELD(ActorSlot, rank))),
                      get(COHORT_FIELD(ActorSlot, thread)), Address(get(COHORT_FIELD(ActorSlot, process)))};
    actors.push_back(view);
    view.since = get(COHORT_FIELD(ActorSlot, wait_since));
    view.kind = static_cast<WaitKind>(get(COHORT_FIELD(ActorSlot, wait_kind)));
    if (view.kind == WaitKind::none) continue;
    view.object = Address(get(COHORT_FIELD(ActorSlot, wait_object)));
    const Word holder = get(COHORT_FIELD(ActorSlot, wait_holder));
    view.holder = static_cast<std::uint32_t>(holder);
    view.line = static_cast<std::uint32_t>(holder >> 32);
    view.file = get(COHORT_FIELD(ActorSlot, wait_file));
    view.until = get(COHORT_FIELD(ActorSlot, wait_until));
    view.word = Address(get(COHORT_FIELD(ActorSlot, wait_word)));
    view.value = get(COHORT_FIELD(ActorSlot, wait_value));
    look(access, view);
    // Another wait may have begun meanwhile: then none of this counts.
    const bool same = get(COHORT_FIELD(ActorSlot, wait_since)) == view.since &&
                      static_cast<WaitKind>(get(COHORT_FIELD(ActorSlot, wait_kind))) == view.kind;
    if (same) actors.back() = view;
  }
  return actors;
}

/// Both looks show the same actors, and each in the same wait.
inline bool same_waits(const std::vector<ActorView>& a, const std::vector<ActorView>& b) {
  return std::ranges::equal(a, b, [](const ActorView& x, const ActorView& y) { return x.same_wait(y); });
}

}  // namespace cohort
