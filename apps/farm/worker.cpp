// SPDX-License-Identifier: BSL-1.0
#include "worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <system_error>

#include "logs.hpp"
#include "signals.hpp"
#include "temporary_folder.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 50ms;
constexpr auto kForTheSignal = 150ms;
// mpirun leaves a rank a second between SIGTERM and SIGKILL.
constexpr double kGraceAtTheEnd = 0.4;

std::string host_name() {
  std::array<char, 256> name = {};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Worker::Worker(const Board& board, Settings settings, Environment environment, const Guard& guard)
    : board_(board),
      settings_(std::move(settings)),
      environment_(std::move(environment)),
      guard_(guard),
      cores_(cores_of_launcher()),
      host_(host_name()),
      journal_(settings_.journal) {
  environment_.set("FARM_RANK", std::to_string(cohort::this_process::rank()));
  environment_.set("FARM_NTASKS", std::to_string(settings_.tasks));
  overseer_ = std::thread([this] { oversee(); });
}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  over_.notify_all();
  overseer_.join();
}

void Worker::run() {
  TemporaryFolder folder(settings_.temporary + "/" + std::to_string(cohort::this_process::rank()));
  while (const auto todo = board_.claim(settings_)) {
    Record record;
    try {
      folder.make_empty();  // (somebody may clean up in there)
      record = attempt(*todo, folder.path());
      const std::scoped_lock one_after_the_other(board_.journal_lock());
      journal_.append(record);
    } catch (const std::exception& error) {
      // Nothing of it is in the journal: the next farm runs it again.
      std::cerr << "farm: task " + std::to_string(todo->task.id) + ": " + error.what() +
                       "; nothing new is begun. Run the same line again when there is room\n";
      record.how = How::interrupted;
      board_.stop(Stop::drain, Why::disk);
    }
    folder.clean();
    board_.show({});
    board_.end(settings_, *todo, record);
  }
}

Record Worker::attempt(const Todo& todo, const std::string& folder) {
  const Task& task = todo.task;
  environment_.set("FARM_TASK_ID", std::to_string(task.id));
  environment_.set("FARM_LINE", std::to_string(task.line));
  environment_.set("FARM_ATTEMPT", std::to_string(todo.attempt()));
  environment_.set("FARM_TMPDIR", folder);
  TaskLog log(settings_, task.id);

  Record record;
  record.id = task.id;
  record.line = task.line;
  record.hash = task.hash;
  record.attempt = todo.attempt();
  record.rank = cohort::this_process::rank();
  record.host = host_;
  record.start = now();
  const double timeout = task.timeout != 0 ? task.timeout : settings_.timeout;
  const Start start = {task.command.c_str(),
                       environment_.pointers(),
                       log.out(),
                       log.err(),
                       &cores_,
                       settings_.memory_limit,
                       static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 1L << 20))};
  const End end = group_.run(start, [&](pid_t pid) {
    guard_.watch(pid);
    record.pid = pid;
    board_.show({task.id, record.attempt, pid, record.start});
    const std::lock_guard lock(mutex_);
    runs_ = true;
    limit_ = timeout != 0 ? record.start + timeout : 0;
    ending_ = Ending::none;
  });
  guard_.watch(0);
  record.end = now();
  // A batch system may have sent the signal that ends the job to tasks as well, and they were faster.
  const bool by_signal = end.signal == SIGTERM || end.signal == SIGINT || end.signal == SIGHUP ||
                         end.code == 128 + SIGTERM || end.code == 128 + SIGINT;
  if (by_signal && signals::ending() == 0) std::this_thread::sleep_for(kForTheSignal);
  const bool job_ends = signals::ending() != 0 || board_.stopping() == Stop::kill;
  {
    const std::lock_guard lock(mutex_);
    runs_ = false;
    // (One that says 0 when it is asked to end may not have done what it was to.)
    record.how = ending_ == Ending::timeout                                  ? How::timeout
                 : ending_ == Ending::interrupted || (by_signal && job_ends) ? How::interrupted
                 : end.code == 0 && end.signal == 0                          ? How::done
                                                                             : How::failed;
  }
  record.code = end.code;
  record.signal = end.signal;
  record.cpu = end.cpu;
  record.memory = end.memory;
  const std::scoped_lock one_after_the_other(board_.log_lock());
  log.close(record.attempt, record.how == How::done);
  return record;
}

void Worker::oversee() {
  std::unique_lock lock(mutex_);
  while (!over_.wait_for(lock, kLook, [this] { return ended_; })) {
    lock.unlock();
    if (signals::usr2() > 0) board_.stop(signals::usr2() > 1 ? Stop::kill : Stop::drain, Why::asked);
    if (signals::ending() != 0) board_.stop(Stop::kill, Why::signal);
    if (settings_.last_moment != 0 && now() > settings_.last_moment) board_.stop(Stop::kill, Why::time);
    lock.lock();
    look();
  }
}

// With the mutex held.
void Worker::look() {
  if (!runs_) return;
  if (ending_ != Ending::none) {
    if (signals::ending() != 0 && !hurries_) {
      hurries_ = true;
      kill_at_ = std::min(kill_at_, now() + kGraceAtTheEnd);
    }
    if (now() >= kill_at_) group_.signal(SIGKILL);
  } else if (board_.stopping() == Stop::kill) {
    end_task(Ending::interrupted,
             signals::ending() != 0 ? std::min(kGraceAtTheEnd, settings_.grace) : settings_.grace);
  } else if (limit_ != 0 && now() > limit_) {
    end_task(Ending::timeout, settings_.grace);
  }
}

void Worker::end_task(Ending why, double grace) {
  ending_ = why;
  kill_at_ = now() + grace;
  hurries_ = false;
  group_.ask_to_end();
}

}  // namespace farm
