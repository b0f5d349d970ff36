// SPDX-License-Identifier: BSL-1.0
#include "task_list.hpp"

#include <cstdlib>
#include <istream>
#include <string_view>

#include "text.hpp"

namespace farm {
namespace {

[[noreturn]] void refuse(const std::string& name, std::uint32_t line, const std::string& why) {
  throw BadList(name + ":" + std::to_string(line) + ": " + why);
}

// At a glance: quotes in $(...) in quotes are not followed.
bool seem_whole(const std::string& command) {
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'') {
      if (++i == command.size()) return false;
    } else if (quote == 0 && c == '#' &&
               (i == 0 || std::string_view(" \t;&|(").find(command[i - 1]) != std::string_view::npos)) {
      return true;  // a comment
    } else if (quote == 0 && (c == '\'' || c == '"' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return quote == 0;
}

// As sh finds out, but before anything runs. It is asked only where a look at the command is not enough.
bool quotes_are_whole(const std::string& command) {
  if (seem_whole(command)) return true;
  const std::string asks = "sh -n -c " + shell_quoted(command) + " 2>/dev/null";
  return std::system(asks.c_str()) == 0;  // NOLINT(cert-env33-c): it runs nothing of the command
}

void check(const std::string& name, std::uint32_t line, const std::string& text) {
  if (text.find('\0') != text.npos) refuse(name, line, "a NUL byte; is this a text file?");
  if (text.find('\r') != text.npos)
    refuse(name, line,
           "ends in CR LF, as files from Windows do; convert it: sed -i 's/\\r$//' " + shell_quoted(name));
}

bool is_order(const std::string& text) {
  return text.starts_with("#FARM") && (text.size() == 5 || text[5] == ' ' || text[5] == '\t');
}
std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

void add(std::vector<Task>& tasks, Task task, const std::string& name) {
  const auto last = task.command.find_last_not_of('\\');
  if ((task.command.size() - 1 - last) % 2 != 0)
    refuse(name, task.line, "ends in a backslash, but a command has one line: " + task.command);
  if (!quotes_are_whole(task.command))
    refuse(name, task.line, "a quote has nothing that ends it: " + task.command);
  task.id = static_cast<std::uint32_t>(tasks.size() + 1);
  task.hash = hash_text(task.command);
  tasks.push_back(std::move(task));
}

}  // namespace

std::vector<Task> read_tasks(std::istream& from, const std::string& name) {
  std::vector<Task> tasks;
  Task next;
  for (std::string text; std::getline(from, text);) {
    ++next.line;
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
      add(tasks, next, name);
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
