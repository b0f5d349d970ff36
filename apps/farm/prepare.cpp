// SPDX-License-Identifier: BSL-1.0
#include "prepare.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "arguments.hpp"
#include "logs.hpp"
#include "plan.hpp"
#include "signals.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

namespace farm {
namespace {

// Slurm ends a job at its time, not before; mpirun and this program need some of it.
constexpr double kBeforeTheEnd = 15;

std::vector<Task> read_list(const Options& options) {
  std::ifstream file;
  if (options.list != "-") {
    file.open(options.list, std::ios::binary);
    if (!file || std::filesystem::is_directory(options.list))
      throw std::system_error(file ? EISDIR : errno, std::generic_category(),
                              "cannot read '" + options.list + "'");
  }
  std::istream& from = options.list == "-" ? std::cin : file;
  const std::string name = options.list == "-" ? "stdin" : options.list;
  return options.command_template.empty()
             ? read_tasks(from, name)
             : fill_template(options.command_template, from, name, options.header);
}

// What squeue says is left of this job; "" where it says nothing.
std::string left_by_squeue(const std::string& job) {
  const std::string command = "squeue -h -j " + shell_quoted(job) + " -o %L 2>/dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): the user's squeue, by PATH
  if (pipe == nullptr) return "";
  std::array<char, 100> text = {};
  const bool got = std::fgets(text.data(), text.size(), pipe) != nullptr;
  ::pclose(pipe);
  std::string line = got ? text.data() : "";
  if (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

// When this job has to be over; 0: never.
double deadline_of(const Options& options) {
  if (!options.walltime.empty()) return now() + parse_duration(options.walltime).count();
  const char* const told = std::getenv("SLURM_JOB_END_TIME");
  const double end = told == nullptr ? 0 : std::strtod(told, nullptr);
  if (end > now()) return end - kBeforeTheEnd;
  if (const char* job = std::getenv("SLURM_JOB_ID")) {
    try {
      return now() + parse_duration(left_by_squeue(job)).count() - kBeforeTheEnd;
    } catch (const std::invalid_argument&) {  // no squeue, or UNLIMITED
    }
  }
  return 0;
}

// The journal, locked, and what it says: created where it is missing, and made this list's where that was asked for.
std::pair<std::unique_ptr<Journal>, JournalContent> open_journal(const Options& options,
                                                                 const std::vector<Task>& tasks) {
  const std::string& path = options.settings.journal;
  const Head head = {options.list, tasks.size(), hash_of(tasks)};
  auto journal = std::make_unique<Journal>(path, true);
  journal->lock();
  if (journal->is_empty()) journal->begin(head);
  JournalContent content = read_journal(path);
  journal->cut(content.bytes);
  if (options.force_resume && content.head.hash != head.hash) {
    const auto carried = carried_over(tasks, content);
    std::filesystem::copy_file(path, path + ".old", std::filesystem::copy_options::overwrite_existing);
    write_journal(path, head, carried);
    std::cerr << "farm: " << carried.size() << " of " << content.records.size()
              << " records are of this list; the others are in " << path << ".old\n";
    journal = std::make_unique<Journal>(path);
    journal->lock();
    content = read_journal(path);
  }
  return {std::move(journal), std::move(content)};
}

// As a list, with barriers and time limits between them.
class Printed {
 public:
  void print(const Task& task, const std::string& before = "") {
    if (task.stage != stage_) std::cout << "#FARM BARRIER\n";
    if (task.timeout != timeout_) {
      if (task.timeout == 0) {
        std::cout << "#FARM TIMEOUT off\n";
      } else {
        std::cout << "#FARM TIMEOUT " << std::fixed << task.timeout << "s\n";
      }
    }
    stage_ = task.stage;
    timeout_ = task.timeout;
    std::cout << before << task.command << "\n";
  }

 private:
  std::uint32_t stage_ = 0;
  double timeout_ = 0;
};

int print_dry(const std::vector<Task>& tasks) {
  Printed printed;
  for (const Task& task : tasks) printed.print(task, std::to_string(task.id) + "\t");
  return 0;
}

int print_those(const std::string& which, const std::vector<Task>& tasks, const std::vector<Story>& stories) {
  const Fate fate = which == "done" ? Fate::done : which == "failed" ? Fate::failed : Fate::remaining;
  Printed printed;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (stories[i].fate != fate) continue;
    if (tasks[i].command.find('\n') == std::string::npos) {
      printed.print(tasks[i]);
    } else {
      std::cerr << "farm: task " << tasks[i].id << " (line " << tasks[i].line
                << ") is left out: it has line ends in it, and a list has a command a line\n";
    }
  }
  return 0;
}

int show_log(const Options& options) {
  const auto found = find_logs(options.settings.logs, {options.show_log});
  if (found.empty()) {
    std::cerr << "farm: " << options.settings.logs << " has nothing of task " << options.show_log << "\n";
    return 1;
  }
  copy_log(found.begin()->second[0], std::cout);
  copy_log(found.begin()->second[1], std::cerr);
  return 0;
}

// While a farm is at it, too.
int print_list(const Options& options, const std::vector<Task>& tasks) {
  const std::string& path = options.settings.journal;
  const auto stories = std::filesystem::exists(path) ? stories_of(tasks, read_journal(path), path)
                                                     : std::vector<Story>(tasks.size());
  return print_those(options.print, tasks, stories);
}

std::variant<Work, int> prepare_work(const Options& options, const std::vector<Task>& tasks) {
  if (!options.print.empty()) return print_list(options, tasks);
  auto [journal, content] = open_journal(options, tasks);
  const std::string& path = options.settings.journal;
  const auto stories = stories_of(tasks, content, path);
  if (options.compact) {
    const auto kept = compacted(content.records);
    write_journal(path, content.head, kept);
    std::cerr << "farm: " << content.records.size() << " records became " << kept.size() << "\n";
    return 0;
  }
  Work work;
  work.settings = options.settings;
  work.settings.tasks = tasks.size();
  if (const double deadline = deadline_of(options); deadline != 0)
    work.settings.last_moment = deadline - std::min(options.settings.grace, (deadline - now()) / 2);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Story& story = stories[i];
    if (story.fate == Fate::done) ++work.before;
    const bool wanted = options.retry_failed ? story.fate == Fate::failed : story.fate != Fate::done;
    if (wanted) work.todo.push_back({tasks[i], story.attempts, static_cast<std::uint32_t>(work.todo.size())});
  }
  // What a farm that was killed has left.
  remove_tree(work.settings.temporary);
  if (work.todo.empty()) {
    std::cerr << "farm: nothing to do: " << work.before << " of " << tasks.size() << " tasks are done"
              << (options.retry_failed ? ", and none has failed" : "") << "\n";
    return 0;
  }
  std::filesystem::create_directories(work.settings.temporary);
  if (work.settings.log != LogMode::none) std::filesystem::create_directories(work.settings.logs);
  if (work.settings.log == LogMode::single) repair_single_log(work.settings.logs);
  for (const Record& record : content.records) {
    if (record.how != How::interrupted) work.times.push_back(record.end - record.start);
  }
  work.journal = std::move(journal);
  work.records_before = content.records.size();
  return work;
}

}  // namespace

std::variant<Work, int> prepare(const Options& options) {
  try {
    if (options.show_log != 0) return show_log(options);
    signals::end_at_once(true);  // what reads from a terminal may wait for ever
    const std::vector<Task> tasks = read_list(options);
    signals::end_at_once(false);
    if (options.dry_run) return print_dry(tasks);
    if (tasks.empty()) {
      std::cerr << "farm: nothing to do: " << options.list << " has no tasks\n";
      return 0;
    }
    return prepare_work(options, tasks);
  } catch (const std::runtime_error& error) {
    std::cerr << "farm: " << error.what() << "\n";
    return apps::kWrongArguments;
  }
}

std::vector<Record> added_records(const Work& work) {
  const auto all = read_journal(work.settings.journal).records;
  return {all.begin() + static_cast<std::ptrdiff_t>(work.records_before), all.end()};
}

}  // namespace farm
