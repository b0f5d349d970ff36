// SPDX-License-Identifier: BSL-1.0
#pragma once

// A ScheduledAccess that errs in one place, at the words of one object: what the cores would do if their author had
// left one protection out. The structure runs as it is.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "cohort/heap/heap.hpp"
#include "support/scheduled_access.hpp"

namespace cohort::test {

enum class Defect {
  none,
  version_not_checked,        // every look at moves and writes gives the same
  moving_not_set,             // the mark and moves stay as they are
  writes_not_counted,         // writes stay as they are
  published_before_the_data,  // bytes written with the latch follow the store that frees it
  freed_too_early,            // the latch, before the first byte is read or written with it
  taken_in_two_steps,         // a load and a store instead of a compare-exchange
  stored_in_halves,           // a word that is exchanged
  told_before_the_change,     // of `control` to its waiters, and not after it
  stale_look,                 // whoever looks at `stale` again sees what it saw at first
  wakes_nobody,
  wakes_one_of_many,
  sleeps_without_a_look  // whatever the word is by then
};

/// The words that a defect is about, as far as the structure has them.
struct ErringWords {
  Address control;  // the latch, or the word that is changed
  Address moves;
  Address writes;
  Address waiters;  // for a change of `control`, or of `writes`
  Address stale;

  /// Of a list, an array or a box.
  static ErringWords of(Address object) {
    const Address own = object + COHORT_FIELD(ObjectHeader, own);
    return {own, own + 2 * sizeof(Word), own + 3 * sizeof(Word), {}, {}};
  }
};

class ErringAccess : public ScheduledAccess {
 public:
  ErringAccess(const ScheduledAccess& access, const ErringWords& words, Defect defect)
      : ScheduledAccess(access), words_(words), defect_(defect) {}

  std::uint64_t load(Address a) const {
    if (is(Defect::version_not_checked) && (a == words_.moves || a == words_.writes)) return 0;
    const Word seen = ScheduledAccess::load(a);
    if (!is(Defect::stale_look) || a != words_.stale) return seen;
    if (!mine_->looked) mine_->first_seen = seen;
    mine_->looked = true;
    return mine_->first_seen;
  }
  void store(Address a, std::uint64_t value) const {
    const bool is_mark = a == words_.control && latch_owner(value) != 0;
    if (is(Defect::moving_not_set) && (a == words_.moves || is_mark)) return;
    if (is(Defect::writes_not_counted) && a == words_.writes) return;
    ScheduledAccess::store(a, value);
    if (a == words_.control && !is_mark) let_go();
  }
  void publish(Address a, std::uint64_t value) const {
    if (is(Defect::told_before_the_change) && a == words_.control) tell(a);
    store(a, value);
  }
  std::uint64_t exchange(Address a, std::uint64_t value) const {
    if (a != words_.control) return ScheduledAccess::exchange(a, value);
    if (is(Defect::told_before_the_change)) {
      ScheduledAccess::fetch_add(words_.writes, 1);
      tell(words_.writes);
    }
    if (!is(Defect::stored_in_halves)) return ScheduledAccess::exchange(a, value);
    const Word before = ScheduledAccess::load(a);
    for (const std::size_t half : {0, 4}) {
      ScheduledAccess::write(a + half, reinterpret_cast<const std::byte*>(&value) + half, 4);
    }
    return before;
  }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const {
    const bool left_out = is(Defect::writes_not_counted) || is(Defect::told_before_the_change);
    if (a == words_.writes && value == 1 && left_out) return 0;
    return ScheduledAccess::fetch_add(a, value);
  }
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
    if (a != words_.control) return ScheduledAccess::compare_exchange(a, expected, desired);
    if (is(Defect::taken_in_two_steps)) {
      const Word seen = ScheduledAccess::load(a);
      if (seen != std::exchange(expected, seen)) return false;
      ScheduledAccess::store(a, desired);
    } else if (!ScheduledAccess::compare_exchange(a, expected, desired)) {
      return false;
    }
    mine_->holds = latch_owner(desired) != 0;
    mine_->free = expected;
    return true;
  }
  void read(Address from, void* to, std::size_t bytes) const {
    let_go_too_early();
    ScheduledAccess::read(from, to, bytes);
    for (const auto& late : mine_->late) {  // what it has written itself
      for (std::size_t i = 0; i < late.bytes.size(); ++i) {
        const Word at = late.to.bits() + i - from.bits();
        if (at < bytes) static_cast<std::byte*>(to)[at] = late.bytes[i];
      }
    }
  }
  void write(Address to, const void* from, std::size_t bytes) const {
    let_go_too_early();
    if (!is(Defect::published_before_the_data) || !mine_->holds)
      return ScheduledAccess::write(to, from, bytes);
    const auto* first = static_cast<const std::byte*>(from);
    mine_->late.push_back({to, {first, first + bytes}});
  }
  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const {
    if (is(Defect::sleeps_without_a_look)) expected = static_cast<std::uint32_t>(ScheduledAccess::load(a));
    ScheduledAccess::wait(a, expected, timeout);
  }
  void wake(Address a, int count) const {
    const bool told = is(Defect::told_before_the_change) && (a == words_.control || a == words_.writes);
    if (is(Defect::wakes_nobody) || told) return;
    ScheduledAccess::wake(a, is(Defect::wakes_one_of_many) ? 1 : count);
  }

 private:
  // What an actor is in the middle of: the copies of its access share it. It stays for good, since an actor that is
  // stuck never leaves its frames.
  struct Mine {
    struct Late {
      Address to;
      std::vector<std::byte> bytes;
    };
    bool holds = false;
    Word free = 0;  // the latch, as it was
    std::vector<Late> late;
    bool looked = false;
    Word first_seen = 0;
  };
  static Mine* make_mine() {
    static std::deque<Mine> all;
    return &all.emplace_back();
  }

  bool is(Defect defect) const { return defect_ == defect; }
  void let_go_too_early() const {
    if (is(Defect::freed_too_early) && std::exchange(mine_->holds, false))
      ScheduledAccess::store(words_.control, mine_->free);
  }
  void let_go() const {
    mine_->holds = false;
    for (const auto& late : std::exchange(mine_->late, {}))
      ScheduledAccess::write(late.to, late.bytes.data(), late.bytes.size());
  }
  void tell(Address word) const {
    if (ScheduledAccess::load(words_.waiters) != 0) ScheduledAccess::wake(word, 1);
  }

  ErringWords words_;
  Defect defect_;
  Mine* mine_ = make_mine();
};

}  // namespace cohort::test
