// SPDX-License-Identifier: BSL-1.0
// How a Process can fail, and how that is told.
#include "process/process_support.hpp"

#include <new>
#include <stdexcept>
#include <system_error>

namespace cohort::test {

struct Custom : std::runtime_error {
  using std::runtime_error::runtime_error;
};
template <class T>
struct Typed : std::exception {
  const char* what() const noexcept override { return "typed"; }
};
struct NoException {
  int number;
};

namespace {

// Nobody has to look at a failure twice: this is its end as a line.
std::string told(const Process& process) {
  const auto error = process.exception();
  return std::to_string(process.exitcode().value_or(-99)) + " " +
         (error ? error->type() + ": " + error->message() : "no exception");
}

template <class... Args>
std::string end_of(Args&&... args) {
  Process process(ProcessOptions{.name = "it"}, std::forward<Args>(args)...);
  run_elsewhere(process);
  if (const auto error = process.exception()) {
    EXPECT_EQ(error->process(), "it");
    EXPECT_EQ(error->rank(), process.rank());
    EXPECT_FALSE(error->index());
    const std::string all = error->what();
    EXPECT_TRUE(has(all, "it") && has(all, error->type()) && has(all, error->message())) << all;
    EXPECT_TRUE(has(all, "rank " + std::to_string(error->rank()))) << all;
  }
  EXPECT_FALSE(process.is_alive());
  return told(process);
}

TEST(ProcessFailure, NamesTheTypeAndTextOfAnException) {
  on_manager([] {
    EXPECT_EQ(end_of([] { throw std::runtime_error("no such file"); }), "1 std::runtime_error: no such file");
    EXPECT_EQ(end_of([] { throw std::out_of_range(""); }), "1 std::out_of_range: ");
    EXPECT_EQ(end_of([] { throw Custom("mine"); }), "1 cohort::test::Custom: mine");
    EXPECT_EQ(end_of([] { throw Typed<long>(); }), "1 cohort::test::Typed<long>: typed");
    EXPECT_EQ(end_of([] { throw UsageError("so not"); }), "1 cohort::UsageError: so not");
    EXPECT_EQ(end_of([] { throw std::bad_alloc(); }), "1 std::bad_alloc: std::bad_alloc");
    EXPECT_EQ(end_of([] { throw std::runtime_error(std::string(5000, 'x')); }),
              "1 std::runtime_error: " + std::string(5000, 'x'));
    EXPECT_EQ(end_of([] { throw std::runtime_error("two\nlines"); }), "1 std::runtime_error: two\nlines");
  });
}

TEST(ProcessFailure, MayBeAnythingThatIsThrown) {
  on_manager([] {
    EXPECT_EQ(end_of([] { throw 42; }), "1 int: ");
    EXPECT_EQ(end_of([] { throw "text"; }), "1 char const*: ");
    EXPECT_EQ(end_of([] { throw NoException{3}; }), "1 cohort::test::NoException: ");
  });
}

TEST(ProcessFailure, OfTheFrameworkKeepsItsType) {
  on_manager([] {
    EXPECT_EQ(end_of([](List<int> list) { list.append(1); }, List<int>()).find("1 cohort::UsageError: "), 0U);
    EXPECT_EQ(
        end_of([](List<int> list) { list.get(3); }, shared().list<int>({1})).find("1 std::out_of_range: "),
        0U);
  });
}

TEST(ProcessFailure, OfAnExitIsItsCode) {
  on_manager([] {
    for (const int code : {5, 1, 255, 256, 1000, -3}) {
      EXPECT_EQ(end_of([](int n) { this_process::exit(n); }, code), std::to_string(code) + " no exception");
    }
    EXPECT_EQ(end_of([] { this_process::exit(0); }), "0 no exception");
  });
}

TEST(ProcessExit, RunsDestructors) {
  on_manager([] {
    const auto destroyed = shared().value<int>();
    Process process(
        [](Value<int> to) {
          struct Marks {
            Value<int> to;
            ~Marks() { ++to; }
          } const marks{to};
          this_process::exit(3);
        },
        destroyed);
    run_elsewhere(process);
    EXPECT_EQ(process.exitcode(), 3);
    EXPECT_EQ(destroyed.get(), 1);
  });
}

TEST(ProcessExit, IsNotCaughtAsAStandardException) {
  on_manager([] {
    EXPECT_EQ(end_of([] {
                try {
                  this_process::exit(4);
                } catch (const std::exception&) {
                  throw std::logic_error("caught");
                }
              }),
              "4 no exception");
  });
}

TEST(ProcessExit, EndsTheInnermostProcessAlone) {
  on_manager([] {
    const auto codes = shared().list<int>();
    Process outer(
        [](List<int> to) {
          Process inner([] { this_process::exit(7); });
          inner.start();
          inner.join();
          to.append(inner.exitcode().value());
          this_process::exit(8);
        },
        codes);
    run_elsewhere(outer);
    EXPECT_EQ(codes.copy(), std::vector{7});
    EXPECT_EQ(outer.exitcode(), 8);
  });
}

TEST(ProcessFailure, OfAChildDoesNotPassToItsParent) {
  on_manager([] {
    EXPECT_EQ(end_of([] {
                Process inner([] { throw std::runtime_error("inner"); });
                inner.start();
                inner.join();
                if (inner.exception()->message() != "inner") throw std::logic_error("lost");
              }),
              "0 no exception");
  });
}

TEST(ProcessFailure, OfAParentLeavesItsChildAskedToStop) {
  on_manager([] {
    const auto running = shared().value<int>();
    const auto stopped = shared().value<int>();
    EXPECT_EQ(end_of(
                  [](Value<int> on, Value<int> off) {
                    Process inner(
                        [](Value<int> inner_on, Value<int> inner_off) {
                          ++inner_on;
                          busy_until(this_process::stop_requested);
                          ++inner_off;
                        },
                        on, off);
                    inner.start();
                    on.wait(0);
                    throw std::runtime_error("parent");
                  },
                  running, stopped),
              "1 std::runtime_error: parent");
    stopped.wait(0);
    EXPECT_EQ(stopped.get(), 1);
  });
}

TEST(JoinAll, OfProcessesThatEndWellThrowsNothing) {
  on_manager([] {
    std::vector<Process> processes;
    join_all(processes);
    for (int i = 0; i < 10; ++i) processes.emplace_back([] {});
    start_all(processes);
    EXPECT_NO_THROW(join_all(processes));
    EXPECT_NO_THROW(join_all(processes));
  });
}

TEST(JoinAll, NamesEveryoneThatFailed) {
  on_manager([] {
    std::vector<Process> processes;
    const auto work = [](int n) {
      if (n == 2) throw std::runtime_error("no file");
      if (n == 5) this_process::exit(9);
      if (n == 7) throw 1;
    };
    for (int n = 0; n < 10; ++n)
      processes.emplace_back(ProcessOptions{.name = "worker " + std::to_string(n)}, work, n);
    start_all(processes);
    try {
      join_all(processes);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ProcessError& error) {
      ASSERT_EQ(error.failures().size(), 3U);
      const auto& [process, rank, exitcode, reason] = error.failures()[0];
      EXPECT_EQ(process, "worker 2");
      EXPECT_EQ(rank, processes[2].rank());
      EXPECT_EQ(exitcode, 1);
      EXPECT_EQ(reason, "std::runtime_error: no file");
      EXPECT_EQ(error.failures()[1].process, "worker 5");
      EXPECT_EQ(error.failures()[1].exitcode, 9);
      EXPECT_EQ(error.failures()[1].reason, "exit(9)");
      EXPECT_EQ(error.failures()[2].process, "worker 7");
      EXPECT_EQ(error.failures()[2].reason, "int");
      for (const auto& failure : error.failures())
        EXPECT_TRUE(has(error.what(), failure.process)) << error.what();
      EXPECT_TRUE(has(error.what(), "3 Processes")) << error.what();
      EXPECT_TRUE(has(error.what(), "no file")) << error.what();
      EXPECT_FALSE(has(error.what(), "worker 1")) << error.what();
    }
    for (const auto& process : processes) EXPECT_FALSE(process.is_alive());
  });
}

TEST(JoinAll, WaitsForAllThoughTheFirstHasFailed) {
  on_manager([] {
    const auto last = shared().value<int>();
    std::vector<Process> processes;
    processes.emplace_back([] { throw std::runtime_error("first"); });
    for (int n = 0; n < 20; ++n) processes.emplace_back([](Value<int> to) { ++to; }, last);
    start_all(processes);
    EXPECT_THROW(join_all(processes), ProcessError);
    EXPECT_EQ(last.get(), 20);
  });
}

TEST(JoinAll, TakesAnyRangeOfProcesses) {
  on_manager([] {
    std::array<Process, 3> processes = {Process([] {}), Process([] {}),
                                        Process([] { throw Custom("third"); })};
    start_all(processes);
    EXPECT_NO_THROW(join_all(std::span(processes).first(2)));
    EXPECT_THROW(join_all(processes), ProcessError);
  });
}

TEST(ProcessFailure, AThousandOfThemAreAllKept) {
  on_manager([] {
    std::vector<Process> processes;
    const int count = rounds(1000);
    for (int n = 0; n < count; ++n) processes.emplace_back([](int i) { this_process::exit(i + 1); }, n);
    start_all(processes);
    for (int n = 0; n < count; ++n) {
      auto& process = processes[static_cast<std::size_t>(n)];
      process.join();
      EXPECT_EQ(process.exitcode(), n + 1);
    }
  });
}

}  // namespace
}  // namespace cohort::test
