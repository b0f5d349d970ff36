// SPDX-License-Identifier: BSL-1.0
#include "journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

namespace farm {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::array kHow = {"done", "failed", "timeout", "interrupted"};

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) {
  throw std::system_error(error, std::generic_category(), "cannot " + what + " '" + path + "'");
}

How how_of(const std::string& name) {
  for (std::size_t i = 0; i < kHow.size(); ++i) {
    if (name == kHow[i]) return static_cast<How>(i);
  }
  throw std::invalid_argument("\"how\" is \"" + name + "\"");
}

std::string line_of(const Head& head) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return Json{{"farm", kVersion},
              {"list", head.list},
              {"tasks", head.tasks},
              {"hash", head.hash},
              {"started", now}}
             .dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

std::string line_of(const Record& r) {
  return Json{{"id", r.id},           {"line", r.line},        {"hash", r.hash},
              {"attempt", r.attempt}, {"how", name_of(r.how)}, {"code", r.code},
              {"signal", r.signal},   {"rank", r.rank},        {"host", r.host},
              {"pid", r.pid},         {"start", r.start},      {"end", r.end},
              {"cpu", r.cpu},         {"memory", r.memory}}
             .dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

Record record_of(const Json& json) {
  Record r;
  json.at("id").get_to(r.id);
  json.at("line").get_to(r.line);
  json.at("hash").get_to(r.hash);
  json.at("attempt").get_to(r.attempt);
  r.how = how_of(json.at("how").get<std::string>());
  json.at("code").get_to(r.code);
  json.at("signal").get_to(r.signal);
  json.at("rank").get_to(r.rank);
  json.at("host").get_to(r.host);
  json.at("pid").get_to(r.pid);
  json.at("start").get_to(r.start);
  json.at("end").get_to(r.end);
  json.at("cpu").get_to(r.cpu);
  json.at("memory").get_to(r.memory);
  return r;
}

void read_head(const Json& json, Head& head, const std::string& path) {
  const auto version = json.find("farm");
  if (version == json.end() || !version->is_number_integer())
    throw BadJournal(path + " is no journal of farm's: its first line has no \"farm\"");
  if (version->get<int>() != kVersion)
    throw BadJournal(path + " was written by a later farm (format " + version->dump() + ", this one reads " +
                     std::to_string(kVersion) + ")");
  json.at("list").get_to(head.list);
  json.at("tasks").get_to(head.tasks);
  json.at("hash").get_to(head.hash);
}

void write_all(int descriptor, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const auto written = ::write(descriptor, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    done += static_cast<std::size_t>(written);
  }
}

}  // namespace

const char* name_of(How how) { return kHow[static_cast<std::size_t>(how)]; }

JournalContent read_journal(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("read", path, errno);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  JournalContent content;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    if (end == text.npos) break;  // torn
    ++number;
    try {
      const Json json = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                    text.begin() + static_cast<std::ptrdiff_t>(end));
      if (number == 1) {
        read_head(json, content.head, path);
      } else {
        content.records.push_back(record_of(json));
      }
    } catch (const BadJournal&) {
      throw;
    } catch (const std::exception& error) {
      throw BadJournal(path + ":" + std::to_string(number) + ": a damaged line (" + error.what() +
                       "); delete it, and its task is run again");
    }
    begin = end + 1;
    content.bytes = begin;
  }
  if (number == 0) throw BadJournal(path + " has no whole line; delete it to begin anew");
  return content;
}

void write_journal(const std::string& path, const Head& head, const std::vector<Record>& records) {
  const std::string beside = path + ".new";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("create", beside, errno);
  try {
    std::string text = line_of(head);
    for (const Record& record : records) text += line_of(record);
    write_all(descriptor, text, beside);
    if (::fsync(descriptor) != 0 && errno != EINVAL) fail("write", beside, errno);
    if (::rename(beside.c_str(), path.c_str()) != 0) fail("replace", path, errno);
  } catch (...) {
    ::close(descriptor);
    ::unlink(beside.c_str());
    throw;
  }
  ::close(descriptor);
}

Journal::Journal(const std::string& path, bool create) : path_(path) { open(create); }
Journal::~Journal() { ::close(descriptor_); }

void Journal::open(bool create) {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | (create ? O_CREAT : 0), 0666);
  if (descriptor_ < 0) fail("open", path_, errno);
}

void Journal::lock() {
  for (;;) {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) throw BadJournal("another farm is at work with " + path_);
      std::cerr << "farm: " + path_ + " cannot be locked (" + std::strerror(errno) +
                       "): see to it that no other farm works with it\n";
    }
    struct stat mine = {};
    struct stat there = {};
    if (::fstat(descriptor_, &mine) != 0) fail("open", path_, errno);
    if (::stat(path_.c_str(), &there) == 0 && there.st_ino == mine.st_ino && there.st_dev == mine.st_dev)
      return;
    ::close(descriptor_);  // another farm has put a new one in its place meanwhile
    open(true);
  }
}

bool Journal::is_empty() const { return ::lseek(descriptor_, 0, SEEK_END) == 0; }
void Journal::begin(const Head& head) const { write_all(descriptor_, line_of(head), path_); }

void Journal::cut(std::uint64_t bytes) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) fail("repair", path_, errno);
}

void Journal::append(const Record& record) const {
  const auto before = ::lseek(descriptor_, 0, SEEK_END);
  try {
    write_all(descriptor_, line_of(record), path_);
  } catch (...) {
    static_cast<void>(::ftruncate(descriptor_, before) == 0);  // (what it leaves is a torn line)
    throw;
  }
}

bool Journal::sync() const noexcept { return ::fdatasync(descriptor_) == 0 || errno == EINVAL; }

}  // namespace farm
