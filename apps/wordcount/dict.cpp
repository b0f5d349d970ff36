// SPDX-License-Identifier: BSL-1.0
#include "dict.hpp"

namespace wordcount {
namespace {

// As many as the lists have: each more costs one more increment of every common word.
constexpr std::size_t kTasksPerCore = 4;

void count_task(const SharedTable& shared, const Task& task) {
  WordCounter counter;
  for (const auto& piece : task) count_piece(piece, counter);
  for (const auto& [word, count] : counter.table()) shared.increment(word, count);
}

}  // namespace

CountedInDict count_in_dict(cohort::Manager& manager, const std::vector<File>& files, std::size_t top) {
  const auto tasks = plan(files, kTasksPerCore * static_cast<std::size_t>(cohort::cpu_count()));
  CountedInDict counted{{}, manager.dict<std::string, long>(), tasks.size()};
  cohort::Pool pool;
  pool.map(cohort::partial(count_task, counted.table), tasks, {.chunk = 1});
  counted.summary = summarize(collect(counted.table), top);
  return counted;
}

Table collect(const SharedTable& shared) {
  Table table;
  for (const auto& [word, count] : shared) table.emplace(word, count);
  return table;
}

}  // namespace wordcount
