// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/rank_times.hpp"

#include <numeric>
#include <sstream>
#include <utility>

namespace cohort {

std::uint64_t RankReport::waited() const {
  return std::accumulate(waiting.begin(), waiting.end(), std::uint64_t{0});
}

std::string RankReport::encode() const {
  std::ostringstream out;
  out << tasks << ' ' << wall << ' ' << busy << ' ' << main;
  for (const auto time : waiting) out << ' ' << time;
  return out.str();
}

RankReport RankReport::decode(const std::string& text) {
  std::istringstream in(text);
  RankReport report;
  in >> report.tasks >> report.wall >> report.busy >> report.main;
  for (auto& time : report.waiting) in >> time;
  return report;
}

WaitKind RankTimes::awaited() const {
  if (blocked_[static_cast<std::size_t>(last_)] > 0) return last_;
  for (std::size_t kind = 0; kind < kWaitKinds; ++kind) {
    if (blocked_[kind] > 0) return static_cast<WaitKind>(kind);
  }
  return WaitKind::work;
}

void RankTimes::settle(std::uint64_t now) {
  const std::uint64_t elapsed = now - std::exchange(since_, now);
  if (threads(Activity::task) > 0)
    report_.busy += elapsed;
  else if (threads(Activity::main) > 0)
    report_.main += elapsed;
  else
    report_.waiting[static_cast<std::size_t>(awaited())] += elapsed;
}

void RankTimes::change(Activity from, Activity to, std::uint64_t now) {
  settle(now);
  --threads(from);
  ++threads(to);
}

void RankTimes::block(Activity from, WaitKind what, std::uint64_t now) {
  settle(now);
  --threads(from);
  ++blocked_[static_cast<std::size_t>(what)];
  last_ = what;
}

void RankTimes::unblock(Activity to, WaitKind what, std::uint64_t now) {
  settle(now);
  --blocked_[static_cast<std::size_t>(what)];
  ++threads(to);
}

RankReport RankTimes::at(std::uint64_t now) {
  settle(now);
  report_.wall = now - begin_;
  return report_;
}

}  // namespace cohort
