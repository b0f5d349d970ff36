// SPDX-License-Identifier: BSL-1.0
// Runs a program under the real python3 and hands back the lines it printed.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::test {

// The interpreter to compare with: COHORT_PYTHON where it is set, else python3 from the PATH.
inline std::string python_command() {
  const char* given = std::getenv("COHORT_PYTHON");
  return given != nullptr ? given : "python3";
}

namespace detail {

struct CommandResult {
  std::string output;
  int status = 0;
};

inline CommandResult read_command(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start: " + command);
  CommandResult result;
  std::array<char, 65536> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    result.output.append(buffer.data(), got);
  result.status = ::pclose(pipe);
  return result;
}

// A file that is gone when its owner is.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view contents) {
    path_ = (std::filesystem::temp_directory_path() / "cohort-parity-XXXXXX").string();
    const int descriptor = ::mkstemp(path_.data());
    if (descriptor < 0) throw std::runtime_error("cannot create " + path_);
    ::close(descriptor);
    std::ofstream file(path_, std::ios::binary);
    file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace detail

// "" where no interpreter answers, else what it calls itself, such as "Python 3.11.2".
inline std::string python_version() {
  const auto answer = detail::read_command(python_command() + " --version 2>/dev/null");
  if (answer.status != 0 || answer.output.empty()) return "";
  return answer.output.substr(0, answer.output.find('\n'));
}

// The lines `program` prints, without their ends. Throws std::runtime_error, with the output, where it fails.
inline std::vector<std::string> run_python(std::string_view program) {
  const detail::TemporaryFile file(program);
  const auto answer = detail::read_command(python_command() + " '" + file.path() + "' 2>&1");
  if (!WIFEXITED(answer.status) || WEXITSTATUS(answer.status) != 0)
    throw std::runtime_error("python3 failed:\n" + answer.output);
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < answer.output.size()) {
    std::size_t end = answer.output.find('\n', begin);
    if (end == std::string::npos) end = answer.output.size();
    lines.push_back(answer.output.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace cohort::test
