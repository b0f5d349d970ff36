// SPDX-License-Identifier: BSL-1.0

// hang CASE: a job that can never go on, or one that only looks like it ("looks_stuck"). hang_test.sh launches it.

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cohort/cohort.hpp>
#include <cohort/session/hang.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

// Long enough for a report that should not come.
constexpr auto kLong = 1200ms;

// Until so many threads wait for such a thing.
void await_waiters(std::ptrdiff_t count, cohort::WaitKind kind) {
  while (std::ranges::count(cohort::look_at_actors(), kind, &cohort::ActorView::kind) < count)
    std::this_thread::sleep_for(1ms);
}

void second(cohort::Lock a, cohort::Lock b, cohort::Barrier both) {
  const std::lock_guard hold(b);
  both.wait();
  a.lock();  // line of second
}
void abba(cohort::Manager& manager) {
  auto a = manager.open<cohort::Lock>("a");
  auto b = manager.open<cohort::Lock>("b");
  auto both = manager.barrier(2);
  cohort::Process other({.name = "second"}, second, a, b, both);
  a.lock();
  other.start();
  both.wait();
  b.lock();  // line of abba
}

void take_and_end(cohort::Lock lock) { lock.lock(); }
void holder_ended(cohort::Manager& manager) {
  auto lock = manager.open<cohort::Lock>("kept");
  cohort::Process holder(take_and_end, lock);
  holder.start();
  while (holder.is_alive()) std::this_thread::sleep_for(1ms);
  lock.lock();
}

// The one who waits on has gone to sleep for another owner.
void take_and_wait(cohort::Lock lock, cohort::Event never) {
  lock.lock();
  never.wait();
}
void third_in_line(cohort::Manager& manager) {
  auto lock = manager.open<cohort::Lock>("line");
  auto never = manager.open<cohort::Event>("never");
  std::vector<cohort::Process> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back(cohort::ProcessOptions{.name = "next"}, take_and_wait, lock, never);
  lock.lock();
  cohort::start_all(others);
  await_waiters(2, cohort::WaitKind::lock);
  lock.unlock();
  cohort::join_all(others);
}

void come(cohort::Barrier barrier) { barrier.wait(); }
void short_of_parties(cohort::Manager& manager) {
  auto barrier = manager.open<cohort::Barrier>("start", 4);
  std::vector<cohort::Process> parties;
  for (int i = 0; i < 3; ++i) parties.emplace_back(come, barrier);
  cohort::start_all(parties);
  cohort::join_all(parties);
}

void get_one(cohort::Queue<int> jobs) {
  jobs.get();  // line of get_one
}
void empty_queue(cohort::Manager& manager) {
  auto jobs = manager.open<cohort::Queue<int>>("jobs");
  std::vector<cohort::Process> workers;
  for (int i = 0; i < 3; ++i) workers.emplace_back(get_one, jobs);
  cohort::start_all(workers);
  cohort::join_all(workers);
}
// One of them has had a job, and been woken for it; the others have not.
void get_until_closed(cohort::Queue<int> jobs) {
  try {
    for (;;) jobs.get();
  } catch (const cohort::Closed&) {
  }
}
void forgotten_close(cohort::Manager& manager) {
  auto jobs = manager.open<cohort::Queue<int>>("jobs");
  std::vector<cohort::Process> workers;
  for (int i = 0; i < 3; ++i) workers.emplace_back(get_until_closed, jobs);
  cohort::start_all(workers);
  await_waiters(3, cohort::WaitKind::queue_get);
  jobs.put(1);
  cohort::join_all(workers);
}
void full_queue(cohort::Manager& manager) {
  auto jobs = manager.open<cohort::Queue<int>>("jobs", 1);
  jobs.put(1);
  jobs.put(2);
}
void unfinished_queue(cohort::Manager& manager) {
  auto jobs = manager.open<cohort::Queue<int>>("jobs");
  jobs.put(1);
  jobs.join();
}

void wait_for(cohort::Event event) { event.wait(); }
void joins_what_waits_for_it(cohort::Manager& manager) {
  auto event = manager.open<cohort::Event>("later");
  cohort::Process waiter({.name = "waiter"}, wait_for, event);
  waiter.start();
  while (!waiter.rank()) std::this_thread::sleep_for(1ms);  // else main would run it in the middle of join()
  waiter.join();
  event.set();
}

void never_notified(cohort::Manager& manager) {
  auto condition = manager.open<cohort::Condition>("changed");
  const std::lock_guard hold(condition);
  condition.wait();
}
void never_released(cohort::Manager& manager) { manager.open<cohort::Semaphore>("places", 0).acquire(); }
void never_changed(cohort::Manager& manager) { manager.open<cohort::Value<int>>("phase").wait(0); }
void nobody_sends(cohort::Manager& manager) { manager.pipe<int>().first.recv(); }

void wait_in_a_task(cohort::Event event) { event.wait(); }
void pool_task_waits(cohort::Manager& manager) {
  auto event = manager.open<cohort::Event>("later");
  cohort::Pool pool;
  pool.map(wait_in_a_task, std::vector<cohort::Event>(3, event), {.progress = "tasks"});
}

// The latch of a list is held for as long as its update() takes.
void update_and_wait(cohort::List<long> list, cohort::Barrier inside, cohort::Lock lock) {
  list.update(0, [&](long& element) {
    inside.wait();
    lock.lock();
    ++element;
  });
}
void inside_of_an_update(cohort::Manager& manager) {
  auto list = manager.open<cohort::List<long>>("totals");
  auto lock = manager.open<cohort::Lock>("outer");
  auto inside = manager.barrier(2);
  list.append(0);
  lock.lock();
  cohort::Process other({.name = "other"}, update_and_wait, list, inside, lock);
  other.start();
  inside.wait();
  list.append(1);
}

// What looks stuck and is not: each is run by all ranks, and comes to its end by itself.

void compute_and_set(cohort::Event event) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (std::chrono::steady_clock::now() < until) {
  }
  event.set();
}
void one_computes(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("computed");
  if (session.is_manager()) {
    cohort::Process computes(compute_and_set, event);
    computes.start();
    event.wait();
    computes.join();
  } else {
    event.wait();
  }
}

void a_limit_passes(cohort::Session& session) {
  auto never = session.manager().open<cohort::Event>("never");
  auto over = session.manager().open<cohort::Event>("over");
  if (session.is_manager()) {
    never.wait(kLong);
    over.set();
  } else {
    over.wait();
  }
}

void one_sleeps(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("slept");
  if (session.is_manager()) {
    std::this_thread::sleep_for(kLong);
    event.set();
  } else {
    event.wait();
  }
}

// The program's own thread has used no shared object before.
void a_thread_comes(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("from a thread");
  std::thread thread;
  if (session.is_manager()) {
    thread = std::thread([event] {
      std::this_thread::sleep_for(kLong);
      event.set();
    });
  }
  event.wait();
  if (thread.joinable()) thread.join();
}

// Rank 0 waits in MPI for a message of the last rank.
void a_message_comes(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("message");
  int message = 0;
  if (session.is_manager()) {
    MPI_Recv(&message, 1, MPI_INT, session.size() - 1, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    event.set();
  } else if (session.rank() == session.size() - 1) {
    std::this_thread::sleep_for(kLong);
    MPI_Send(&message, 1, MPI_INT, 0, 7, MPI_COMM_WORLD);
  }
  event.wait();
}

void a_command_ends(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("command");
  if (session.is_manager()) {
    cohort::blocking([] {
      if (std::system("sleep 1.2") != 0) std::cerr << "no sleep\n";
    });
    event.set();
  }
  event.wait();
}

void looks_on(cohort::Session& session) {
  if (session.is_manager()) {
    cohort::Pool pool;
    pool.map([](int) { std::this_thread::sleep_for(kLong); }, {1, 2, 3}, {.progress = "naps"});
  }
}

void others_hand_over(cohort::Session& session) {
  auto lock = session.manager().open<cohort::Lock>("handed over");
  auto turns = session.manager().open<cohort::Queue<int>>("turns");
  const auto until = std::chrono::steady_clock::now() + kLong;
  while (std::chrono::steady_clock::now() < until) {
    const std::lock_guard hold(lock);
    turns.put(session.rank());
    turns.get();
  }
}

void one_polls(cohort::Session& session) {
  auto event = session.manager().open<cohort::Event>("polled");
  auto seen = session.manager().open<cohort::Event>("seen");
  if (session.is_manager()) {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (!event.is_set() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    seen.set();
  }
  seen.wait();
}

void all_others_have_joined(cohort::Session& session) {
  if (session.is_manager()) std::this_thread::sleep_for(kLong);
}

// Between the cases, which are not over for all at once, the ranks meet.
int look_stuck(int argc, char** argv) {
  cohort::Session session(argc, argv);
  const std::pair<const char*, void (*)(cohort::Session&)> cases[] = {
      {"one computes", one_computes},
      {"a limit passes", a_limit_passes},
      {"one sleeps", one_sleeps},
      {"a thread comes", a_thread_comes},
      {"a message comes", a_message_comes},
      {"a command ends", a_command_ends},
      {"looks on", looks_on},
      {"others hand over", others_hand_over},
      {"one polls", one_polls},
      {"all others have joined", all_others_have_joined}};
  for (const auto& [name, run] : cases) {
    run(session);
    session.join();
    if (session.is_manager()) std::cout << name << std::endl;
  }
  return 0;
}

const std::map<std::string, void (*)(cohort::Manager&)> kHangs = {
    {"abba", abba},
    {"holder_ended", holder_ended},
    {"third_in_line", third_in_line},
    {"short_of_parties", short_of_parties},
    {"empty_queue", empty_queue},
    {"forgotten_close", forgotten_close},
    {"full_queue", full_queue},
    {"unfinished_queue", unfinished_queue},
    {"joins_what_waits_for_it", joins_what_waits_for_it},
    {"never_notified", never_notified},
    {"never_released", never_released},
    {"never_changed", never_changed},
    {"nobody_sends", nobody_sends},
    {"pool_task_waits", pool_task_waits},
    {"inside_of_an_update", inside_of_an_update},
};

}  // namespace

int main(int argc, char** argv) {
  const std::string which = argc > 1 ? argv[1] : "";
  if (which == "looks_stuck") return look_stuck(argc, argv);
  const auto found = kHangs.find(which);
  if (found == kHangs.end()) {
    std::cerr << "there is no case '" << which << "'\n";
    return 2;
  }
  return cohort::run(argc, argv, [&](cohort::Manager& manager) { found->second(manager); });
}
