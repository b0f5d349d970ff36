// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of a manager's dict (_TestContainers) and of dict itself (test_dict.py) mean, in our
// words, for the methods that a Dict has. dict_parity_test.cpp compares random calls.
#include <algorithm>
#include <map>
#include <ranges>
#include <sstream>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

using Pairs = std::vector<std::pair<int, int>>;
using Names = std::vector<std::pair<std::string, int>>;

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

// Filled key by key, copied and listed (_TestContainers.test_dict, TestSyncManagerTypes.test_dict).
TEST(CPythonDict, IsFilledByAProcessCopiedAndListed) {
  on_manager([] {
    const auto dict = shared().dict<int, char>();
    Process process(
        [](Dict<int, char> theirs) {
          for (int i = 65; i < 70; ++i) theirs[i] = static_cast<char>(i);
        },
        dict);
    process.start();
    process.join();
    const std::map<int, char> model = {{65, 'A'}, {66, 'B'}, {67, 'C'}, {68, 'D'}, {69, 'E'}};
    EXPECT_EQ(dict, model);
    EXPECT_EQ(dict.copy(), (std::vector<std::pair<int, char>>(model.begin(), model.end())));
    EXPECT_EQ(dict.keys(), (std::vector{65, 66, 67, 68, 69}));
    EXPECT_EQ(dict.values(), (std::vector{'A', 'B', 'C', 'D', 'E'}));
  });
}

// A loop sees each key once, in order (_TestContainers.test_dict_iter); here it gives the value, too.
TEST(CPythonDict, IsWalkedThroughInOrder) {
  on_manager([] {
    const auto dict = shared().dict<std::string, int>({{"z", 1}, {"a", 2}, {"m", 3}});
    Names seen;
    for (const auto& item : dict) seen.push_back(item);
    EXPECT_EQ(seen, (Names{{"z", 1}, {"a", 2}, {"m", 3}}));
    std::ranges::reverse(seen);  // reversed(d)
    EXPECT_EQ(seen.front().first, "m");
  });
}

// Of nothing, pairs, a map, another dict, which it does not follow (test_constructor, test_copy, test_fromkeys).
TEST(CPythonDict, IsMadeOfAnyPairs) {
  on_manager([] {
    EXPECT_TRUE((shared().dict<int, int>().empty()));
    EXPECT_EQ(shared().dict(std::map<int, int>{{2, 4}, {1, 2}}).items(), (Pairs{{1, 2}, {2, 4}}));
    const auto same_value = [](char key) { return std::pair(key, 7); };
    EXPECT_EQ(shared().dict(std::string("abca") | std::views::transform(same_value)).keys(),
              (std::vector{'a', 'b', 'c'}));
    const auto original = shared().dict<int, int>({{5, 6}, {3, 4}});
    const auto another = shared().dict(original);
    original[1] = 2;
    another.erase(5);
    EXPECT_EQ(original.items(), (Pairs{{5, 6}, {3, 4}, {1, 2}}));
    EXPECT_EQ(another.items(), (Pairs{{3, 4}}));
  });
}

// test_getitem, test_contains, test_len: set, replaced, deleted; a missing key is refused and changes nothing.
TEST(CPythonDict, HasTheKeysThatWereSetAndNotDeleted) {
  on_manager([] {
    const auto dict = shared().dict<std::string, int>({{"a", 1}, {"b", 2}});
    dict["c"] = 3;
    dict["a"] = 4;
    EXPECT_EQ(dict["a"], 4);
    dict.erase("b");
    EXPECT_FALSE(dict.contains("b"));
    EXPECT_EQ(dict.size(), 2U);
    EXPECT_THROW(static_cast<void>(dict["b"].get()), std::out_of_range);
    EXPECT_THROW(dict.erase("b"), std::out_of_range);
    EXPECT_THROW(dict["b"] += 1, std::out_of_range);
    EXPECT_EQ(dict.items(), (Names{{"a", 4}, {"c", 3}})) << "reading and adding made no key";
  });
}

// A key that is replaced keeps its place, one that was deleted comes again at the end.
TEST(CPythonDict, OrderIsThatOfTheFirstSettingSinceTheLastDeletion) {
  on_manager([] {
    const auto dict = shared().dict<int, int>({{1, 0}, {2, 0}, {3, 0}, {4, 0}});
    dict[2] = 5;
    EXPECT_EQ(dict.keys(), (std::vector{1, 2, 3, 4}));
    dict.erase(2);
    dict[2] = 6;
    dict.pop(1);
    dict.setdefault(1, 7);
    dict.update(Pairs{{3, 8}, {9, 9}, {4, 8}});
    EXPECT_EQ(dict.items(), (Pairs{{3, 8}, {4, 8}, {2, 6}, {1, 7}, {9, 9}}));
    dict.clear();
    dict.update(Pairs{{4, 1}, {3, 1}});
    EXPECT_EQ(dict.keys(), (std::vector{4, 3})) << "nothing is left of the order before clear()";
  });
}

// Empty afterwards and of use (test_clear).
TEST(CPythonDict, IsOfUseAfterClear) {
  on_manager([] {
    const auto dict = shared().dict<int, int>({{1, 1}, {2, 2}});
    dict.clear();
    EXPECT_TRUE(dict.empty());
    EXPECT_FALSE(dict.contains(1));
    dict.clear();
    dict[2] = 3;
    EXPECT_EQ(dict.items(), (Pairs{{2, 3}}));
  });
}

// From pairs, a dict, nothing, itself, the last of equal keys counts (test_update). A range that fails in the
// middle changes nothing, where Python keeps what came before.
TEST(CPythonDict, UpdatesFromAnyPairsAllOrNothing) {
  on_manager([] {
    const auto dict = shared().dict<int, int>({{1, 10}});
    dict.update(std::map<int, int>{{1, 1}, {2, 2}});
    dict.update(shared().dict<int, int>({{2, 20}, {3, 30}}));
    dict.update(Pairs());
    dict.update(dict);
    dict.update({{4, 1}, {4, 2}, {4, 40}});
    EXPECT_EQ(dict.items(), (Pairs{{1, 1}, {2, 20}, {3, 30}, {4, 40}}));
    const auto failing = std::views::iota(1, 10) | std::views::transform([](int i) {
                           if (i == 7) throw std::runtime_error("no more");
                           return std::pair(i, -i);
                         });
    EXPECT_THROW(dict.update(failing), std::runtime_error);
    EXPECT_EQ(dict.items(), (Pairs{{1, 1}, {2, 20}, {3, 30}, {4, 40}}));
  });
}

// The value, None or the default, and no key is made of either (test_get).
TEST(CPythonDict, GetHasADefaultThatIsNotKept) {
  on_manager([] {
    const auto dict = shared().dict<std::string, int>({{"a", 1}});
    EXPECT_EQ(dict.get("a"), 1);
    EXPECT_EQ(dict.get("a", 3), 1);
    EXPECT_EQ(dict.get("c"), std::nullopt);
    EXPECT_EQ(dict.get("c", 3), 3);
    EXPECT_EQ(dict.keys(), std::vector<std::string>{"a"});
  });
}

// The first list that is put there is the one that all get (test_setdefault, test_setdefault_atomic).
TEST(CPythonDict, SetdefaultGivesAllTheSame) {
  on_manager([] {
    const auto dict = shared().dict<std::string, List<int>>();
    dict.setdefault("key", shared().list<int>()).append(3);
    dict.setdefault("key", shared().list<int>()).append(4);
    EXPECT_EQ(dict.value_of("key"), (std::vector{3, 4}));

    const auto made = shared().dict<int, List<int>>();
    std::vector<Process> processes;
    for (int n = 0; n < 4; ++n) {
      processes.emplace_back(
          [](Dict<int, List<int>> theirs, int mine) {
            for (int key = 0; key < 10; ++key) theirs.setdefault(key, manager().list<int>()).append(mine);
          },
          made, n);
    }
    start_all(processes);
    join_all(processes);
    for (const auto& [key, list] : made) EXPECT_EQ(list.size(), 4U) << key;
    EXPECT_EQ(made.size(), 10U);
  });
}

// The last one first, whatever the size and also from a copy (test_popitem); then KeyError.
TEST(CPythonDict, PopitemTakesTheLastOfTwoEqualDicts) {
  on_manager([] {
    for (int size = 1; size <= 256; size *= 4) {
      const auto a = shared().dict<int, int>();
      for (int i = 0; i < size; ++i) a[i * 17] = i;
      const auto b = shared().dict(a);
      for (int i = size - 1; i >= 0; --i) {
        ASSERT_EQ(a.popitem(), std::pair(i * 17, i));
        ASSERT_EQ(b.popitem(), std::pair(i * 17, i));
      }
      EXPECT_TRUE(a.empty());
      EXPECT_THROW(b.popitem(), std::out_of_range);
    }
    const auto torn = shared().dict<int, int>({{1, 1}, {2, 2}, {3, 3}});
    torn.erase(3);
    torn[1] = 5;
    EXPECT_EQ(torn.popitem(), std::pair(2, 2)) << "neither what is gone nor what was replaced last";
  });
}

// Takes it out once; a missing key wants a default (test_pop, with keys that hash alike in small tables).
TEST(CPythonDict, PopTakesAKeyOnce) {
  on_manager([] {
    const auto dict = shared().dict<long, std::string>({{1L << 52, "def"}, {1L << 53, "abc"}, {0, ""}});
    EXPECT_EQ(dict.pop(1L << 53), "abc");
    EXPECT_THROW(dict.pop(1L << 53), std::out_of_range);
    EXPECT_EQ(dict.pop(1L << 53, "default"), "default");
    EXPECT_EQ(dict.pop(1L << 52, "default"), "def");
    EXPECT_EQ(dict.size(), 1U);
    EXPECT_THROW((shared().dict<int, int>().pop(1)), std::out_of_range);
  });
}

// Python raises where the size changes (test_mutating_iteration and its likes). Here the loop, and what keys(),
// values() and items() gave, is of one moment.
TEST(CPythonDict, MayBeChangedWhileItIsWalkedThrough) {
  on_manager([] {
    const auto dict = shared().dict<int, int>({{1, 1}, {2, 2}});
    const auto keys = dict.keys();
    Pairs seen;
    for (const auto& [key, value] : dict) {
      seen.emplace_back(key, value);
      dict[key + 10] = value;
      dict.pop(2, 0);
      dict[1] = 100;
    }
    EXPECT_EQ(seen, (Pairs{{1, 1}, {2, 2}}));
    EXPECT_EQ(dict.items(), (Pairs{{1, 100}, {11, 1}, {12, 2}}));
    EXPECT_EQ(keys, (std::vector{1, 2}));
  });
}

// The same items in any order are equal, with no key and no value else (test_eq). A DictProxy would compare
// identities.
TEST(CPythonDict, EqualAreThoseWithTheSameItems) {
  on_manager([] {
    const auto dict = shared().dict<int, int>({{1, 2}, {3, 4}});
    EXPECT_EQ((shared().dict<int, int>()), (shared().dict<int, int>()));
    EXPECT_EQ(dict, (shared().dict<int, int>({{3, 4}, {1, 2}})));
    EXPECT_EQ(dict, (std::map<int, int>{{1, 2}, {3, 4}}));
    for (const Pairs& other : {Pairs{}, Pairs{{1, 2}}, Pairs{{1, 2}, {3, 5}}, Pairs{{1, 2}, {4, 4}},
                               Pairs{{1, 2}, {3, 4}, {5, 6}}}) {
      EXPECT_NE(dict, other);
      EXPECT_NE(dict, shared().dict(other));
    }
  });
}

// test_repr; and the error has the key itself, also where that is a tuple (test_tuple_keyerror).
TEST(CPythonDict, IsPrintedAndItsErrorsNameTheKey) {
  on_manager([] {
    EXPECT_EQ(printed(shared().dict<int, int>()), "{}");
    EXPECT_EQ(printed(shared().dict<int, int>({{1, 2}})), "{1: 2}");
    EXPECT_EQ(printed(shared().dict<std::string, double>({{"a", 1}, {"it's", 0.5}})),
              "{'a': 1.0, \"it's\": 0.5}");
    const auto dict = shared().dict<std::pair<int, std::string>, int>();
    try {
      dict.erase({1, "x"});
      ADD_FAILURE() << "it was there";
    } catch (const std::out_of_range& error) {
      EXPECT_TRUE(has(error.what(), "(1, 'x')")) << error.what();
    }
  });
}

// Grows and is torn apart while each key that is there is found (test_resize1 and 2, test_copy_noncompact).
TEST(CPythonDict, IsWholeThroughGrowthDeletionAndInsertion) {
  on_manager([] {
    const auto dict = shared().dict<int, int>();
    Pairs model;
    for (int i = 0; i < 300; ++i) {
      dict[i * 7] = i;
      model.emplace_back(i * 7, i);
      if (i % 3 != 2) continue;
      dict.erase((i - 1) * 7);
      model.erase(model.end() - 2);
      dict[-i] = i;
      model.emplace_back(-i, i);
    }
    EXPECT_EQ(dict.copy(), model);
    for (const auto& [key, value] : model) ASSERT_EQ(dict.get(key), value);
    EXPECT_EQ(shared().dict(dict).items(), model);
  });
}

// 0.0 and -0.0 are one key, as equal keys are in Python.
TEST(CPythonDict, EqualKeysAreOne) {
  on_manager([] {
    const auto dict = shared().dict<double, int>({{0.0, 1}, {1.0, 2}});
    dict[-0.0] = 3;
    EXPECT_EQ(dict.size(), 2U);
    EXPECT_EQ(dict[0.0], 3);
  });
}

}  // namespace
}  // namespace cohort::test
