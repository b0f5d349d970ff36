// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>

#include "logs.hpp"
#include "text.hpp"

namespace farm {
namespace {

constexpr std::size_t kShownFailures = 10;
constexpr std::size_t kShownLines = 3;
constexpr std::size_t kShownSlowest = 3;

std::string rate_text(double rate) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), rate >= 10 ? "%.0f/s" : "%.2f/s", rate);
  return text.data();
}

double busy_of(const Counts& counts, std::span<const Running> running, double time) {
  double busy = counts.busy;
  for (const Running& one : running) busy += one.id != 0 ? std::max(0.0, time - one.since) : 0;
  return busy;
}

std::string how_text(const Record& record) {
  if (record.how == How::timeout) return "over its time limit";
  if (record.how == How::interrupted) return "interrupted";
  if (record.signal != 0) return "signal " + std::to_string(record.signal);
  return "exit code " + std::to_string(record.code);
}

// The last record of each task.
std::map<std::uint32_t, const Record*> last_of(std::span<const Record> records) {
  std::map<std::uint32_t, const Record*> last;
  for (const Record& record : records) last[record.id] = &record;
  return last;
}

void print_failures(std::ostream& to, const Settings& settings, std::span<const Record* const> failed) {
  std::set<std::uint32_t> ids;
  for (const Record* record : failed) ids.insert(record->id);
  const auto logs =
      settings.log == LogMode::none ? std::map<std::uint32_t, TaskPlaces>() : find_logs(settings.logs, ids);
  for (const Record* record : failed) {
    to << "farm: task " << record->id << " (line " << record->line << ") failed: " << how_text(*record)
       << "; " << log_path(settings, record->id) << "\n";
    const auto log = logs.find(record->id);
    if (log == logs.end()) continue;
    for (const std::string& line : last_lines(log->second, kShownLines))
      to << "  | " << line.substr(0, 200) << "\n";
  }
}

std::string percent(double share) { return std::to_string(static_cast<int>(100 * share + 0.5)) + "%"; }

}  // namespace

std::string progress_line(const Progress& progress, const Counts& counts, std::span<const Running> running,
                          double time, std::size_t width) {
  const double elapsed = std::max(time - progress.begin, 1e-3);
  const auto ended = counts.done + counts.failed;
  const double rate = ended / elapsed;
  std::string text =
      std::to_string(progress.before + counts.done) + "/" + std::to_string(progress.tasks) + " done";
  if (counts.failed != 0) text += ", " + std::to_string(counts.failed) + " failed";
  text += ", " + std::to_string(counts.running) + " running, " + rate_text(rate);
  const auto left = progress.tasks - progress.before - ended;
  if (left != 0 && ended != 0)
    text += ", " + duration_text(Seconds(static_cast<double>(left) / rate)) + " left";
  text +=
      ", " + percent(std::min(1.0, busy_of(counts, running, time) / (elapsed * progress.ranks))) + " busy";
  if (text.size() > width) text.resize(width);
  return text;
}

std::string state_text(const Progress& progress, const Counts& counts, std::span<const Running> running,
                       double time) {
  std::string text = "farm: " + progress_line(progress, counts, running, time, 200) + "\n";
  for (std::size_t rank = 0; rank < running.size(); ++rank) {
    const Running& one = running[rank];
    text += "farm: rank " + std::to_string(rank) + ": ";
    if (one.id == 0) {
      text += "nothing to do\n";
      continue;
    }
    text += "task " + std::to_string(one.id) + ", attempt " + std::to_string(one.attempt) + ", pid " +
            std::to_string(one.pid) + ", for " + duration_text(Seconds(time - one.since)) + "\n";
  }
  return text;
}

void print_summary(std::ostream& to, const Progress& progress, const Settings& settings, const Counts& counts,
                   std::span<const Record> records, double time) {
  const double wall = std::max(time - progress.begin, 1e-3);
  const auto left = progress.tasks - progress.before - counts.done - counts.failed;
  to << "farm: " << counts.done << " done";
  if (progress.before != 0) to << " (and " << progress.before << " before)";
  to << ", " << counts.failed << " failed, " << left << " left";
  if (counts.retries != 0) to << ", " << counts.retries << " tried again";
  to << "; " << duration_text(Seconds(wall)) << " on " << progress.ranks
     << (progress.ranks == 1 ? " rank" : " ranks") << ", tasks took " << duration_text(Seconds(counts.busy))
     << " (" << percent(counts.busy / (wall * progress.ranks)) << " busy)\n";

  std::vector<const Record*> slowest;
  for (const Record& record : records) slowest.push_back(&record);
  const auto shown = std::min(slowest.size(), kShownSlowest);
  std::ranges::partial_sort(slowest, slowest.begin() + static_cast<std::ptrdiff_t>(shown), std::greater(),
                            [](const Record* r) { return r->end - r->start; });
  for (std::size_t i = 0; i < shown; ++i) {
    to << (i == 0 ? "farm: slowest: " : ", ") << "task " << slowest[i]->id << " "
       << duration_text(Seconds(slowest[i]->end - slowest[i]->start));
  }
  if (shown != 0) to << "\n";

  std::vector<std::pair<double, std::size_t>> load(static_cast<std::size_t>(progress.ranks));
  for (const Record& record : records) {
    auto& [busy, count] = load.at(static_cast<std::size_t>(record.rank) % load.size());
    busy += record.end - record.start;
    ++count;
  }
  if (load.size() <= 64 && !records.empty()) {
    to << "farm: busy by rank:";
    for (const auto& [busy, count] : load) to << " " << percent(busy / wall) << " (" << count << ")";
    to << "\n";
  }

  std::vector<const Record*> failed;
  for (const auto& [id, record] : last_of(records)) {
    if (record->how != How::done && record->how != How::interrupted) failed.push_back(record);
  }
  print_failures(to, settings, std::span(failed).first(std::min(failed.size(), kShownFailures)));
  if (failed.size() > kShownFailures)
    to << "farm: and " << failed.size() - kShownFailures << " more that failed; --list failed names them\n";
}

}  // namespace farm
