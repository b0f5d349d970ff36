// SPDX-License-Identifier: BSL-1.0
#include "plan.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace farm {
namespace {

void tell(Story& story, const Record& record) {
  story.attempts =
      std::max(story.attempts, record.how == How::interrupted ? record.attempt - 1 : record.attempt);
  if (story.fate == Fate::done || record.how == How::interrupted) return;
  story.fate = record.how == How::done ? Fate::done : Fate::failed;
}

// What makes a journal one of another list.
std::string difference(std::span<const Task> tasks, const JournalContent& journal) {
  std::set<std::uint32_t> others;
  for (const Record& record : journal.records) {
    if (record.id == 0 || record.id > tasks.size() || tasks[record.id - 1].hash != record.hash)
      others.insert(record.id);
  }
  std::string text;
  if (journal.head.tasks != tasks.size())
    text = "it had " + std::to_string(journal.head.tasks) + " tasks and has " + std::to_string(tasks.size());
  if (others.empty()) {
    if (text.empty()) text = "tasks that have not run yet, or barriers, are others";
    return text;
  }
  text += (text.empty() ? "" : "; ") + std::to_string(others.size()) +
          (others.size() == 1 ? " that has run is not what it was, task "
                              : " that have run are not what they were, first task ") +
          std::to_string(*others.begin());
  if (*others.begin() >= 1 && *others.begin() <= tasks.size())
    text += ", now: " + tasks[*others.begin() - 1].command.substr(0, 60);
  return text;
}

}  // namespace

std::vector<Story> stories_of(std::span<const Task> tasks, const JournalContent& journal,
                              const std::string& path) {
  if (journal.head.hash != hash_of({tasks.begin(), tasks.end()}))
    throw BadJournal(
        "the list has changed since " + path + " was begun: " + difference(tasks, journal) +
        ". With --force-resume what has the same command counts as done; with another --journal, or " + path +
        " deleted, all is run");
  std::vector<Story> stories(tasks.size());
  for (const Record& record : journal.records) {
    if (record.id == 0 || record.id > tasks.size())
      throw BadJournal(path + " speaks of a task " + std::to_string(record.id) + ", and there are " +
                       std::to_string(tasks.size()));
    tell(stories[record.id - 1], record);
  }
  return stories;
}

std::vector<Record> carried_over(std::span<const Task> tasks, const JournalContent& journal) {
  std::map<std::uint32_t, const Task*> now;  // by the number that it had
  std::set<std::uint32_t> taken;
  // What stands where it stood first: of equal commands it may have been any.
  for (const Record& record : journal.records) {
    if (record.id == 0 || record.id > tasks.size() || tasks[record.id - 1].hash != record.hash) continue;
    now[record.id] = &tasks[record.id - 1];
    taken.insert(record.id);
  }
  std::multimap<std::string, const Task*> others;
  for (const Task& task : tasks) {
    if (!taken.contains(task.id)) others.emplace(task.hash, &task);
  }
  std::vector<Record> records;
  for (Record record : journal.records) {
    auto known = now.find(record.id);
    if (known == now.end()) {
      const auto same = others.lower_bound(record.hash);
      if (same == others.end() || same->first != record.hash) continue;
      known = now.emplace(record.id, same->second).first;
      others.erase(same);
    }
    record.id = known->second->id;
    record.line = known->second->line;
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<Record> compacted(const std::vector<Record>& records) {
  std::map<std::uint32_t, Record> last;
  for (const Record& record : records) {
    const auto [at, fresh] = last.try_emplace(record.id, record);
    if (fresh || at->second.how == How::done) continue;
    if (record.how != How::interrupted || at->second.how == How::interrupted) at->second = record;
  }
  std::vector<Record> kept;
  for (auto& [id, record] : last) kept.push_back(std::move(record));
  return kept;
}

}  // namespace farm
