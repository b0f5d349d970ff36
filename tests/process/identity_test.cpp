// SPDX-License-Identifier: BSL-1.0
// Who a Process is, to the one who made it and to itself: its name, its id, and where it runs.
#include "process/process_support.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "process/do_nothing.hpp"

namespace cohort::test {

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

}  // namespace
}  // namespace cohort::test
