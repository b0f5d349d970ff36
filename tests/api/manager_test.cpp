// SPDX-License-Identifier: BSL-1.0
// The manager makes shared objects, nameless ones and ones that every rank finds by their name.
#include "process/process_support.hpp"

#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <ranges>
#include <set>
#include <sstream>

namespace cohort::test {
namespace {

// What may stand in list(...).
template <class M, class... Args>
concept MakesAList = requires(M& manager, Args&&... args) { manager.list(std::forward<Args>(args)...); };
template <class T, class M, class... Args>
concept MakesAListOf =
    requires(M& manager, Args&&... args) { manager.template list<T>(std::forward<Args>(args)...); };

static_assert(!MakesAList<Manager, const char (&)[4]>, "a string literal would become a list of its letters");
static_assert(!MakesAList<Manager, const wchar_t (&)[4]>);
static_assert(!MakesAListOf<char, Manager, const char (&)[4]>);
static_assert(!MakesAListOf<std::string, Manager, const char (&)[4]>);
static_assert(!MakesAListOf<int, Manager, std::vector<std::string>>);
static_assert(MakesAList<Manager, const std::vector<int>&>);
static_assert(MakesAList<Manager, std::string>, "a std::string is a range of letters");
static_assert(MakesAListOf<double, Manager, std::vector<int>>);
static_assert(MakesAListOf<std::string, Manager, std::vector<const char*>>);
static_assert(!std::is_copy_constructible_v<Manager> && !std::is_copy_assignable_v<Manager>);
static_assert(!std::is_default_constructible_v<Manager>);

TEST(Manager, MakesEmptyLists) {
  on_manager([] {
    EXPECT_TRUE(shared().list<int>().empty());
    EXPECT_TRUE(shared().list<std::string>().empty());
    EXPECT_FALSE(shared().list<int>().is_same(shared().list<int>()));
  });
}

TEST(Manager, MakesListsOfEqualValues) {
  on_manager([] {
    EXPECT_EQ(shared().list<int>(3, 7).copy(), (std::vector{7, 7, 7}));
    EXPECT_EQ(shared().list(2, 1.5).copy(), (std::vector{1.5, 1.5}));
    EXPECT_EQ(shared().list<std::string>(2, "text").copy(), (std::vector<std::string>{"text", "text"}));
    EXPECT_TRUE(shared().list<int>(0, 7).empty());
    EXPECT_EQ(shared().list<char>(100'000, 'x').size(), 100'000U);
    EXPECT_EQ(shared().list<std::vector<int>>(2, {1, 2}).get(1), (std::vector{1, 2}));
  });
}

TEST(Manager, MakesListsOfBraces) {
  on_manager([] {
    EXPECT_EQ(shared().list<int>({1, 2, 3}).copy(), (std::vector{1, 2, 3}));
    EXPECT_EQ(shared().list({1, 2}).copy(), (std::vector{1, 2}));
    EXPECT_EQ(shared().list<double>({1, 2}).copy(), (std::vector{1.0, 2.0}));
    EXPECT_EQ(shared().list<std::string>({"a", "b"}).copy(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(shared().list<std::string>({"a", "b", "c"}).size(), 3U);
    const auto inner = shared().list<int>({1});
    EXPECT_EQ(shared().list({inner, inner}).size(), 2U);
  });
}

TEST(Manager, MakesListsOfAnyRange) {
  on_manager([] {
    const std::vector<int> numbers = {3, 1, 2};
    const std::vector<int> sorted = {1, 2, 3};
    EXPECT_EQ(shared().list(numbers).copy(), numbers);
    EXPECT_EQ(shared().list(std::vector<int>{3, 1, 2}).copy(), numbers);
    EXPECT_EQ(shared().list(std::set<int>{3, 1, 2}).copy(), sorted);
    EXPECT_EQ(shared().list(std::list<int>{3, 1, 2}).copy(), numbers);
    EXPECT_EQ(shared().list(std::deque<int>{3, 1, 2}).copy(), numbers);
    EXPECT_EQ(shared().list(std::forward_list<int>{3, 1, 2}).copy(), numbers);
    EXPECT_EQ(shared().list<double>(numbers).copy(), (std::vector{3.0, 1.0, 2.0}));
    EXPECT_EQ(shared().list(std::string("ab")).copy(), (std::vector{'a', 'b'}));
    EXPECT_EQ(shared().list(std::vector<std::string>{"ab"}).get(0), "ab");
    EXPECT_EQ(shared().list(shared().list<int>({3, 1, 2})).copy(), numbers);
    const std::map<int, std::string> names = {{1, "one"}};
    const auto pairs = shared().list<std::pair<int, std::string>>(names);
    EXPECT_EQ(pairs.get(0), std::pair(1, std::string("one")));
    std::istringstream words("to be or");
    EXPECT_EQ(shared().list(std::ranges::istream_view<std::string>(words)).size(), 3U);
    EXPECT_EQ(shared().list(std::views::iota(0, 4)).copy(), (std::vector{0, 1, 2, 3}));
  });
}

TEST(Manager, IsTheSameFromEverywhere) {
  EXPECT_EQ(&manager(), &session().manager());
  session().join();
  on_manager([] {
    const auto out = shared().list<int>();
    Process process(
        [](List<List<int>> to) {
          to.append(manager().list<int>({1, 2}));
        },
        shared().list<List<int>>());
    run_elsewhere(process);
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Manager, WhatAProcessMakesOutlivesIt) {
  on_manager([] {
    const auto lists = shared().list<List<std::string>>();
    std::vector<Process> processes;
    for (int i = 0; i < 20; ++i) {
      processes.emplace_back(
          [](List<List<std::string>> to, int n) {
            to.append(manager().list<std::string>(static_cast<std::size_t>(n), "made there"));
          },
          lists, i);
    }
    start_all(processes);
    join_all(processes);
    std::size_t all = 0;
    for (const auto& list : lists) all += list.size();
    EXPECT_EQ(all, 190U);
  });
}

TEST(ManagerOpen, MakesOnceAndFindsAfterwards) {
  on_manager([] {
    const auto first = shared().open<List<int>>("made once", std::vector{1, 2});
    const auto again = shared().open<List<int>>("made once", std::vector{3});
    EXPECT_TRUE(first.is_same(again));
    EXPECT_EQ(again.copy(), (std::vector{1, 2}));
    EXPECT_EQ(shared().open<List<int>>("so many", 3, 7).copy(), (std::vector{7, 7, 7}));
    EXPECT_EQ(shared().open<Value<double>>("a number", 1.5).get(), 1.5);
    EXPECT_EQ(shared().open<Value<double>>("a number", 2.5).get(), 1.5);
    EXPECT_EQ(shared().open<Value<int>>("zero").get(), 0);
  });
}

TEST(ManagerOpen, TellsNamesApart) {
  on_manager([] {
    const std::string long_name(5000, 'n');
    for (const auto& name : {std::string(), std::string("a"), std::string("A"), std::string("a "),
                             std::string("a\0b", 3), std::string("\xc3\xa4"), long_name, long_name + "n"}) {
      shared().open<List<std::string>>(name).append(name);
    }
    EXPECT_EQ(shared().open<List<std::string>>("").copy(), std::vector<std::string>{""});
    EXPECT_EQ(shared().open<List<std::string>>("a").copy(), std::vector<std::string>{"a"});
    EXPECT_EQ(shared().open<List<std::string>>(std::string("a\0b", 3)).get(0).size(), 3U);
    EXPECT_EQ(shared().open<List<std::string>>(long_name).copy(), std::vector{long_name});
  });
}

TEST(ManagerOpen, RefusesANameOfAnotherType) {
  on_manager([] {
    const auto list = shared().open<List<int>>("a list of int");
    const auto value = shared().open<Value<double>>("a value of double");
    const auto both = [](const std::string& text, const char* one, const char* other) {
      EXPECT_TRUE(has(text, one)) << text;
      EXPECT_TRUE(has(text, other)) << text;
      EXPECT_TRUE(has(text, "'a ")) << text;
    };
    both(usage_error([] { static_cast<void>(shared().open<List<double>>("a list of int")); }), "List<int>",
         "List<double>");
    both(usage_error([] { static_cast<void>(shared().open<List<std::string>>("a list of int")); }),
         "List<int>", "List<std::");
    both(usage_error([] { static_cast<void>(shared().open<Value<int>>("a list of int")); }), "List<int>",
         "Value<int>");
    both(usage_error([] { static_cast<void>(shared().open<Value<float>>("a value of double")); }),
         "Value<double>", "Value<float>");
    both(usage_error([] { static_cast<void>(shared().open<List<double>>("a value of double")); }),
         "Value<double>", "List<double>");
    EXPECT_TRUE(shared().open<List<int>>("a list of int").is_same(list));

    const auto next = [&]<class One, class Other>(const char* one, const char* other, const auto&... args) {
      const std::string name = std::string("a ") + one;
      static_cast<void>(shared().open<One>(name, args...));
      both(usage_error([&] { static_cast<void>(shared().open<Other>(name)); }), one, other);
    };
    next.operator()<Dict<int, int>, Dict<int, long>>("Dict<int, int>", "Dict<int, long>");
    next.operator()<Set<int>, Set<char>>("Set<int>", "Set<char>");
    next.operator()<Queue<int>, Queue<double>>("Queue<int>", "Queue<double>");
    next.operator()<Array<int>, List<int>>("Array<int>", "List<int>", std::size_t{3});
    next.operator()<Namespace, Event>("Namespace", "Event");
    next.operator()<Lock, RLock>("cohort::Lock", "cohort::RLock");
    next.operator()<RLock, Lock>("cohort::RLock", "cohort::Lock");
    next.operator()<Semaphore, BoundedSemaphore>("cohort::Semaphore", "cohort::BoundedSemaphore");
    next.operator()<Condition, Semaphore>("cohort::Condition", "cohort::Semaphore");
    next.operator()<Event, Condition>("cohort::Event", "cohort::Condition");
    next.operator()<Barrier, Lock>("cohort::Barrier", "cohort::Lock", std::ptrdiff_t{2});
  });
}

TEST(ManagerOpen, KeepsAnObjectWithoutAHandle) {
  on_manager([] {
    shared().open<List<int>>("kept by its name").append(1);
    for (int i = 0; i < 100; ++i) static_cast<void>(shared().list<int>({i}));
    shared().open<List<int>>("kept by its name").append(2);
    EXPECT_EQ(shared().open<List<int>>("kept by its name").copy(), (std::vector{1, 2}));
  });
}

TEST(ManagerOpen, AllRanksAtOnceGetTheSameObject) {
  for (int round = 0; round < rounds(50); ++round) {
    const auto number = std::to_string(round);
    const auto list = shared().open<List<int>>("at once " + number);
    const auto value = shared().open<Value<int>>("at once too " + number, 1000);
    list.append(session().rank());
    ++value;
    session().join();
    ASSERT_EQ(list.size(), static_cast<std::size_t>(ranks()));
    ASSERT_EQ(value.get(), 1000 + ranks());
    session().join();
  }
}

TEST(ManagerOpen, IsTheSameInAProcess) {
  on_manager([] {
    std::vector<Process> processes;
    for (int i = 0; i < 30; ++i) {
      processes.emplace_back(
          [](int n) { manager().open<List<int>>("met in Processes", std::vector{-1}).append(n); }, i);
    }
    start_all(processes);
    join_all(processes);
    const auto list = shared().open<List<int>>("met in Processes");
    EXPECT_EQ(list.size(), 31U);
    EXPECT_EQ(list.get(0), -1);
  });
}

TEST(ManagerOpen, HundredsOfNames) {
  on_manager([] {
    const int count = rounds(400);
    for (int i = 0; i < count; ++i)
      static_cast<void>(shared().open<Value<int>>("number " + std::to_string(i), i));
    for (int i = 0; i < count; ++i)
      EXPECT_EQ(shared().open<Value<int>>("number " + std::to_string(i)).get(), i);
  });
}

// What an Encoder wrote of a handle, changed: an object that is not there must not be made up.
TEST(Manager, BytesOfAHandleThatIsGoneAreRefused) {
  on_manager([] {
    std::vector<std::byte> bytes;
    {
      Encoder encoder;
      encode(encoder, shared().list<int>({1}));
      bytes = encoder.buffer();
    }
    Decoder decoder(bytes);
    EXPECT_THROW(static_cast<void>(decode<List<int>>(decoder)), DataError);
    const auto other = shared().list<int>({2});  // may have the header of the first
    Decoder again(bytes);
    EXPECT_THROW(static_cast<void>(decode<List<int>>(again)), DataError);
    Decoder empty({});
    EXPECT_THROW(static_cast<void>(decode<List<int>>(empty)), DataError);
  });
}

TEST(Manager, BytesOfAHandleGoThereAndBack) {
  on_manager([] {
    const auto list = shared().list<int>({1});
    Encoder encoder;
    encode(encoder, list);
    encode(encoder, List<int>());
    Decoder decoder(encoder.buffer());
    EXPECT_TRUE(decode<List<int>>(decoder).is_same(list));
    EXPECT_FALSE(decode<List<int>>(decoder).valid());
  });
}

}  // namespace
}  // namespace cohort::test
