// SPDX-License-Identifier: BSL-1.0

// bodies CASE: programs that use run() as one may, each in its own job. session_test.sh says what to expect.

#include <cohort/cohort.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

cohort::List<int> static_list;
std::optional<cohort::Process> static_process;

int free_body() {
  std::cout << "free body\n";
  return 4;
}
void free_body_with(cohort::Manager& manager) {
  std::cout << "free body with " << manager.list<int>(3, 1).size() << '\n';
}

struct Body {
  int calls = 0;
  int operator()() { return 10 + ++calls; }
};

int void_body(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] { std::cout << "void body\n"; });
}
int int_body(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] { return 3; });
}
int bool_body(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] { return true; });
}
int manager_body(int& argc, char**& argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    if (&manager != &cohort::manager()) return 9;
    std::cout << "sum " << manager.list<int>({1, 2}).get(0) + manager.value(4).get() << '\n';
    return 0;
  });
}
int function_body(int& argc, char**& argv) { return cohort::run(argc, argv, free_body); }
int manager_function_body(int& argc, char**& argv) { return cohort::run(argc, argv, free_body_with); }
int functor_body(int& argc, char**& argv) { return cohort::run(argc, argv, Body{}); }

/// The body captures, and may move what it captured.
int capturing_body(int& argc, char**& argv) {
  auto owned = std::make_unique<std::string>("owned");
  int result = 1;
  const int code = cohort::run(argc, argv, [owned = std::move(owned), &result]() mutable {
    std::cout << *std::exchange(owned, nullptr) << '\n';
    result = 0;
  });
  return code;
}

/// After run every rank goes on, with the same code.
int code_on_all_ranks(int& argc, char**& argv) {
  const int code = cohort::run(argc, argv, [] { return 0; });
  std::cout << "code " << code << " everywhere\n";
  return code;
}

int exit_in_body(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] {
    const auto note = std::shared_ptr<int>(nullptr, [](int*) { std::cout << "unwound\n"; });
    cohort::this_process::exit(6);
  });
}

int manager_in_process(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] {
    std::vector<cohort::Process> processes;
    for (int i = 0; i < 20; ++i) {
      processes.emplace_back([](int n) { cohort::manager().open<cohort::List<int>>("numbers").append(n); },
                             i);
    }
    cohort::start_all(processes);
    cohort::join_all(processes);
    std::cout << "size " << cohort::manager().open<cohort::List<int>>("numbers").size() << '\n';
  });
}

int options_in_code(int& argc, char**& argv) {
  return cohort::run(argc, argv,
                     [](cohort::Manager& manager) {
                       auto list = manager.list<char>();
                       try {
                         for (;;) list.extend(std::vector<char>(1 << 20));
                       } catch (const cohort::OutOfSharedMemory& error) {
                         std::cout << (list.size() >> 20 < 48 ? "small heap\n" : "large heap\n")
                                   << error.what() << '\n';
                       }
                     },
                     {.heap = 48 << 20, .log = cohort::LogLevel::info});
}

int second_session(int& argc, char**& argv) {
  const int code = cohort::run(argc, argv, [&] {
    try {
      cohort::run(argc, argv, [] { std::cout << "nested\n"; });
    } catch (const cohort::UsageError& error) {
      std::cout << "refused inside: " << error.what() << '\n';
    }
  });
  try {
    const cohort::Session session(argc, argv);
  } catch (const cohort::UsageError& error) {
    std::cout << "refused after: " << error.what() << '\n';
  }
  return code;
}

/// What is refused before a session and after it, with a text that says so.
template <class Act>
void try_without_session(const std::string& what, Act act) {
  try {
    act();
    std::cout << what << ": nothing\n";
  } catch (const cohort::UsageError& error) {
    std::cout << what << ": " << error.what() << '\n';
  }
}
void free_function() {}

int no_session(int& argc, char**& argv) {
  const auto try_all = [](const std::string& when) {
    try_without_session(when + " manager", [] { static_cast<void>(cohort::manager()); });
    try_without_session(when + " rank", [] { static_cast<void>(cohort::this_process::rank()); });
    try_without_session(when + " name", [] { static_cast<void>(cohort::this_process::name()); });
    try_without_session(when + " stop", [] { static_cast<void>(cohort::this_process::stop_requested()); });
    try_without_session(when + " lambda", [] { cohort::Process process([] {}); });
    try_without_session(when + " function", [] { cohort::Process process(free_function); });
    std::cout << when << " cores " << (cohort::cpu_count() >= 1 ? "counted" : "lost") << '\n';
    std::cout << when << " id " << cohort::this_process::id() << '\n';
    cohort::blocking([] {});
  };
  try_all("before");
  cohort::List<int> kept;
  const int code = cohort::run(argc, argv, [&](cohort::Manager& manager) { kept = manager.list<int>({1}); });
  try_all("after");
  if (kept.valid()) try_without_session("after use", [&] { kept.append(1); });
  return code;
}

/// Handles and a Process that are destroyed long after the session, in main and after it.
int outliving(int& argc, char**& argv) {
  std::optional<cohort::List<std::string>> kept;
  cohort::Value<int> value;
  std::optional<cohort::Process> ended;
  std::optional<cohort::Process> unstarted;
  const int code = cohort::run(argc, argv, [&](cohort::Manager& manager) {
    kept = manager.list<std::string>({"kept"});
    value = manager.value(1);
    static_list = manager.list<int>({1, 2, 3});
    ended.emplace([] {});
    ended->start();
    ended->join();
    unstarted.emplace([] {});
    static_process.emplace([] {});
    static_process->start();
  });
  auto copy = kept;
  copy.reset();
  kept.reset();
  value = {};
  ended.reset();
  std::cout << "outlived\n";
  return code;
}

/// For COHORT_LEAKS: `static_list` and a Process are held to the end.
int leaks(int& argc, char**& argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    static_list = manager.list<int>({1, 2, 3});
    static cohort::Value<double> number;
    number = manager.value(1.5);
    static cohort::List<std::string> named;
    named = manager.open<cohort::List<std::string>>("a name");
    const auto circle = manager.name_space();
    circle.set("itself", circle);
    static_process.emplace(cohort::ProcessOptions{.name = "kept process"}, [] {});
    static_process->start();
    static_process->join();
  });
}

/// bodies saves FILE, and in another job bodies loads FILE.
int saves(int& argc, char**& argv) {
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    manager.open<cohort::List<std::string>>("texts").extend({"one", "two"});
    manager.open<cohort::Dict<std::string, int>>("numbers").set("three", 3);
    manager.save(argv[2]);
  });
}
int loads(int& argc, char**& argv) {
  return cohort::run(argc, argv, [&](cohort::Manager& manager) {
    manager.load(argv[2]);
    cohort::Process process([] {
      auto& here = cohort::manager();
      std::cout << here.open<cohort::List<std::string>>("texts") << ' '
                << here.open<cohort::Dict<std::string, int>>("numbers") << '\n';
    });
    process.start();
    process.join();
  });
}

/// Uses everything and keeps nothing.
int no_leaks(int& argc, char**& argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    auto lists = manager.list<cohort::List<std::string>>();
    auto named = manager.open<cohort::List<cohort::List<std::string>>>("named");
    for (int i = 0; i < 20; ++i) lists.append(manager.list<std::string>(10, "text"));
    named.extend(lists);
    std::vector<cohort::Process> processes;
    for (int i = 0; i < 50; ++i) {
      processes.emplace_back(
          [](cohort::List<cohort::List<std::string>> all, int n) {
            all.get(n % 20).append("more");
            auto value = cohort::manager().value(n);
            if (n == 7) throw std::runtime_error("on purpose");
            if (n == 8) cohort::this_process::exit(3);
          },
          lists, i);
    }
    cohort::start_all(processes);
    try {
      cohort::join_all(processes);
    } catch (const cohort::ProcessError& error) {
      std::cout << error.failures().size() << " failed\n";
    }
  });
}

/// For COHORT_TRACE and COHORT_LOG.
int traced(int& argc, char**& argv) {
  return cohort::run(argc, argv, [](cohort::Manager& manager) {
    std::vector<cohort::Process> processes;
    for (int i = 0; i < 30; ++i) {
      processes.emplace_back(cohort::ProcessOptions{.name = "traced " + std::to_string(i)}, [] {});
    }
    processes.emplace_back(cohort::ProcessOptions{.name = "a \"quoted\"\tname\\ with\nall, \xc3\xa4"}, [] {});
    processes.emplace_back(cohort::ProcessOptions{.name = "one that exits"},
                           [] { cohort::this_process::exit(5); });
    processes.emplace_back(
        cohort::ProcessOptions{.name = "outer"},
        [](cohort::Value<int> done) {
          cohort::Process inner(
              cohort::ProcessOptions{.name = "inner"}, [](cohort::Value<int> to) { ++to; }, done);
          inner.start();
          inner.join();
        },
        manager.value<int>());
    cohort::start_all(processes);
    for (auto& process : processes) process.join();
    for (auto& process : processes) static_cast<void>(process.exitcode());
  });
}

int untraced(int& argc, char**& argv) {
  return cohort::run(argc, argv, [] {});
}

int progress(int& argc, char**& argv) {
  const int tasks = argc > 2 ? std::atoi(argv[2]) : 200;
  return cohort::run(argc, argv, [tasks] {
    cohort::Pool pool;
    pool.map([](int) { std::this_thread::sleep_for(3ms); }, cohort::range(tasks),
             {.chunk = 1, .progress = "steps"});
  });
}

int help(int&, char**&) {
  std::cout << cohort::options_help();
  return 0;
}

const std::map<std::string_view, int (*)(int&, char**&)> kCases = {
    {"void_body", void_body},
    {"int_body", int_body},
    {"bool_body", bool_body},
    {"manager_body", manager_body},
    {"function_body", function_body},
    {"manager_function_body", manager_function_body},
    {"functor_body", functor_body},
    {"capturing_body", capturing_body},
    {"code_on_all_ranks", code_on_all_ranks},
    {"exit_in_body", exit_in_body},
    {"manager_in_process", manager_in_process},
    {"options_in_code", options_in_code},
    {"second_session", second_session},
    {"no_session", no_session},
    {"outliving", outliving},
    {"leaks", leaks},
    {"no_leaks", no_leaks},
    {"saves", saves},
    {"loads", loads},
    {"traced", traced},
    {"untraced", untraced},
    {"progress", progress},
    {"help", help},
};

}  // namespace

int main(int argc, char** argv) {
  const auto found = argc > 1 ? kCases.find(argv[1]) : kCases.end();
  if (found == kCases.end()) {
    std::cerr << "usage: bodies CASE\n";
    return 2;
  }
  return found->second(argc, argv);
}
