// SPDX-License-Identifier: BSL-1.0
#pragma once

// A ScheduledAccess with cores that have store buffers: the others see later what an actor has stored, while the
// actor itself sees it at once. The seed says when. Every store of the product releases, so that a buffer gives them
// out in their order; one whose release is left out may overtake those before it. Nothing is left in the buffer by
// a read-modify-write, by settle() after a publish(), by whoever sleeps, wakes or pauses, and by a heavy_barrier() of
// anybody. (Loads come one after the other, as on x86-64.)

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "support/scheduled_access.hpp"

namespace cohort::test {

/// The buffers of all actors, and what is weaker than the product says.
struct Cores {
  struct Store {
    Address at;  // with `bytes`, in one word
    std::size_t bytes;
    std::array<std::byte, 8> value;
    bool releases;
    std::uint64_t word() const { return at.bits() / 8; }
  };
  struct Core {
    std::vector<Store> buffer;  // the oldest first
    bool unsettled = false;
    bool interrupted = false;
  };
  Cores(Schedule& its_schedule, std::size_t actors) : schedule(&its_schedule), cores(actors) {}

  Schedule* schedule;
  std::deque<Core> cores;
  std::function<bool(Address)> relaxed = [](Address) {
    return false;
  };  // a store or read-modify-write of this
  bool settles = true;
  bool interrupts = true;  // in a heavy_barrier()
};

class BufferedAccess : public ScheduledAccess {
 public:
  BufferedAccess(Cores& cores, std::size_t actor)
      : ScheduledAccess(*cores.schedule), cores_(&cores), core_(&cores.cores[actor]) {}

  std::uint64_t load(Address a) const {
    std::uint64_t value = (step(), ScheduledAccess::load(a));
    add_own_stores(a, &value, sizeof value);
    return value;
  }
  void store(Address a, std::uint64_t value) const { write(a, &value, sizeof value); }
  void publish(Address a, std::uint64_t value) const {
    store(a, value);
    core_->unsettled = true;
  }
  void settle() const {
    if (std::exchange(core_->unsettled, false) && cores_->settles) drain();
  }
  void light_store(Address a, std::uint64_t value) const { store(a, value); }
  void heavy_barrier() const {
    drain();
    if (!cores_->interrupts) return;
    for (auto& core : cores_->cores) core.interrupted = !core.buffer.empty();
    for (auto& core : cores_->cores) {
      while (core.interrupted) ScheduledAccess::pause();
    }
  }
  std::uint64_t exchange(Address a, std::uint64_t value) const {
    return (before_update(a), ScheduledAccess::exchange(a, value));
  }
  std::uint64_t fetch_add(Address a, std::uint64_t value) const {
    return (before_update(a), ScheduledAccess::fetch_add(a, value));
  }
  bool compare_exchange(Address a, std::uint64_t& expected, std::uint64_t desired) const {
    return (before_update(a), ScheduledAccess::compare_exchange(a, expected, desired));
  }
  void read(Address from, void* to, std::size_t bytes) const {
    step();
    ScheduledAccess::read(from, to, bytes);
    add_own_stores(from, to, bytes);
  }
  void write(Address to, const void* from, std::size_t bytes) const {
    for (std::size_t done = 0; done < bytes;) {
      Cores::Store store{
          to + done, std::min(bytes - done, 8 - (to.bits() + done) % 8), {}, !cores_->relaxed(to + done)};
      std::memcpy(store.value.data(), static_cast<const std::byte*>(from) + done, store.bytes);
      done += store.bytes;
      step();
      core_->buffer.push_back(store);
    }
  }
  void wait(Address a, std::uint32_t expected, std::chrono::nanoseconds timeout) const {
    drain();
    ScheduledAccess::wait(a, expected, timeout);
  }
  void wake(Address a, int count) const { return (drain(), ScheduledAccess::wake(a, count)); }
  void pause() const { return (drain(), ScheduledAccess::pause()); }
  void sleep(std::chrono::nanoseconds time) const { return (drain(), ScheduledAccess::sleep(time)); }

  /// A fence. Where an actor's work ends, and before a moment is noted by which an operation is over for all.
  void drain() const {
    while (!core_->buffer.empty()) let_out(next());
    core_->interrupted = false;
  }

 private:
  static constexpr std::size_t kMost = 12;

  // Some of the stores come out.
  void step() const {
    if (core_->interrupted) drain();
    const auto& buffer = core_->buffer;
    while (!buffer.empty() && (buffer.size() > kMost || cores_->schedule->draw(3) == 0)) let_out(next());
  }
  // Of those that may come out now: the oldest, and what does not release, if it is the oldest of its word.
  std::size_t next() const {
    const auto& buffer = core_->buffer;
    std::vector<std::size_t> may = {0};
    for (std::size_t i = 1; i < buffer.size(); ++i) {
      const bool first = std::none_of(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const auto& older) { return older.word() == buffer[i].word(); });
      if (first && !buffer[i].releases) may.push_back(i);
    }
    return may[cores_->schedule->draw(may.size())];
  }
  // (It is in the buffer until all can see it: others may go on in between.)
  void let_out(std::size_t i) const {
    auto& buffer = core_->buffer;
    ScheduledAccess::write(buffer[i].at, buffer[i].value.data(), buffer[i].bytes);
    buffer.erase(buffer.begin() + static_cast<std::ptrdiff_t>(i));
  }
  void before_update(Address a) const {
    step();
    if (!cores_->relaxed(a)) return drain();
    auto& buffer = core_->buffer;  // what it has stored in the word itself does come before
    for (std::size_t i = 0; i < buffer.size();) buffer[i].word() == a.bits() / 8 ? let_out(i) : void(++i);
  }
  void add_own_stores(Address from, void* to, std::size_t bytes) const {
    for (const auto& store : core_->buffer) {
      for (std::size_t i = 0; i < store.bytes; ++i) {
        const std::uint64_t at = store.at.bits() + i - from.bits();  // too large where it lies before
        if (at < bytes) static_cast<std::byte*>(to)[at] = store.value[i];
      }
    }
  }

  Cores* cores_;
  Cores::Core* core_;
};

}  // namespace cohort::test
