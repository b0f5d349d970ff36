// SPDX-License-Identifier: BSL-1.0
#pragma once

// What is to be run: one shell command a line, or a command made from each row of a table.

#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

struct Task {
  std::uint32_t id = 0;     ///< 1, 2, 3 ... in the order of the list
  std::uint32_t line = 0;   ///< where it stands in the file
  std::uint32_t stage = 0;  ///< no task begins before all of earlier stages have ended
  double timeout = 0;       ///< seconds; 0: as --timeout says
  std::string command;
  std::string hash;  ///< of the command

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& id& line& stage& timeout& command& hash;
  }
};

/// A list that cannot be run: what is wrong, in which file and line.
class BadList : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Lines are commands; empty ones and those that begin with # are not, but for
///   #FARM BARRIER         what follows begins when all before has ended
///   #FARM TIMEOUT 15m     holds for what follows; `off`: as --timeout says
/// Throws BadList: CRLF, a NUL byte, quotes without an end, more than sh can be given, a #FARM line that nobody knows.
std::vector<Task> read_tasks(std::istream& from, const std::string& name);

/// Puts a task behind the others, with its id and hash. Throws BadList where sh could not run it.
void add_task(std::vector<Task>& tasks, Task task, const std::string& name);
/// With which programs of Windows begin a text: it is none of it.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// One task for each row of a table (comma-separated, quoted as in RFC 4180): {1}, {2} ... in the template become its
/// fields, {name} too where `header` says that the first row has names, {{ a brace. Fields are quoted for the shell.
/// Throws BadList.
std::vector<Task> fill_template(const std::string& command, std::istream& table, const std::string& name,
                                bool header);

/// Of all commands in their order, and of what is between them.
std::string hash_of(const std::vector<Task>& tasks);

}  // namespace farm
