// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests mean by shared objects in shared objects (_TestContainers), in our words: a change of
// the inner one is seen through the outer one, and it lives as long as its container or a handle.
// Whether an object is gone is asked of a pipe: when the last handle to one end goes, the other end is closed.
#include <functional>
#include <optional>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

using Ints = List<int>;
using End = Connection<int>;

// Two ends, of which the one is kept here and the other lies somewhere.
struct Watch {
  Watch() {
    auto [a, b] = shared().pipe<int>();
    here = std::move(a);
    there = std::move(b);
  }
  // Takes the only handle that is left here.
  End taken() { return std::exchange(there, End()); }
  bool gone() const { return here.poll(); }
  End here;
  End there;
};

// Lists in a list are themselves, from inside and from outside (_TestContainers.test_list_proxy_in_list).
TEST(CPythonNested, ListsInAListAreTheListsThemselves) {
  on_manager([] {
    const auto outer = shared().list<Ints>();
    for (int n = 0; n < 3; ++n) outer.append(shared().list({0, 1, 2}));
    outer[0]->set(-1, 44);
    EXPECT_EQ(outer.get(0), (std::vector{0, 1, 44}));
    EXPECT_EQ(outer.get(1), (std::vector{0, 1, 2}));
    outer[1]->append(3);
    const Ints second = outer.get(1);
    EXPECT_EQ(second.size(), 4U);
    second.append(4);
    EXPECT_EQ(outer[1]->back(), 4);
    outer[0] = second;
    outer[0]->pop();
    EXPECT_EQ(outer[1]->size(), 4U) << "now twice the same";
    EXPECT_TRUE(outer.get(0).is_same(outer.get(1)));
    const Ints last = outer.pop();
    EXPECT_EQ(last, (std::vector{0, 1, 2}));
    EXPECT_EQ(outer.size(), 2U);
  });
}

// Dicts in a dict, changed through the outer one and by another process (_TestContainers.test_dict_proxy_nested).
TEST(CPythonNested, DictsInADictOutliveTheirHandles) {
  on_manager([] {
    using Counts = Dict<std::string, int>;
    auto fruit = shared().dict<std::string, int>({{"apples", 2}});
    auto roots = shared().dict<std::string, int>({{"carrots", 1}});
    const auto food = shared().dict<std::string, Counts>({{"fruit", fruit}, {"roots", roots}});
    fruit["pears"] = 3;
    EXPECT_EQ(food["fruit"]->items(), fruit.items());
    food["roots"]->set("beets", 0);
    EXPECT_EQ(roots.get("beets"), 0);
    fruit = {};
    roots = {};
    EXPECT_EQ(food["fruit"]->value_of("pears"), 3);
    Process process(
        [](Dict<std::string, Counts> theirs) {
          theirs["roots"]->increment("beets", 5);
          theirs["nuts"] = manager().dict<std::string, int>({{"walnuts", 9}});
        },
        food);
    process.start();
    process.join();
    EXPECT_EQ(food["roots"]->value_of("beets"), 5);
    EXPECT_EQ(food["nuts"]->value_of("walnuts"), 9) << "what a process made and only put there";
    const Counts nuts = food.pop("nuts");
    EXPECT_EQ(nuts.size(), 1U);
  });
}

// A dict of lists, grouped by several processes: setdefault and append, which plain lists would lose.
TEST(CPythonNested, ADictOfListsIsFilledByMany) {
  on_manager([] {
    const auto groups = shared().dict<int, Ints>();
    std::vector<Process> processes;
    for (int n = 0; n < 3; ++n) {
      processes.emplace_back(
          [](Dict<int, Ints> by_remainder, int first) {
            for (int i = first; i < 60; i += 3)
              by_remainder.setdefault(i % 5, manager().list<int>()).append(i);
          },
          groups, n);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(groups.size(), 5U);
    for (const auto& [remainder, members] : groups) {
      auto all = members.copy();
      std::sort(all.begin(), all.end());
      ASSERT_EQ(all.size(), 12U);
      for (int i = 0; i < 12; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], 5 * i + remainder);
    }
  });
}

// Queues in a list and in a dict are used from there (_TestContainers.test_nested_queue).
TEST(CPythonNested, QueuesInAListAndADictAreUsedThere) {
  on_manager([] {
    const auto list = shared().list<Queue<int>>();
    const auto dict = shared().dict<std::string, Queue<int>>();
    list.append(shared().queue<int>());
    list.append(list.get(0));
    dict["both"] = list.get(0);
    Process process(
        [](List<Queue<int>> theirs) {
          theirs[0]->put(123);
          theirs[1]->put(456);
        },
        list);
    process.start();
    EXPECT_EQ(dict["both"]->get(), 123);
    EXPECT_EQ(list[-1]->get(), 456);
    process.join();
    EXPECT_TRUE(list[0]->empty());
  });
}

// A nested one goes when it is taken out, replaced or cleared away, and not before, whatever holds it.
TEST(CPythonNested, LivesAsLongAsItsContainerHoldsIt) {
  on_manager([] {
    const auto list = shared().list<End>();
    const auto dict = shared().dict<int, End>();
    const auto space = shared().name_space();
    const auto queue = shared().queue<End>();
    const auto value = shared().value(End());
    struct Place {
      const char* name;
      std::function<void(const End&)> put;
      std::function<void()> drop;
    };
    const std::vector<Place> places = {
        {"pop of a list", [&](const End& end) { list.append(end); }, [&] { static_cast<void>(list.pop()); }},
        {"clear of a list", [&](const End& end) { list.append(end); }, [&] { list.clear(); }},
        {"an element replaced", [&](const End& end) { list.insert(0, end); }, [&] { list[0] = End(); }},
        {"erase of a dict", [&](const End& end) { dict[1] = end; }, [&] { dict.erase(1); }},
        {"a value replaced", [&](const End& end) { dict[1] = end; }, [&] { dict[1] = End(); }},
        {"popitem", [&](const End& end) { dict[2] = end; }, [&] { static_cast<void>(dict.popitem()); }},
        {"clear of a dict", [&](const End& end) { dict[1] = end; }, [&] { dict.clear(); }},
        {"erase of a name", [&](const End& end) { space.set("x", end); }, [&] { space.erase("x"); }},
        {"another type", [&](const End& end) { space.set("x", end); }, [&] { space.set("x", 1); }},
        {"get of a queue", [&](const End& end) { queue.put(end); }, [&] { static_cast<void>(queue.get()); }},
        {"set of a value", [&](const End& end) { value.set(end); }, [&] { value.set(End()); }},
    };
    for (const Place& place : places) {
      Watch watch;
      place.put(watch.taken());
      EXPECT_FALSE(watch.gone()) << place.name;
      place.drop();
      EXPECT_TRUE(watch.gone()) << place.name;
    }
  });
}

// The container goes, and with it all that only it held, however deep; a handle that was taken out stays.
TEST(CPythonNested, GoesWithTheOutermostContainer) {
  on_manager([] {
    Watch deep;
    Watch kept;
    End handle;
    {
      const auto innermost = shared().list<End>({deep.taken(), kept.taken()});
      const auto middle = shared().dict<std::string, List<End>>({{"ends", innermost}});
      auto outermost = shared().name_space();
      outermost.set("middle", middle);
      handle = outermost.get<Dict<std::string, List<End>>>("middle")["ends"]->get(1);
      EXPECT_FALSE(deep.gone());
    }
    EXPECT_TRUE(deep.gone());
    EXPECT_FALSE(kept.gone());
    handle.send(5);
    EXPECT_EQ(kept.here.recv(), 5);
    handle = {};
    EXPECT_TRUE(kept.gone());
  });
}

// Two containers hold it: it goes with the second one. So does an object that is there twice.
TEST(CPythonNested, GoesWithTheLastOfTwoContainers) {
  on_manager([] {
    Watch watch;
    const auto list = shared().list<End>(2, watch.taken());
    const auto dict = shared().dict<int, End>({{1, list.get(0)}});
    list.pop();
    EXPECT_FALSE(watch.gone());
    list.clear();
    EXPECT_FALSE(watch.gone());
    dict.clear();
    EXPECT_TRUE(watch.gone());
  });
}

// What a process was given lives until the process is over, and what it only put away stays where it is.
TEST(CPythonNested, AProcessHoldsItsArgumentsAndNoLonger) {
  on_manager([] {
    Watch argument;
    Watch moved;
    const auto store = shared().list<End>();
    {
      Process process([](End, End end, List<End> into) { into.append(end); }, argument.taken(), moved.taken(),
                      store);
      EXPECT_FALSE(argument.gone()) << "it has not begun";
      process.start();
      process.join();
    }
    // A rank that ran it may let go of them a moment after the end was seen.
    EXPECT_TRUE(argument.here.poll(60s));
    EXPECT_FALSE(moved.gone());
    EXPECT_EQ(store.size(), 1U);
    store.clear();
    EXPECT_TRUE(moved.gone());
  });
}

}  // namespace
}  // namespace cohort::test
