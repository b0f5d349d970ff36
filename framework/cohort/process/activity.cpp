// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/activity.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

namespace cohort {
namespace {

thread_local Activity here = Activity::none;

std::mutex the_mutex;
RankTimes the_times(0);
std::atomic<std::uint64_t> the_tasks = 0;

std::uint64_t now_ns() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count());
}

// The clock is read under the mutex, so that times never fall.
void change(Activity from, Activity to) noexcept {
  const std::lock_guard lock(the_mutex);
  the_times.change(from, to, now_ns());
}

}  // namespace

void begin_report() {
  the_times = RankTimes(now_ns());
  the_tasks = 0;
  change(Activity::none, here = Activity::main);
  report_on = true;
}

RankReport end_report() {
  report_on = false;
  here = Activity::none;
  RankReport report = the_times.at(now_ns());
  report.tasks = the_tasks;
  return report;
}

void count_tasks(std::uint64_t count) noexcept { the_tasks.fetch_add(count, std::memory_order_relaxed); }

void Doing::begin(Activity what) noexcept {
  told_ = true;
  before_ = std::exchange(here, what);
  if (before_ != what) change(before_, what);
}
void Doing::end() noexcept {
  const Activity was = std::exchange(here, before_);
  if (was != before_) change(was, before_);
}

void detail::tell_block(WaitKind what) noexcept {
  if (here == Activity::none) return;
  const std::lock_guard lock(the_mutex);
  the_times.block(here, what, now_ns());
}
void detail::tell_unblock(WaitKind what) noexcept {
  if (here == Activity::none) return;
  const std::lock_guard lock(the_mutex);
  the_times.unblock(here, what, now_ns());
}

}  // namespace cohort
