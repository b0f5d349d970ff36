// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cohort/options.hpp"
#include "cohort/process/fork_server.hpp"
#include "cohort/process/rank_times.hpp"
#include "cohort/process/server.hpp"
#include "cohort/session/watcher.hpp"
#include "cohort/window/launch.hpp"
#include "cohort/window/window.hpp"

namespace cohort {

/// All that a session consists of, in the order in which it is made; it is taken down in the opposite
/// one. All ranks make one together.
class Runtime {
 public:
  Runtime(int& argc, char**& argv, Options options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The session that runs in this process, or null.
  static Runtime* current() noexcept;

  const Launch& launch() const noexcept { return *launch_; }
  void join();

  /// Asks every Process to stop and gives them `grace`; what is still queued never runs.
  /// False: one still runs.
  bool stop_all(std::chrono::milliseconds grace);

  /// The code that all ranks return from main. Manager: sets it before the last join.
  void set_exit_code(int code);
  int exit_code() const;

 private:
  void end_daemons();
  void open(const Options& options);
  void print_report(const RankReport& mine) const;
  void list_leaks(const std::map<Address, std::string>& names) const;

  std::unique_ptr<Launch> launch_;
  Options options_;
  std::optional<Window> window_;
  std::optional<ForkServer> fork_server_;
  std::optional<Server> server_;
  std::optional<Watcher> watcher_;
};

}  // namespace cohort
