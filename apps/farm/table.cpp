// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <istream>

#include "task_list.hpp"
#include "text.hpp"

namespace farm {
namespace {

[[noreturn]] void refuse(const std::string& name, std::uint32_t line, const std::string& why) {
  throw BadList(name + ":" + std::to_string(line) + ": " + why);
}

using Row = std::vector<std::string>;

// One row, which may have line ends in its quotes. False: there is none left. `line` goes up by those that it takes.
bool read_row(std::istream& from, const std::string& name, Row& row, std::uint32_t& line) {
  row.assign(1, "");
  bool quoted = false;
  bool any = false;
  const std::uint32_t first = line + 1;
  for (char c = 0; from.get(c);) {
    any = true;
    if (c == '\0') refuse(name, line + 1, "a NUL byte; is this a text file?");
    if (quoted) {
      if (c == '\n') ++line;
      if (c != '"') {
        row.back() += c;
      } else if (from.peek() == '"') {
        row.back() += static_cast<char>(from.get());
      } else {
        quoted = false;
      }
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r' || from.peek() != '\n') {  // RFC 4180 ends its lines so
      row.back() += c;
      if (line == 0 && row.size() == 1 && row.back() == kByteOrderMark) row.back().clear();
    }
  }
  if (quoted) refuse(name, first, "a quoted field has no end");
  if (any) ++line;
  return any;
}

// A template, taken apart: text, field, text, field, text.
struct Pattern {
  std::vector<std::string> texts = {""};
  std::vector<std::size_t> fields;  // 0: the first
};

Pattern parse(const std::string& command, const Row& names) {
  Pattern pattern;
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (command[i] != '{') {
      pattern.texts.back() += command[i];
      continue;
    }
    if (i + 1 < command.size() && command[i + 1] == '{') {
      pattern.texts.back() += command[++i];
      continue;
    }
    const auto end = command.find('}', i);
    const std::string what = end == command.npos ? "" : command.substr(i + 1, end - i - 1);
    const auto named = std::ranges::find(names, what);
    std::size_t number = 0;
    if (!what.empty() && what.size() < 6 && what.find_first_not_of("0123456789") == what.npos)
      number = std::stoul(what);
    if (number == 0 && named == names.end())
      throw BadList("--template: '{" + what + "}' is no field; write {1}, {2} ..." +
                    (names.empty() ? ", or {name} with --header" : " or a name of the table's first row") +
                    ", and {{ for a brace");
    pattern.fields.push_back(number != 0 ? number - 1 : static_cast<std::size_t>(named - names.begin()));
    pattern.texts.emplace_back();
    i = end;
  }
  return pattern;
}

}  // namespace

std::vector<Task> fill_template(const std::string& command, std::istream& table, const std::string& name,
                                bool header) {
  std::vector<Task> tasks;
  std::uint32_t line = 0;
  Row row;
  if (header && !read_row(table, name, row, line)) return tasks;
  const Pattern pattern = parse(command, header ? row : Row());
  for (std::uint32_t first = line + 1; read_row(table, name, row, line); first = line + 1) {
    if (row.size() == 1 && row[0].empty()) continue;
    Task task;
    task.command = pattern.texts[0];
    for (std::size_t i = 0; i < pattern.fields.size(); ++i) {
      if (pattern.fields[i] >= row.size())
        refuse(name, first,
               "has " + std::to_string(row.size()) + " fields, and the template wants {" +
                   std::to_string(pattern.fields[i] + 1) + "}");
      task.command += shell_quoted(row[pattern.fields[i]]) + pattern.texts[i + 1];
    }
    task.line = first;
    add_task(tasks, std::move(task), name);
  }
  if (table.bad()) throw BadList(name + ": cannot be read to its end");
  return tasks;
}

}  // namespace farm
