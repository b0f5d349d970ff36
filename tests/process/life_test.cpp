// SPDX-License-Identifier: BSL-1.0
// From making a Process to its end: what it says of itself at each stage, and what may not be done with it.
#include "process/process_support.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>

namespace cohort::test {

void do_nothing() {}
template <class T>
void do_nothing_with(T) {}
template <class T>
std::vector<T> give_back(T value) {
  return {value};
}
std::string give_text() { return "text"; }
struct Tools {
  static void sharpen() {}
};

namespace {

void do_nothing_unseen() {}

void run_until_stopped(Value<int> running, Value<int> stopped) {
  ++running;
  busy_until(this_process::stop_requested);
  ++stopped;
}

TEST(Process, SaysWhatItIsAtEachStage) {
  on_manager([] {
    Held held;
    EXPECT_FALSE(held->is_alive());
    EXPECT_FALSE(held->exitcode());
    EXPECT_FALSE(held->exception());
    EXPECT_FALSE(held->rank());
    EXPECT_FALSE(held->pid());
    const auto id = held->id();
    EXPECT_GT(id, 0U);

    held.start();
    EXPECT_TRUE(held->is_alive());
    EXPECT_FALSE(held->exitcode());
    EXPECT_FALSE(held->exception());
    ASSERT_TRUE(held->rank());
    EXPECT_GE(*held->rank(), 0);
    EXPECT_LT(*held->rank(), ranks());
    ASSERT_TRUE(held->pid());
    EXPECT_GT(*held->pid(), 0);
    EXPECT_EQ(*held->pid() == ::getpid(), *held->rank() == this_process::rank());
    const auto rank = held->rank();
    const auto pid = held->pid();

    held.finish();
    EXPECT_FALSE(held->is_alive());
    EXPECT_EQ(held->exitcode(), 0);
    EXPECT_FALSE(held->exception());
    EXPECT_EQ(held->rank(), rank);
    EXPECT_EQ(held->pid(), pid);
    EXPECT_EQ(held->id(), id);
  });
}

TEST(Process, QueuedIsAliveAndHasNoRank) {
  on_manager([] {
    Process process(do_nothing);
    process.start();
    if (ranks() == 1) {  // nobody else could have taken it
      EXPECT_TRUE(process.is_alive());
      EXPECT_FALSE(process.rank());
      EXPECT_FALSE(process.pid());
      EXPECT_FALSE(process.exitcode());
    }
    process.join();
    EXPECT_TRUE(process.rank());
  });
}

TEST(Process, StartsOnce) {
  on_manager([] {
    Process process(ProcessOptions{.name = "single"}, do_nothing);
    process.start();
    EXPECT_TRUE(has(usage_error([&] { process.start(); }), "single"));
    process.join();
    EXPECT_TRUE(has(usage_error([&] { process.start(); }), "single"));
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Process, CannotBeJoinedBeforeItStarts) {
  on_manager([] {
    Process process(ProcessOptions{.name = "idle"}, do_nothing);
    EXPECT_TRUE(has(usage_error([&] { process.join(); }), "idle"));
    EXPECT_TRUE(has(usage_error([&] { process.join(0s); }), "start()"));
    EXPECT_TRUE(has(usage_error([&] { process.join(1h); }), "idle"));
    process.start();
    process.join();
  });
}

TEST(Process, MayBeJoinedTwice) {
  on_manager([] {
    Process process(do_nothing);
    process.start();
    process.join();
    process.join();
    EXPECT_TRUE(process.join(0s));
    EXPECT_TRUE(process.join(-1s));
    EXPECT_TRUE(process.join(1h));
  });
}

Process* own_process = nullptr;

void join_myself(List<std::string> said) {
  if (own_process == nullptr) return;  // on another rank
  said.append(usage_error([] { own_process->join(); }));
  said.append(usage_error([] { static_cast<void>(own_process->join(1s)); }));
}

TEST(Process, CannotJoinItself) {
  on_manager([] {
    const auto said = shared().list<std::string>();
    for (int i = 0; i < 1000 && said.empty(); ++i) {
      Process process(join_myself, said);
      own_process = &process;
      process.start();
      process.join();
      own_process = nullptr;
    }
    ASSERT_EQ(said.size(), 2U) << "it never ran on this rank";
    EXPECT_TRUE(has(said.get(0), "itself")) << said.get(0);
    EXPECT_TRUE(has(said.get(1), "itself")) << said.get(1);
  });
}

TEST(Process, JoinWithATimeoutSaysWhetherItHasEnded) {
  on_manager([] {
    Held held;
    held.start();
    EXPECT_FALSE(held->join(0s));
    EXPECT_FALSE(held->join(-5s));
    EXPECT_FALSE(held->join(std::chrono::nanoseconds::min()));
    EXPECT_FALSE(held->join(-std::numeric_limits<double>::infinity() * 1s));
    EXPECT_FALSE(held->join(1ns));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(held->join(20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
    EXPECT_FALSE(held->join(std::chrono::duration<double>(0.001)));
    held.let_go();
    EXPECT_TRUE(held->join(1h));
    EXPECT_TRUE(held->join(0s));
  });
}

TEST(Process, JoinTakesTheLongestTimeoutsThereAre) {
  on_manager([] {
    const auto ends_within = [](auto timeout) {
      Held held;
      held.start();
      held.let_go();
      return held->join(timeout);
    };
    EXPECT_TRUE(ends_within(std::chrono::hours::max()));
    EXPECT_TRUE(ends_within(std::chrono::nanoseconds::max()));
    EXPECT_TRUE(ends_within(std::chrono::seconds::max()));
    EXPECT_TRUE(ends_within(std::chrono::duration<double>(1e300)));
    EXPECT_TRUE(ends_within(std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
    EXPECT_TRUE(ends_within(std::chrono::duration<unsigned>(4'000'000'000U)));
  });
}

TEST(Process, JoinRunsAQueuedTargetInline) {
  on_manager([] {
    if (ranks() > 1) return;  // another rank may have taken it before
    const auto thread = shared().value<std::size_t>();
    Process process(
        [](Value<std::size_t> to) { to.set(std::hash<std::thread::id>()(std::this_thread::get_id())); },
        thread);
    process.start();
    process.join();
    EXPECT_EQ(thread.get(), std::hash<std::thread::id>()(std::this_thread::get_id()));
  });
}

TEST(Process, JoinWithATimeoutRunsNothingInline) {
  on_manager([] {
    const auto thread = shared().value<std::size_t>();
    Process process(
        [](Value<std::size_t> to) { to.set(std::hash<std::thread::id>()(std::this_thread::get_id())); },
        thread);
    process.start();
    EXPECT_TRUE(process.join(1h));
    if (process.pid() == ::getpid()) {
      EXPECT_NE(thread.get(), std::hash<std::thread::id>()(std::this_thread::get_id()));
    }
  });
}

TEST(Process, HasTheNameThatItWasGiven) {
  on_manager([] {
    for (const char* const name : {"given", "with space", "\xc3\xa4\xc3\xb6", "%s%n"}) {
      const auto seen = shared().list<std::string>();
      Process process(
          ProcessOptions{.name = name}, [](List<std::string> to) { to.append(this_process::name()); }, seen);
      EXPECT_EQ(process.name(), name);
      run_elsewhere(process);
      EXPECT_EQ(process.name(), name);
      EXPECT_EQ(seen.get(0), name);
    }
    const std::string long_name(10'000, 'n');
    EXPECT_EQ(Process(ProcessOptions{.name = long_name}, do_nothing).name(), long_name);
  });
}

// "do_nothing-17" for the Process of id 17.
std::string base_name(const Process& process) {
  const std::string end = "-" + std::to_string(process.id());
  EXPECT_TRUE(process.name().ends_with(end)) << process.name();
  return process.name().substr(0, process.name().size() - end.size());
}

TEST(Process, IsNamedAfterItsFunction) {
  on_manager([] {
    EXPECT_EQ(base_name(Process(do_nothing)), "do_nothing");
    EXPECT_EQ(base_name(Process(&do_nothing)), "do_nothing");
    EXPECT_EQ(base_name(Process(do_nothing_with<int>, 1)), "do_nothing_with");
    EXPECT_EQ(base_name(Process(Tools::sharpen)), "sharpen");
  });
}

TEST(Process, IsNamedAfterItsFunctionWhateverThatReturns) {
  on_manager([] {
    EXPECT_EQ(base_name(Process(give_back<int>, 1)), "give_back");
    EXPECT_EQ(base_name(Process(give_back<std::string>, "text")), "give_back");
    EXPECT_EQ(base_name(Process(give_text)), "give_text");
  });
}

TEST(Process, IsNumberedWhereItsFunctionHasNoName) {
  on_manager([] {
    EXPECT_EQ(base_name(Process([] {})), "Process");
    EXPECT_EQ(base_name(Process(do_nothing_unseen)), "Process");
    EXPECT_EQ(base_name(Process(partial(do_nothing))), "Process");
    EXPECT_EQ(base_name(Process(ProcessOptions{}, [] {})), "Process");
  });
}

TEST(Process, IdsRiseInTheOrderInWhichProcessesAreMade) {
  on_manager([] {
    std::vector<Process> processes;
    for (int i = 0; i < 50; ++i) processes.emplace_back(do_nothing);
    for (std::size_t i = 1; i < processes.size(); ++i)
      EXPECT_EQ(processes[i].id(), processes[i - 1].id() + 1);
  });
}

TEST(Process, IdsAreOneSetForAllRanks) {
  constexpr int kEach = 100;
  const auto ids = shared().open<List<std::uint64_t>>("ids of all ranks");
  for (int i = 0; i < kEach; ++i) ids.append(Process(do_nothing).id());
  session().join();
  auto all = ids.copy();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kEach * ranks()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  session().join();
}

TEST(Process, MovesWhileItRuns) {
  on_manager([] {
    Held held;
    held.start();
    Process moved = std::move(*held);
    EXPECT_TRUE(moved.is_alive());
    EXPECT_FALSE(moved.join(0s));
    held.let_go();
    moved.join();
    EXPECT_EQ(moved.exitcode(), 0);
    std::vector<Process> grown;
    for (int i = 0; i < 100; ++i) {
      grown.emplace_back(do_nothing);
      grown.back().start();
    }
    for (auto& process : grown) process.join();
  });
}

TEST(Process, MovedFromIsEmpty) {
  on_manager([] {
    Process process(do_nothing);
    Process moved = std::move(process);
    const auto refuses = [](auto act) { return has(usage_error(act), "moved"); };
    EXPECT_TRUE(refuses([&] { process.start(); }));
    EXPECT_TRUE(refuses([&] { process.join(); }));
    EXPECT_TRUE(refuses([&] { process.join(1s); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.is_alive()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.exitcode()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.exception()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.name()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.id()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.rank()); }));
    EXPECT_TRUE(refuses([&] { static_cast<void>(process.pid()); }));
    EXPECT_TRUE(refuses([&] { process.request_stop(); }));
    process = Process(do_nothing);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Process, MovedFromIsEmptyEvenWhereItsNameWasAskedBefore) {
  on_manager([] {
    Process process(ProcessOptions{.name = "a name longer than any small buffer for strings"}, do_nothing);
    EXPECT_FALSE(process.name().empty());
    const Process moved = std::move(process);
    EXPECT_EQ(moved.name(), "a name longer than any small buffer for strings");
    EXPECT_NE(usage_error([&] { static_cast<void>(process.name()); }), "");
  });
}

TEST(Process, AssignmentOverARunningOneStopsAndJoinsIt) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    Process process(run_until_stopped, running, stopped);
    process.start();
    running.wait(0);
    process = Process(do_nothing);
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_FALSE(process.is_alive());
    process.start();
    process.join();
  });
}

TEST(Process, AssignmentToItselfChangesNothing) {
  on_manager([] {
    Held held;
    held.start();
    Process& same = *held;
    *held = std::move(same);
    EXPECT_TRUE(held->is_alive());
    held.finish();
    EXPECT_EQ(held->exitcode(), 0);
  });
}

TEST(Process, DestructorStopsAndJoinsARunningOne) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    {
      Process process(run_until_stopped, running, stopped);
      process.start();
      running.wait(0);
      EXPECT_EQ(stopped.get(), 0);
    }
    EXPECT_EQ(stopped.get(), 1);
  });
}

TEST(Process, DestructorRunsAQueuedOne) {
  on_manager([] {
    const auto ran = shared().value<int>();
    for (int i = 0; i < 20; ++i) {
      Process process([](Value<int> to) { ++to; }, ran);
      process.start();
    }
    EXPECT_EQ(ran.get(), 20);
  });
}

TEST(Process, NeverStartedNeverRuns) {
  on_manager([] {
    const auto ran = shared().value<int>();
    {
      Process process([](Value<int> to) { ++to; }, ran);
    }
    EXPECT_EQ(ran.get(), 0);
  });
}

TEST(Process, DestructorOnlyRequestsAStopWhileAnExceptionPasses) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    const auto let_go = shared().value<int>();
    const auto ended = shared().value<int>();
    try {
      Process process(
          [](Value<int> on, Value<int> off, Value<int> free, Value<int> end) {
            run_until_stopped(on, off);
            free.wait(0);  // a destructor that joined would wait for ever
            ++end;
          },
          running, stopped, let_go, ended);
      process.start();
      running.wait(0);
      throw std::runtime_error("passes");
    } catch (const std::runtime_error&) {
      EXPECT_EQ(ended.get(), 0);
    }
    stopped.wait(0);
    let_go.set(1);
    ended.wait(0);
    EXPECT_EQ(ended.get(), 1);
  });
}

TEST(Process, StopsWhenItIsAskedTo) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    Process process(run_until_stopped, running, stopped);
    process.start();
    running.wait(0);
    process.request_stop();
    process.request_stop();
    process.join();
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_EQ(process.exitcode(), 0);
    process.request_stop();  // of one that has ended: nothing
  });
}

TEST(Process, AStopIsRequestedOfOneProcessAlone) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    const auto seen = shared().value<int>(7);
    Process asked(run_until_stopped, running, stopped);
    Process other([](Value<int> to) { to.set(this_process::stop_requested() ? 1 : 0); }, seen);
    asked.request_stop();  // before the start, too
    asked.start();
    other.start();
    other.join();
    asked.join();
    EXPECT_EQ(seen.get(), 0);
    EXPECT_EQ(stopped.get(), 1);
    EXPECT_FALSE(this_process::stop_requested());
  });
}

TEST(Process, CannotBeEndedFromOutsideInARank) {
  on_manager([] {
    Held held;
    EXPECT_TRUE(has(usage_error([&] { held->terminate(); }), "request_stop"));
    held.start();
    EXPECT_TRUE(has(usage_error([&] { held->terminate(); }), "Isolation::child"));
    EXPECT_TRUE(has(usage_error([&] { held->kill(); }), "Isolation::child"));
    EXPECT_TRUE(held->is_alive());
    held.finish();
  });
}

TEST(Process, OptionsOfChildrenAreRefusedInARank) {
  on_manager([] {
    EXPECT_TRUE(has(usage_error([] { Process(ProcessOptions{.daemon = true}, do_nothing); }), "daemon"));
    EXPECT_TRUE(has(usage_error([] { Process(ProcessOptions{.memory_limit = 1 << 20}, do_nothing); }),
                    "memory_limit"));
  });
}

TEST(Process, TargetsSeeWhoTheyAre) {
  on_manager([] {
    const auto seen = shared().list<std::uint64_t>();
    Process process(
        [](List<std::uint64_t> to) {
          to.extend({this_process::id(), static_cast<std::uint64_t>(this_process::pid()),
                     static_cast<std::uint64_t>(this_process::rank())});
        },
        seen);
    run_elsewhere(process);
    EXPECT_EQ(seen.get(0), process.id());
    EXPECT_EQ(seen.get(1), static_cast<std::uint64_t>(process.pid().value()));
    EXPECT_EQ(seen.get(2), static_cast<std::uint64_t>(process.rank().value()));
  });
}

TEST(ThisProcess, OutsideOfOneIsTheRank) {
  EXPECT_EQ(this_process::name(), "rank " + std::to_string(session().rank()));
  EXPECT_EQ(this_process::id(), 0U);
  EXPECT_EQ(this_process::pid(), ::getpid());
  EXPECT_EQ(this_process::rank(), session().rank());
  EXPECT_FALSE(this_process::stop_requested());
  session().join();
}

TEST(ThisProcess, IsItselfAgainAfterItRanAnotherInline) {
  on_manager([] {
    const auto same = shared().value<int>();
    Process outer(
        [](Value<int> to) {
          const auto name = this_process::name();
          const auto id = this_process::id();
          for (int i = 0; i < 5; ++i) {
            Process inner([](std::uint64_t outer_id) { EXPECT_NE(this_process::id(), outer_id); }, id);
            inner.start();
            inner.join();
          }
          if (this_process::name() == name && this_process::id() == id) to.set(1);
        },
        same);
    run_elsewhere(outer);
    EXPECT_EQ(same.get(), 1);
    EXPECT_EQ(this_process::id(), 0U);
  });
}

std::vector<std::uint64_t> child_ids() {
  std::vector<std::uint64_t> ids;
  for (const auto& child : active_children()) ids.push_back(child.id);
  return ids;
}

TEST(ActiveChildren, AreThoseStartedAndNotEnded) {
  on_manager([] {
    EXPECT_TRUE(active_children().empty());
    Held first(ProcessOptions{.name = "first"});
    Held second(ProcessOptions{.name = "second"});
    EXPECT_TRUE(active_children().empty());
    first.start();
    second.start();
    EXPECT_EQ(child_ids(), (std::vector{first->id(), second->id()}));
    const auto children = active_children();
    EXPECT_EQ(children.at(0).name, "first");
    EXPECT_EQ(children.at(1).name, "second");
    EXPECT_EQ(children.at(0).rank, first->rank());
    first.finish();
    EXPECT_EQ(child_ids(), std::vector{second->id()});
    second.finish();
    EXPECT_TRUE(active_children().empty());
  });
}

TEST(ActiveChildren, OfAProcessAreItsOwn) {
  on_manager([] {
    Held mine;
    mine.start();
    const auto seen = shared().list<std::uint64_t>();
    Process parent(
        [](List<std::uint64_t> to) {
          to.append(active_children().size());
          Held its;
          its.start();
          to.extend(child_ids());
          to.append(its->id());
          its.finish();
          to.append(active_children().size());
        },
        seen);
    parent.start();
    parent.join();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen.get(0), 0U);
    EXPECT_EQ(seen.get(1), seen.get(2));
    EXPECT_EQ(seen.get(3), 0U);
    EXPECT_EQ(child_ids(), std::vector{mine->id()});
    mine.finish();
  });
}

TEST(ActiveChildren, OfOneRankAreNotThoseOfAnother) {
  const auto running = shared().open<Value<int>>("every rank has one");
  const auto looked = shared().open<Value<int>>("every rank has looked");
  Held held;
  held.start();
  ++running;
  wait_for(running, ranks());
  EXPECT_EQ(child_ids(), std::vector{held->id()});
  ++looked;
  wait_for(looked, ranks());
  held.finish();
  session().join();
}

}  // namespace
}  // namespace cohort::test
