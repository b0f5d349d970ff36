// SPDX-License-Identifier: BSL-1.0
#include "task_list.hpp"

#include <cstdlib>
#include <istream>

#include "text.hpp"

namespace farm {
namespace {

[[noreturn]] void refuse(const std::string& name, std::uint32_t line, const std::string& why) {
  throw BadList(name + ":" + std::to_string(line) + ": " + why);
}

// Linux gives a program no longer argument, its end included.
constexpr std::size_t kLongest = 131'072;

// At a glance: quotes in $(...) in quotes are not followed.
enum class Look { whole, open, continued };
Look look_at(const std::string& command) {
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'') {
      if (++i == command.size()) return Look::continued;
    } else if (quote == 0 && c == '#' &&
               (i == 0 || std::string_view(" \t;&|(").find(command[i - 1]) != std::string_view::npos)) {
      return Look::whole;  // a comment
    } else if (quote == 0 && (c == '\'' || c == '"' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return quote == 0 ? Look::whole : Look::open;
}

// As sh finds out, but before anything runs. It is asked only where a look at the command is not enough.
bool sh_reads(const std::string& command) {
  const std::string asks = "sh -n -c " + shell_quoted(command) + " 2>/dev/null";
  if (asks.size() >= kLongest) return true;  // it cannot be asked
  return std::system(asks.c_str()) == 0;     // NOLINT(cert-env33-c): it runs nothing of the command
}

void check(const std::string& name, std::uint32_t line, const std::string& text) {
  if (text.find('\0') != text.npos) refuse(name, line, "a NUL byte; is this a text file?");
  const auto cr = text.find('\r');
  if (cr == text.npos) return;
  if (cr + 1 == text.size())
    refuse(name, line,
           "ends in CR LF, as files from Windows do; convert it: sed -i 's/\\r$//' " + shell_quoted(name));
  refuse(name, line, "has a CR (a carriage return) in it; for a command that needs one: printf '\\r'");
}

bool is_order(const std::string& text) {
  return text.starts_with("#FARM") && (text.size() == 5 || text[5] == ' ' || text[5] == '\t');
}
std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

void add_task(std::vector<Task>& tasks, Task task, const std::string& name) {
  if (task.command.size() >= kLongest)
    refuse(name, task.line,
           "a command of " + std::to_string(task.command.size()) + " bytes; sh can be given " +
               std::to_string(kLongest - 1) + ". Put it into a script");
  const Look look = look_at(task.command);
  if (look == Look::continued)
    refuse(name, task.line, "ends in a backslash, but a command has one line: " + task.command);
  if (look == Look::open && !sh_reads(task.command))
    refuse(name, task.line, "a quote has nothing that ends it: " + task.command);
  task.id = static_cast<std::uint32_t>(tasks.size() + 1);
  task.hash = hash_text(task.command);
  tasks.push_back(std::move(task));
}

std::vector<Task> read_tasks(std::istream& from, const std::string& name) {
  std::vector<Task> tasks;
  Task next;
  for (std::string text; std::getline(from, text);) {
    if (++next.line == 1 && text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    check(name, next.line, text);
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) continue;
    if (is_order(text.substr(begin))) {
      const std::string order = trimmed(text.substr(begin + 5));
      if (order == "BARRIER") {
        ++next.stage;
      } else if (order == "TIMEOUT off") {
        next.timeout = 0;
      } else if (order.starts_with("TIMEOUT ")) {
        try {
          next.timeout = parse_duration(order.substr(8)).count();
        } catch (const std::invalid_argument& error) {
          refuse(name, next.line, error.what());
        }
      } else {
        refuse(name, next.line,
               "'#FARM " + order + "' is none of #FARM BARRIER, #FARM TIMEOUT 15m, #FARM TIMEOUT off");
      }
    } else if (text[begin] != '#') {
      next.command = text.substr(begin);
      add_task(tasks, next, name);
    }
  }
  if (from.bad()) throw BadList(name + ": cannot be read to its end");
  return tasks;
}

std::string hash_of(const std::vector<Task>& tasks) {
  std::string all;
  for (const Task& task : tasks) all += std::to_string(task.stage) + " " + task.hash + "\n";
  return hash_text(all);
}

}  // namespace farm
