// SPDX-License-Identifier: BSL-1.0
#pragma once

// The board: what all ranks of a farm share. Every rank takes tasks from it, and says here how they ended.
//
// Writers     counts, retries: under the condition. stop: upwards only, by atomic operations of anyone.
// Order       Tasks of a stage are claimed in the order of the list, each once; then those to be tried again, when it is
//             time. The last one of a stage that ends lets the next stage begin.
// Waiting     Whoever finds nothing to do waits for a change of the board, and looks again every kLook.
// A death     of a rank ends the job, and the board with it: what has ended is in the journal, and nothing else lasts.

#include <array>
#include <cohort/cohort.hpp>
#include <optional>
#include <span>

#include "journal.hpp"
#include "settings.hpp"
#include "task_list.hpp"

namespace farm {

/// Seconds since 1970, as they were when the program began, and counted from there: nobody sets this clock.
double now();

/// A task to be done.
struct Todo {
  Task task;
  int attempts = 0;         ///< in earlier farms
  std::uint32_t index = 0;  ///< among those to be done
  int tries = 0;            ///< in this farm
  int attempt() const { return attempts + tries + 1; }

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& task& attempts& index& tries;
  }
};

/// What everyone is asked to do, the later ones more urgently.
enum class Stop : int { no, drain, kill };
/// Why; the first reason stays.
enum class Why : int { nothing, asked, time, failures, disk, signal };

struct Counts {
  std::uint32_t next = 0;    // of those to be done, the first that nobody has claimed
  std::uint32_t stage = 0;   // which of the stages that have something to be done
  std::uint32_t ended = 0;   // for good
  std::uint32_t done = 0;    // well
  std::uint32_t failed = 0;  // for good
  std::uint32_t running = 0;
  std::uint32_t retries = 0;                     // attempts that were not the last
  std::uint32_t next_retry = 0;                  // of these, the first that nobody has claimed
  double busy = 0;                               // seconds, all ranks together
  std::array<std::uint32_t, 64> durations = {};  // how many took how long; see Board::estimate
  double longest = 0;                            // of these
};

/// What one rank is at.
struct Running {
  std::uint32_t id = 0;  ///< 0: nothing
  int attempt = 0;
  long pid = 0;
  double since = 0;
};

class Board {
 public:
  /// The same for all ranks, whoever comes first.
  explicit Board(int ranks);

  /// Rank 0, once: the others begin. `times`: what attempts have taken before, in seconds. Without `settings` there is
  /// nothing to do.
  void begin(const std::optional<Settings>& settings, const std::vector<Todo>& todo,
             std::span<const double> times = {});
  bool has_begun() const { return begun_.is_set(); }
  /// The other ranks: blocks until then.
  std::optional<Settings> wait_for_begin() const;

  /// The next task, the caller's to do; none: there is nothing left, or a stop. Blocks.
  std::optional<Todo> claim(const Settings& settings) const;
  /// How it ended. True: it will be tried again.
  bool end(const Settings& settings, const Todo& todo, const Record& record) const;

  /// The other ranks, when they have nothing more to do; and rank 0: blocks until all of them have.
  void leave() const { ++gone_; }
  void wait_for_others() const;

  void stop(Stop how, Why why) const;
  Stop stopping() const { return static_cast<Stop>(stop_.get()); }
  Why why() const { return static_cast<Why>(why_.get()); }
  Counts counts() const { return counts_.get(); }
  std::size_t size() const { return todo_.size(); }
  void show(const Running& running) const { running_[cohort::this_process::rank()] = running; }
  std::vector<Running> running() const { return running_.copy(); }

  /// By one after the other.
  const cohort::Lock& journal_lock() const { return journal_lock_; }
  const cohort::Lock& log_lock() const { return log_lock_; }

  /// Nineteen of twenty tasks so far have not taken longer; 0: there have been none.
  static double estimate(const Counts& counts);

 private:
  struct Retry {
    std::uint32_t index;
    int tries;
    double due;
  };
  std::optional<Todo> take(const Settings& settings, double& due) const;

  cohort::List<Todo> todo_;
  cohort::List<std::uint32_t> stage_ends_;  // where the next stage begins
  cohort::List<Retry> retries_;
  cohort::Value<Counts> counts_;
  cohort::Value<int> stop_;
  cohort::Value<int> why_;
  cohort::Value<Settings> settings_;
  cohort::Value<int> has_work_;
  cohort::Value<int> gone_;
  cohort::Array<Running> running_;  // by rank
  cohort::Event begun_;
  cohort::Condition changed_;
  cohort::Lock journal_lock_;
  cohort::Lock log_lock_;
};

}  // namespace farm
