// SPDX-License-Identifier: BSL-1.0
#include "logs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace farm {
namespace {

constexpr std::array kEndings = {".out", ".err"};

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw std::system_error(errno, std::generic_category(), "cannot " + what + " '" + path + "'");
}

std::string file_of(const std::string& folder, std::uint32_t id, std::size_t which) {
  return folder + "/" + std::to_string(id) + kEndings[which];
}

std::uint64_t size_of(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void write_all(int to, const char* text, std::size_t bytes, const std::string& path) {
  while (bytes != 0) {
    const auto written = ::write(to, text, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path);
    text += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

// Where the file system cannot make such a file at once.
int open_without_name(const std::string& folder) {
  std::string path = folder + "/log.XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_APPEND | O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  return descriptor;
}

}  // namespace

TaskLog::TaskLog(const Settings& settings, std::uint32_t id) : settings_(settings), id_(id) {
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    int flags = O_WRONLY | O_CLOEXEC;
    switch (settings.log) {
      case LogMode::none:
        paths_[i] = "/dev/null";
        break;
      case LogMode::single:  // through a file without a name
        paths_[i] = settings.temporary;
        flags = O_RDWR | O_CLOEXEC | O_TMPFILE;
        break;
      default:
        paths_[i] = file_of(settings.logs, id, i);
        flags |= O_CREAT | O_TRUNC;
    }
    descriptors_[i] = ::open(paths_[i].c_str(), flags | O_APPEND, 0666);
    if (descriptors_[i] < 0 && settings.log == LogMode::single)
      descriptors_[i] = open_without_name(settings.temporary);
    if (descriptors_[i] >= 0) continue;
    const int error = errno;
    if (i == 1) ::close(descriptors_[0]);
    errno = error;
    fail("create", paths_[i]);
  }
}

TaskLog::~TaskLog() {
  for (const int descriptor : descriptors_) ::close(descriptor);
}

void TaskLog::close(int attempt, bool succeeded) {
  if (settings_.log == LogMode::none) return;
  if (settings_.log == LogMode::single) return append(attempt);
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    if (size_of(descriptors_[i]) == 0 || (succeeded && settings_.log == LogMode::failed_only))
      ::unlink(paths_[i].c_str());
  }
}

// "#FARM 17 1 120 34 1700000000", for task 17, attempt 1, so many bytes of stdout and of stderr, which follow, and the time.
void TaskLog::append(int attempt) const {
  const std::string path = single_log(settings_.logs);
  const std::array bytes = {size_of(out()), size_of(err())};
  const int to = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (to < 0) fail("write", path);
  const auto before = ::lseek(to, 0, SEEK_END);
  try {
    const std::string head = "#FARM " + std::to_string(id_) + " " + std::to_string(attempt) + " " +
                             std::to_string(bytes[0]) + " " + std::to_string(bytes[1]) + " " +
                             std::to_string(std::time(nullptr)) + "\n";
    write_all(to, head.data(), head.size(), path);
    std::array<char, 65536> piece;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (std::uint64_t done = 0; done < bytes[i];) {
        const auto got =
            ::pread(descriptors_[i], piece.data(), std::min<std::uint64_t>(piece.size(), bytes[i] - done),
                    static_cast<off_t>(done));
        if (got <= 0) fail("read what a task wrote, in", settings_.temporary);
        write_all(to, piece.data(), static_cast<std::size_t>(got), path);
        done += static_cast<std::uint64_t>(got);
      }
    }
    write_all(to, "\n", 1, path);
  } catch (...) {
    static_cast<void>(::ftruncate(to, before) == 0);
    ::close(to);
    throw;
  }
  ::close(to);
}

std::string single_log(const std::string& folder) { return folder + "/farm.log"; }

// Calls visit(id, places, time) for each whole record of the one log. Returns where the last of them ends.
template <class Visit>
static std::uint64_t each_in_single(const std::string& folder, Visit visit) {
  const std::string path = single_log(folder);
  std::ifstream file(path, std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto all = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  file.seekg(0);
  std::uint64_t whole = 0;
  for (std::string head; std::getline(file, head);) {
    unsigned id = 0, attempt = 0;
    unsigned long long out = 0, err = 0;
    long time = 0;
    if (std::sscanf(head.c_str(), "#FARM %u %u %llu %llu %ld", &id, &attempt, &out, &err, &time) < 4 ||
        file.eof())
      break;
    const std::uint64_t begin = whole + head.size() + 1;
    if (begin + out + err + 1 > all) break;
    visit(id, std::array{Place{path, begin, out}, Place{path, begin + out, err}}, time);
    whole = begin + out + err + 1;
    file.seekg(static_cast<std::streamoff>(whole));
  }
  return whole;
}

void repair_single_log(const std::string& folder) {
  const std::string path = single_log(folder);
  if (::access(path.c_str(), F_OK) != 0) return;
  const auto whole = each_in_single(folder, [](std::uint32_t, const auto&, long) {});
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(whole));
  std::string next;
  if (!std::getline(file, next)) return;
  if (!file.eof() && !next.starts_with("#FARM "))
    throw std::runtime_error(path + " has something in it, at byte " + std::to_string(whole) +
                             ", that is no task's output; move it away");
  if (::truncate(path.c_str(), static_cast<off_t>(whole)) != 0) fail("repair", path);
}

// A farm may have been gone on with, and another kind of log: the later one counts.
std::map<std::uint32_t, TaskPlaces> find_logs(const std::string& folder, const std::set<std::uint32_t>& ids) {
  std::map<std::uint32_t, TaskPlaces> found;
  std::map<std::uint32_t, long> times;
  for (const std::uint32_t id : ids) {
    for (const std::size_t i : {0U, 1U}) {
      const std::string path = file_of(folder, id, i);
      struct stat status = {};
      if (::stat(path.c_str(), &status) != 0) continue;
      found[id][i] = {path, 0, static_cast<std::uint64_t>(status.st_size)};
      times[id] = std::max<long>(times[id], status.st_mtime);
    }
  }
  each_in_single(folder, [&](std::uint32_t id, const TaskPlaces& places, long time) {
    if (!ids.contains(id) || time < times[id]) return;
    times[id] = time;
    found[id] = places;
  });
  return found;
}

void copy_log(const Place& place, std::ostream& to) {
  std::ifstream file(place.path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(place.begin));
  std::array<char, 65536> piece;
  for (std::uint64_t left = place.bytes; left != 0;) {
    file.read(piece.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, piece.size())));
    if (file.gcount() == 0) return;
    to.write(piece.data(), file.gcount());
    left -= static_cast<std::uint64_t>(file.gcount());
  }
}

std::vector<std::string> last_lines(const TaskPlaces& places, std::size_t count) {
  constexpr std::uint64_t kMost = 16384;  // bytes
  Place place = places[1].bytes != 0 ? places[1] : places[0];
  if (place.bytes > kMost) {
    place.begin += place.bytes - kMost;
    place.bytes = kMost;
  }
  std::stringstream text;
  copy_log(place, text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (lines.size() == count) lines.erase(lines.begin());
    lines.push_back(line);
  }
  return lines;
}

std::string log_path(const Settings& settings, std::uint32_t id) {
  if (settings.log == LogMode::none) return "no log";
  if (settings.log == LogMode::single) return "farm log " + std::to_string(id);
  for (const std::size_t which : {1U, 0U}) {
    const std::string path = file_of(settings.logs, id, which);
    if (::access(path.c_str(), F_OK) == 0) return path;
  }
  return "it wrote nothing";
}

}  // namespace farm
