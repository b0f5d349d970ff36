// SPDX-License-Identifier: BSL-1.0
#include "cohort/process/server.hpp"

#include "cohort/error.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/process/runner.hpp"
#include "cohort/process/scheduler.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

// This thread is one of those that running_ counts. Threads of the program's own are not.
thread_local bool counted = false;

template <class Work>
decltype(auto) with_scheduler(Work&& work) {
  return with_heap([&]<class A>(const Heap<A>& heap) -> decltype(auto) { return work(Scheduler<A>(heap)); });
}

Address take_any() {
  return with_scheduler([](const auto& scheduler) { return scheduler.take(); });
}

}  // namespace

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
  counted = false;
}

void Server::join() {
  const Word epoch = with_scheduler([](const auto& scheduler) { return scheduler.arrive(); });
  std::unique_lock lock(mutex_);
  --running_;
  counted = false;
  serve(lock, main_parked_, main_parked_count_, [epoch] { return with_scheduler([epoch](const auto& scheduler) { return scheduler.epoch_over(epoch); }); });
  ++running_;
  counted = true;
}

bool Server::run_if_queued(Address record) {
  if (!with_scheduler([record](const auto& scheduler) { return scheduler.take(record); })) return false;
  run_record(record);
  return true;
}

// Until `until()`: runs what is queued, sleeps on the bell, or is parked while the rank is busy.
template <class Until>
void Server::serve(std::unique_lock<std::mutex>& lock, std::condition_variable& parked, int& parked_count, Until until) {
  const bool is_main = &parked == &main_parked_;
  for (;;) {
    // Read before `until`: whatever makes that true rings the bell afterwards, and ends a sleep at once.
    const Word bell = with_scheduler([](const auto& scheduler) { return scheduler.bell(); });
    if (until()) return;
    const bool main_first = !is_main && main_parked_count_ > 0;
    if (running_ > 0 || polling_ || main_first) {
      if (running_ == 0 && !polling_) main_parked_.notify_one();
      ++parked_count;
      parked.wait(lock);
      --parked_count;
    } else {
      poll(lock, bell);
    }
  }
}

// One look into the queue, and one sleep (until the bell is not `bell`) or one Process.
void Server::poll(std::unique_lock<std::mutex>& lock, Word bell) {
  polling_ = true;
  lock.unlock();
  const Address record = take_any();
  if (!record) with_scheduler([bell](const auto& scheduler) { scheduler.listen(bell); });
  lock.lock();
  polling_ = false;
  if (main_parked_count_ > 0) main_parked_.notify_one();
  if (record) {
    ++running_;
    lock.unlock();
    counted = true;
    run_record(record);
    counted = false;
    lock.lock();
    --running_;
  } else if (running_ > 0) {
    with_scheduler([](const auto& scheduler) {
      if (scheduler.queued() != 0) scheduler.ring(1);  // another rank may be free
    });
  }
}

// With the mutex held and running_ 0: lets another thread look for work.
void Server::hand_over() {
  if (polling_) return;
  if (main_parked_count_ > 0) return main_parked_.notify_one();
  if (spare_parked_count_ > 0) return spare_parked_.notify_one();
  try {
    threads_.emplace_back([this] {
      try {
        this_actor();
      } catch (const Error& error) {
        return log_error(std::string("no thread for other Processes while one waits: ") + error.what());
      }
      std::unique_lock lock(mutex_);
      serve(lock, spare_parked_, spare_parked_count_, [this] { return ending_; });
    });
  } catch (const std::system_error& error) {
    log_error(std::string("no thread for other Processes while one waits: ") + error.what());
  }
}

void Server::block() noexcept {
  if (!counted) return;
  const std::lock_guard lock(mutex_);
  if (--running_ == 0) hand_over();
}

void Server::unblock() noexcept {
  if (!counted) return;
  const std::lock_guard lock(mutex_);
  ++running_;
}

}  // namespace cohort
