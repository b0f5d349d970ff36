// SPDX-License-Identifier: BSL-1.0
#include "parallel.hpp"

#include <functional>
#include <string>

namespace wordcount {
namespace {

// A few tasks a core even out ranks that are slower or start later; each more costs one more copy of the
// common words.
constexpr std::size_t kTasksPerCore = 4;

struct ShardTotals {
  long words;
  long distinct;
};

void count_task(const Task& task, const std::vector<Shard>& shards, std::size_t number) {
  WordCounter counter;
  for (const auto& piece : task) count_piece(piece, counter);

  std::vector<std::vector<Count>> parts(shards.size());
  for (const auto& [word, count] : counter.table()) {
    parts[std::hash<std::string>{}(word) % parts.size()].emplace_back(word, count);
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const auto shard = (number + i) % shards.size();  // neighbours begin at different shards
    Shard list = shards[shard];
    list.extend(parts[shard]);
  }
}

void add_up(const Shard& shard, Table& table) {
  for (const auto& [word, count] : shard) table[word] += count;
}

void merge_shard(Shard shard, std::size_t top, cohort::List<ShardTotals> totals,
                 cohort::List<Count> leaders) {
  Table table;
  add_up(shard, table);
  const auto summary = summarize(table, top);
  totals.append({summary.words, summary.distinct});
  leaders.extend(summary.top);
}

}  // namespace

Counted count_parallel(cohort::Manager& manager, const std::vector<File>& files, std::size_t top) {
  const auto cores = static_cast<std::size_t>(cohort::cpu_count());
  const auto tasks = plan(files, kTasksPerCore * cores);
  Counted counted{{}, {}, tasks.size()};
  if (tasks.empty()) return counted;

  for (std::size_t i = 0; i < cores; ++i) counted.shards.push_back(manager.list<Count>());
  std::vector<cohort::Process> counters;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    counters.emplace_back(count_task, tasks[i], counted.shards, i);
  cohort::start_all(counters);
  cohort::join_all(counters);

  auto totals = manager.list<ShardTotals>();
  auto leaders = manager.list<Count>();
  std::vector<cohort::Process> mergers;
  for (const auto& shard : counted.shards) mergers.emplace_back(merge_shard, shard, top, totals, leaders);
  cohort::start_all(mergers);
  cohort::join_all(mergers);

  for (const auto& [words, distinct] : totals) {
    counted.summary.words += words;
    counted.summary.distinct += distinct;
  }
  counted.summary.top = leaders.copy();
  keep_top(counted.summary.top, top);
  return counted;
}

Table collect(const std::vector<Shard>& shards) {
  Table table;
  for (const auto& shard : shards) add_up(shard, table);
  return table;
}

}  // namespace wordcount
