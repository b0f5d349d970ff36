// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/server.hpp"

#include <chrono>
#include <system_error>

#include "cohort/error.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/process/activity.hpp"
#include "cohort/process/child.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/process/servant.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

// This thread is one of those that running_ counts. Threads of the program's own are not.
thread_local bool counted = false;

// How many Blocked this thread is in; only the outermost counts.
thread_local int blocked = 0;
thread_local WaitKind blocked_for = WaitKind::none;

// Processes that are run on the stack of a join that is on the stack of a Process, and so on.
thread_local int inline_depth = 0;
constexpr int kMostInline = 100;

constexpr int kThreadTries = 10;
constexpr std::chrono::milliseconds kThreadPause(10);

template <class Work>
decltype(auto) with_scheduler(Work&& work) {
  return with_heap([&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(Scheduler<A>(heap)); });
}

// Another rank may be free for what this one cannot take.
void pass_on() {
  with_scheduler([](const auto& scheduler) {
    if (scheduler.queued() != 0) scheduler.ring(1);
  });
}

}  // namespace

Unblocked::Unblocked() : outer_(blocked), what_(blocked_for) {
  if (outer_ == 0) return;
  blocked = 1;
  block_hook->unblock();
}

Unblocked::~Unblocked() {
  if (outer_ == 0) return;
  block_hook->block(what_);
  blocked = outer_;
}

Server::Server() {
  counted = true;
  block_hook = this;
}

Server::~Server() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    spare_parked_.notify_all();
  }
  with_scheduler([](const auto& scheduler) { scheduler.ring(INT_MAX); });
  for (auto& thread : threads_) thread.join();
  block_hook = nullptr;
  core_wanted = false;
  counted = false;
}

void Server::join() {
  const Unblocked unblocked;
  const Word epoch = with_scheduler([](const auto& scheduler) { return scheduler.arrive(); });
  std::unique_lock lock(mutex_);
  count_running(-1);
  counted = false;
  const Doing doing(Activity::none);
  serve(lock, epoch, [epoch] {
    return with_scheduler([epoch](const auto& scheduler) { return scheduler.epoch_over(epoch); });
  });
  count_running(1);
  counted = true;
}

bool Server::run_if_queued(Address record) {
  if (in_child) return false;
  if (inline_depth >= kMostInline) return false;  // the stack has an end; another thread will take it
  // (A daemon runs beside.)
  const bool taken = with_scheduler(
      [record](const auto& scheduler) { return !scheduler.is_daemon(record) && scheduler.take(record); });
  if (!taken) return false;
  const Unblocked unblocked;
  ++inline_depth;
  run_record(record);
  --inline_depth;
  return true;
}

// Until `until()`: runs what is queued, sleeps on the bell, or is parked while the rank is busy.
template <class Until>
void Server::serve(std::unique_lock<std::mutex>& lock, std::optional<Word> epoch, Until until) {
  const bool is_main = epoch.has_value();
  auto& parked = is_main ? main_parked_ : spare_parked_;
  int& parked_count = is_main ? main_parked_count_ : spare_parked_count_;
  for (;;) {
    // Read before `until`: whatever makes that true rings the bell afterwards, and ends a sleep at once.
    const Word bell = with_scheduler([](const auto& scheduler) { return scheduler.bell(); });
    if (until()) return;
    // (At the end they are killed, and the rank's main may wait for those that there was no thread for.)
    const auto ending = [] { return with_scheduler([](const auto& s) { return s.expects_daemons(); }); };
    if (!beside_.empty() && (is_main ? ending() : can_leave())) {
      run_beside(lock);
      continue;
    }
    const bool main_first = !is_main && main_parked_count_ > 0;
    if (running_ > 0 || polling_ || main_first) {
      if (running_ == 0 && !polling_) main_parked_.notify_one();
      ++parked_count;
      with_scheduler([&](const auto& scheduler) {
        const auto record = scheduler.idle(epoch);
        parked.wait(lock);
      });
      --parked_count;
      if (running_ > 0 && !polling_) pass_on();  // this may have been the wake-up for a start
    } else {
      poll(lock, bell, epoch);
    }
  }
}

// One look into the queue, and one sleep (until the bell is not `bell`) or one Process. The rank's main
// takes nothing of a later epoch than the one that it waits for: its rank may have gone on by then.
void Server::poll(std::unique_lock<std::mutex>& lock, Word bell, std::optional<Word> epoch) {
  polling_ = true;
  lock.unlock();
  reap_idle_servants();
  const Address record = with_scheduler([epoch](const auto& scheduler) { return scheduler.take(epoch); });
  if (!record) {
    with_scheduler([bell, epoch](const auto& scheduler) {
      const auto idle = scheduler.idle(epoch);
      scheduler.listen(bell);
    });
  }
  lock.lock();
  polling_ = false;
  if (main_parked_count_ > 0) main_parked_.notify_one();
  if (record && with_scheduler([record](const auto& scheduler) { return scheduler.is_daemon(record); })) {
    beside_.push_back(record);
    if (!call_spare()) log_error("no thread for a daemon; it begins when there is one");
  } else if (record) {
    count_running(1);
    lock.unlock();
    counted = true;
    run_record(record);
    counted = false;
    lock.lock();
    count_running(-1);
  } else if (running_ > 0) {
    pass_on();
  }
}

// With the mutex held. Of several that run, the one that begins to wait gives way to the others at once.
void Server::count_running(int change) {
  running_ += change;
  core_wanted.store(running_ > 1, std::memory_order_relaxed);
}

// With the mutex held: the rank goes on without this thread, or another one will see to it.
bool Server::can_leave() { return running_ > 0 || polling_ || main_parked_count_ > 0 || call_spare(); }

// With the mutex held: waits for the end of a daemon, and leaves what the rank does otherwise to others.
void Server::run_beside(std::unique_lock<std::mutex>& lock) {
  const Address record = beside_.front();
  beside_.pop_front();
  if (!beside_.empty()) call_spare();
  if (running_ == 0) hand_over();
  lock.unlock();
  run_record(record);
  lock.lock();
}

// With the mutex held and running_ 0: lets another thread look for work.
void Server::hand_over() {
  if (polling_ || coming_) return;
  if (main_parked_count_ > 0) return main_parked_.notify_one();
  if (call_spare()) return;
  log_error("no thread for other Processes while one waits");
}

// With the mutex held: a further thread looks what there is to do. False: the system has none.
bool Server::call_spare() {
  if (coming_) return true;
  if (spare_parked_count_ > 0) {
    spare_parked_.notify_one();
    return true;
  }
  coming_ = true;
  for (int tries = 0; tries < kThreadTries; ++tries) {  // the system may be short of threads for a moment
    try {
      threads_.emplace_back([this] { be_spare(); });
      return true;
    } catch (const std::system_error&) {
      std::this_thread::sleep_for(kThreadPause);
    }
  }
  coming_ = false;
  return false;
}

void Server::be_spare() {
  std::unique_lock lock(mutex_);
  coming_ = false;
  try {
    this_actor();
  } catch (const Error& error) {
    return log_error(std::string("no thread for other Processes while one waits: ") + error.what());
  }
  serve(lock, std::nullopt, [this] { return ending_; });
}

void Server::block(WaitKind what) noexcept {
  if (blocked++ > 0) return;
  blocked_for = what;
  report_block(what);
  if (!counted) return;
  const std::lock_guard lock(mutex_);
  count_running(-1);
  if (running_ == 0) hand_over();
}

void Server::unblock() noexcept {
  if (--blocked > 0) return;
  report_unblock(blocked_for);
  if (!counted) return;
  const std::lock_guard lock(mutex_);
  count_running(1);
}

}  // namespace cohort
