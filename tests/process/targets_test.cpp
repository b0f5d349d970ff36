// SPDX-License-Identifier: BSL-1.0
// Everything that may be a target arrives as what it was, here and on another rank.
#include "process/process_support.hpp"

#include <array>
#include <boost/serialization/access.hpp>
#include <boost/serialization/string.hpp>
#include <memory>
#include <type_traits>

namespace cohort::test {

void append_plain(Log log, const std::string& text) { log.append("plain " + text); }
void append_noexcept(Log log, int number) noexcept { log.append("noexcept " + std::to_string(number)); }
int append_and_return(Log log, int number) {
  log.append("returning " + std::to_string(number));
  return number;
}
[[nodiscard]] std::unique_ptr<int> append_and_return_owner(Log log) {
  log.append("owner");
  return std::make_unique<int>(1);
}
void overloaded(Log log, int number) { log.append("int " + std::to_string(number)); }
void overloaded(Log log, const std::string& text) { log.append("string " + text); }
template <class T>
void instance(Log log, T value) {
  log.append(std::string(std::is_same_v<T, long> ? "long " : "other ") + std::to_string(value));
}
void append_all(Log log, const std::string& a, int b, const std::vector<int>& c, Log other) {
  log.append(a + std::to_string(b) + std::to_string(c.size()));
  other.append("other " + a);
}
struct Machine {
  static void make(Log log, int n) { log.append("static member " + std::to_string(n)); }
  void work(Log log) const { log.append("member " + std::to_string(number)); }
  int number;
};

namespace {

void append_hidden(Log log, int number) { log.append("hidden " + std::to_string(number)); }

static void append_static(Log log, int number) { log.append("static " + std::to_string(number)); }

struct Empty {
  void operator()(Log log) const { log.append("empty"); }
};

struct Trivial {
  int factor;
  std::array<char, 4> letters;
  void operator()(Log log, int n) const {
    log.append(std::string(letters.data(), 4) + std::to_string(factor * n));
  }
};

// Changes itself: each Process has its own copy.
struct Counting {
  int calls = 5;
  void operator()(Log log) { log.append("counting " + std::to_string(++calls)); }
};

class Archived {
 public:
  Archived() = default;
  explicit Archived(std::string text) : text_(std::move(text)) {}
  void operator()(Log log) const { log.append("archived " + text_); }

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& text_;
  }
  std::string text_;
};

// What the target appends to a fresh list: once on another rank where there is one, and once joined at once.
template <class F, class... Args>
std::vector<std::string> said(const F& target, const Args&... args) {
  std::vector<std::string> first;
  for (const bool elsewhere : {true, false}) {
    auto log = shared().list<std::string>();
    Process process(target, log, args...);
    if (elsewhere) {
      run_elsewhere(process);
      EXPECT_TRUE(ranks() == 1 || process.rank() != this_process::rank());
    } else {
      process.start();
      process.join();
    }
    EXPECT_EQ(process.exitcode(), 0);
    if (elsewhere) {
      first = log.copy();
    } else {
      EXPECT_EQ(log.copy(), first);
    }
  }
  return first;
}

using Lines = std::vector<std::string>;

TEST(ProcessTarget, IsAFunction) {
  on_manager([] {
    EXPECT_EQ(said(append_plain, "text"), Lines{"plain text"});
    EXPECT_EQ(said(&append_plain, "text"), Lines{"plain text"});
    void (*const pointer)(Log, const std::string&) = append_plain;
    EXPECT_EQ(said(pointer, "text"), Lines{"plain text"});
  });
}

TEST(ProcessTarget, IsAStaticFunctionOrOneWithoutAName) {
  on_manager([] {
    EXPECT_EQ(said(append_hidden, 3), Lines{"hidden 3"});
    EXPECT_EQ(said(append_static, 4), Lines{"static 4"});
    EXPECT_EQ(said(Machine::make, 5), Lines{"static member 5"});
  });
}

TEST(ProcessTarget, IsANoexceptFunction) {
  on_manager([] { EXPECT_EQ(said(append_noexcept, 3), Lines{"noexcept 3"}); });
}

TEST(ProcessTarget, MayReturnWhatNobodyReads) {
  on_manager([] {
    EXPECT_EQ(said(append_and_return, 3), Lines{"returning 3"});
    EXPECT_EQ(said(append_and_return_owner), Lines{"owner"});
  });
}

TEST(ProcessTarget, IsAnInstanceOfATemplate) {
  on_manager([] {
    EXPECT_EQ(said(instance<long>, 3L), Lines{"long 3"});
    EXPECT_EQ(said(instance<int>, 4), Lines{"other 4"});
  });
}

TEST(ProcessTarget, IsALambdaThatCapturesNothing) {
  on_manager([] {
    EXPECT_EQ(said([](Log log, int n) { log.append("lambda " + std::to_string(n)); }, 3), Lines{"lambda 3"});
    EXPECT_EQ(said([](Log log, int n) { overloaded(log, n); }, 3), Lines{"int 3"});
    EXPECT_EQ(said([](Log log, const std::string& s) { overloaded(log, s); }, "three"),
              Lines{"string three"});
    EXPECT_EQ(said([](Log log, const Machine& machine) { machine.work(log); }, Machine{7}),
              Lines{"member 7"});
    EXPECT_EQ(said(+[](Log log) { log.append("as a pointer"); }), Lines{"as a pointer"});
  });
}

TEST(ProcessTarget, IsAGenericLambda) {
  on_manager([] {
    const auto sizes = [](Log log, const auto&... values) {
      log.append(std::to_string((values.size() + ...)));
    };
    EXPECT_EQ(said(sizes, "four", std::vector<int>{1, 2}, std::string("1")), Lines{"7"});
  });
}

TEST(ProcessTarget, LambdasOfOneShapeAreToldApart) {
  on_manager([] {
    const auto one = [](Log log) { log.append("one"); };
    const auto two = [](Log log) { log.append("two"); };
    EXPECT_EQ(said(one), Lines{"one"});
    EXPECT_EQ(said(two), Lines{"two"});
  });
}

TEST(ProcessTarget, IsAFunctorWithItsState) {
  on_manager([] {
    EXPECT_EQ(said(Empty{}), Lines{"empty"});
    EXPECT_EQ(said(Trivial{6, {'a', 'b', 'c', 'd'}}, 7), Lines{"abcd42"});
    EXPECT_EQ(said(Archived("state")), Lines{"archived state"});
  });
}

TEST(ProcessTarget, IsCopiedWhenTheProcessIsMade) {
  on_manager([] {
    auto log = shared().list<std::string>();
    Counting counting{10};
    Process first(counting, log);
    counting.calls = 20;
    Process second(counting, log);
    run_elsewhere(first);
    run_elsewhere(second);
    EXPECT_EQ(counting.calls, 20);
    EXPECT_EQ(log.copy(), (Lines{"counting 11", "counting 21"}));
  });
}

TEST(ProcessTarget, IsAPartialOfAFunction) {
  on_manager([] {
    auto other = shared().list<std::string>();
    auto log = shared().list<std::string>();
    EXPECT_EQ(said(partial(append_plain), "free"), Lines{"plain free"});
    Process bound(partial(append_plain, log, "bound"));
    run_elsewhere(bound);
    EXPECT_EQ(log.copy(), Lines{"plain bound"});
    Process most(partial(append_all, log, "a", 2), std::vector<int>{1, 2, 3}, other);
    run_elsewhere(most);
    EXPECT_EQ(log.get(1), "a23");
    EXPECT_EQ(other.copy(), Lines{"other a"});
  });
}

TEST(ProcessTarget, IsAPartialOfAPartial) {
  on_manager([] {
    auto log = shared().list<std::string>();
    auto other = shared().list<std::string>();
    const auto once = partial(append_all, log);
    const auto twice = partial(once, std::string(1000, 'x'), 9);
    Process process(partial(twice, std::vector<int>{}, other));
    run_elsewhere(process);
    EXPECT_EQ(log.get(0), std::string(1000, 'x') + "90");
  });
}

TEST(ProcessTarget, IsAPartialOfAFunctorOrALambda) {
  on_manager([] {
    auto log = shared().list<std::string>();
    Process functor(partial(Trivial{2, {'t', 'e', 's', 't'}}, log, 4));
    run_elsewhere(functor);
    Process archived(partial(Archived("kept"), log));
    run_elsewhere(archived);
    Process lambda(partial([](Log to, int a, int b) { to.append(std::to_string(a - b)); }, log, 9), 4);
    run_elsewhere(lambda);
    EXPECT_EQ(log.copy(), (Lines{"test8", "archived kept", "5"}));
  });
}

// What a call does to its copy of a bound handle, the next call does not see.
TEST(ProcessTarget, APartialOfAHandleByReference) {
  on_manager([] {
    auto log = shared().list<std::string>();
    const auto take = partial(
        [](Log& to, const std::string& text) {
          to.append(text);
          to = Log();
        },
        log);
    take("a");
    take("b");
    Process process(take, "c");
    run_elsewhere(process);
    EXPECT_EQ(log.copy(), (Lines{"a", "b", "c"}));
  });
}

TEST(ProcessTarget, APartialIsAnArgumentToo) {
  on_manager([] {
    auto log = shared().list<std::string>();
    const auto call = [](const auto& function, int n) { function(n); };
    Process process(call, partial(append_hidden, log), 8);
    run_elsewhere(process);
    EXPECT_EQ(log.copy(), Lines{"hidden 8"});
  });
}

TEST(ProcessTarget, APartialKeepsTheHandlesAliveThatItBinds) {
  on_manager([] {
    auto log = shared().list<std::string>();
    Process process = [&log] {
      const auto inner = shared().list<int>({1, 2, 3});
      return Process(
          partial([](Log to, List<int> list) { to.append(std::to_string(list.size())); }, log, inner));
    }();
    run_elsewhere(process);
    EXPECT_EQ(log.copy(), Lines{"3"});
  });
}

}  // namespace
}  // namespace cohort::test
