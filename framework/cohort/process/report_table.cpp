// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/report_table.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace cohort {
namespace {

constexpr const char* kNames[] = {"",           "join",      "work",  "value",   "latch",     "lock",
                                  "semaphore",  "condition", "event", "barrier", "queue get", "queue put",
                                  "queue join", "future",    "pool",  "blocking"};
static_assert(std::size(kNames) == kWaitKinds);

double share(std::uint64_t time, std::uint64_t wall) {
  return wall == 0 ? 0 : 100 * static_cast<double>(time) / static_cast<double>(wall);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share);
  return text;
}

std::string seconds(std::uint64_t ns) {
  const double time = static_cast<double>(ns) / 1e9;
  char text[32];
  std::snprintf(text, sizeof text, time < 100 ? "%.3g s" : "%.0f s", time);
  return text;
}

// "future 2.1 %, queue get 0.3 %": the longest first, and nothing that would read 0.0 %.
std::string reasons(const RankReport& rank) {
  std::vector<std::size_t> kinds;
  for (std::size_t kind = 0; kind < kWaitKinds; ++kind) {
    if (share(rank.waiting[kind], rank.wall) >= 0.05) kinds.push_back(kind);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [&rank](std::size_t a, std::size_t b) { return rank.waiting[a] > rank.waiting[b]; });
  std::string text;
  for (const std::size_t kind : kinds) {
    text += (text.empty() ? "  " : ", ") + std::string(kNames[kind]) + ' ' +
            percent(share(rank.waiting[kind], rank.wall));
  }
  return text;
}

}  // namespace

std::string report_table(const std::vector<RankReport>& ranks) {
  std::string text = "cohort: report of " + std::to_string(ranks.size()) +
                     (ranks.size() == 1 ? " rank, " : " ranks, ") + seconds(ranks.front().wall) + '\n';
  int width = 5;
  for (const RankReport& rank : ranks)
    width = std::max(width, static_cast<int>(std::to_string(rank.tasks).size()));
  char line[160];
  const auto add = [&](const std::string& number, const std::string& tasks, const std::string& busy,
                       const std::string& main, const std::string& waiting, const std::string& why) {
    std::snprintf(line, sizeof line, "%4s  %*s  %7s  %7s  %7s", number.c_str(), width, tasks.c_str(),
                  busy.c_str(), main.c_str(), waiting.c_str());
    text += line + why + '\n';
  };
  add("rank", "tasks", "busy", "main", "waiting", "  for what");
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const RankReport& rank = ranks[i];
    add(std::to_string(i), std::to_string(rank.tasks), percent(share(rank.busy, rank.wall)),
        percent(share(rank.main, rank.wall)), percent(share(rank.waited(), rank.wall)), reasons(rank));
  }
  return text;
}

}  // namespace cohort
