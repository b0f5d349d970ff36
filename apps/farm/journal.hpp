// SPDX-License-Identifier: BSL-1.0
#pragma once

// The journal: what has ended, and how; the one thing that a farm leaves for the next one.
//
// Layout      One JSON object a line. First a head: {"farm":1,"list":...,"tasks":...,"hash":...,"started":...}. Then a
//             record for each attempt at a task that has ended, as it ended.
// Writers     Only appended to, each line by one write(), by the rank that holds the shared lock; rank 0 holds an flock on it
//             all the time, so that no other farm does.
// A death     in a write leaves a last line without its end: it is cut off by the next farm. The task is run again.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace farm {

/// How an attempt at a task ended. Only `done` is never repeated, and an `interrupted` one does not count as an attempt.
enum class How : std::uint8_t { done, failed, timeout, interrupted };
const char* name_of(How how);

struct Head {
  std::string list;  ///< its file's name
  std::uint64_t tasks = 0;
  std::string hash;  ///< of all commands
};

struct Record {
  std::uint32_t id = 0;
  std::uint32_t line = 0;
  std::string hash;  // of the command
  int attempt = 1;
  How how = How::done;
  int code = 0;
  int signal = 0;  // that ended it; 0: none
  int rank = 0;
  std::string host;
  long pid = 0;
  double start = 0;  // seconds since 1970
  double end = 0;
  double cpu = 0;            // seconds
  std::uint64_t memory = 0;  // the most that one of its processes had, in bytes

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& id& line& hash& attempt& how& code& signal& rank& host& pid& start& end& cpu& memory;
  }
};

/// What is wrong with which line, or that it is another list's or somebody else's.
class BadJournal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct JournalContent {
  Head head;
  std::vector<Record> records;
  std::uint64_t bytes = 0;  ///< of whole lines
};

/// Throws BadJournal: a damaged line, with its number; a later version's; no journal at all. A last line without its end is
/// left out.
JournalContent read_journal(const std::string& path);

/// A new file in its place, written beside it and renamed. Throws std::system_error.
void write_journal(const std::string& path, const Head& head, const std::vector<Record>& records);

/// The journal, open for records.
class Journal {
 public:
  /// An empty one where there is none and `create`. Throws std::system_error.
  explicit Journal(const std::string& path, bool create = false);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// That no other farm is at it, until this is destroyed; nor at a file that has taken its place. Throws BadJournal.
  void lock();
  bool is_empty() const;
  /// The head of an empty one.
  void begin(const Head& head) const;
  /// What follows the whole lines is cut off.
  void cut(std::uint64_t bytes) const;
  /// By one who is alone at it. Throws std::system_error, and leaves no part of the line.
  void append(const Record& record) const;
  /// What was appended survives the end of the machine.
  /// False: they may not have, with the reason in errno.
  bool sync() const noexcept;

 private:
  void open(bool create);

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace farm
