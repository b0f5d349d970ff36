// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of its set mean (test_set.py), in our words, for what a Set has.
#include <algorithm>
#include <set>
#include <sstream>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

Set<char> letters(std::string_view text) { return shared().set<char>(text); }
std::string sorted(const Set<char>& set) {
  const auto all = set.copy();
  std::string text(all.begin(), all.end());
  std::sort(text.begin(), text.end());
  return text;
}
template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

const std::string kWord = "shibboleth";
const std::string kDistinct = "behilost";

// Each element once, and found (TestJointOps.test_uniquification, test_len, test_contains).
TEST(CPythonSet, HasEachElementOnce) {
  on_manager([] {
    const auto set = letters(kWord);
    EXPECT_EQ(sorted(set), kDistinct);
    EXPECT_EQ(set.size(), kDistinct.size());
    for (char c = 'a'; c <= 'z'; ++c) EXPECT_EQ(set.contains(c), kDistinct.find(c) != kDistinct.npos) << c;
    EXPECT_TRUE(letters("").empty());
  });
}

// test_union, test_intersection, test_difference, test_symmetric_difference, test_isdisjoint; and the operands
// stay as they were (test_or, test_and, test_sub, test_xor).
TEST(CPythonSet, OperatorsGiveWhatASetOfTheStandardLibraryGives) {
  on_manager([] {
    const auto mine = letters(kWord);
    for (const std::string text :
         {"", "shibboleth", "bet", "letters", "xyz", "zzzs", "abcdefghijklmnopqrstuvwxyz"}) {
      const auto other = letters(text);
      const std::set<char> a(kWord.begin(), kWord.end());
      const std::set<char> b(text.begin(), text.end());
      std::string both, common, less, either;
      std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(less));
      std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either));
      EXPECT_EQ(sorted(mine | other), both) << text;
      EXPECT_EQ(sorted(mine & other), common) << text;
      EXPECT_EQ(sorted(mine - other), less) << text;
      EXPECT_EQ(sorted(mine ^ other), either) << text;
      EXPECT_EQ(mine.isdisjoint(other), common.empty()) << text;
      EXPECT_EQ(other.isdisjoint(mine), common.empty()) << text;
      EXPECT_EQ(sorted(mine), kDistinct);
      EXPECT_EQ(other, b);
    }
  });
}

// A set with itself and with the empty one (TestBasicOps, for sets of no, one and three elements).
TEST(CPythonSet, WithItselfAndWithNothing) {
  on_manager([] {
    const auto empty = letters("");
    for (const std::string text : {"", "q", "xyz"}) {
      const auto set = letters(text);
      EXPECT_TRUE(set == set);
      EXPECT_EQ(set | set, set);
      EXPECT_EQ(set & set, set);
      EXPECT_EQ(set - set, empty);
      EXPECT_EQ(set ^ set, empty);
      EXPECT_EQ(set | empty, set);
      EXPECT_EQ(empty | set, set);
      EXPECT_EQ(set & empty, empty);
      EXPECT_EQ(set - empty, set);
      EXPECT_EQ(empty - set, empty);
      EXPECT_EQ(set ^ empty, set);
      EXPECT_TRUE(set.isdisjoint(empty) && empty.isdisjoint(set));
      EXPECT_EQ(set.isdisjoint(set), text.empty());
    }
  });
}

// The order in which they came does not matter (test_equality, TestBinaryOps.test_eq).
TEST(CPythonSet, EqualAreThoseWithTheSameElements) {
  on_manager([] {
    EXPECT_EQ(letters("abc"), letters("ccba"));
    EXPECT_NE(letters("abc"), letters("ab"));
    EXPECT_NE(letters("ab"), letters("abc"));
    EXPECT_NE(letters("abc"), letters("abd"));
    EXPECT_EQ(letters("abc"), std::string("cabc")) << "any range will do";
    EXPECT_NE(letters("abc"), std::string("cab!"));
  });
}

// test_sub_and_super and TestSubsets: one row for each pair, and what each comparison says of it.
TEST(CPythonSet, ComparisonsAreThoseOfSubsets) {
  on_manager([] {
    struct Row {
      std::string left, right;
      bool within, contains;
    };
    const std::vector<Row> rows = {
        {"", "", true, true},       {"ab", "ba", true, true},   {"", "a", true, false},
        {"a", "ab", true, false},   {"ab", "a", false, true},   {"a", "b", false, false},
        {"ab", "bc", false, false}, {"abc", "d", false, false}, {"a", "bcd", false, false}};
    for (const auto& [left, right, within, contains] : rows) {
      const auto a = letters(left);
      const auto b = letters(right);
      EXPECT_EQ(a <= b, within) << left << ' ' << right;
      EXPECT_EQ(a >= b, contains) << left << ' ' << right;
      EXPECT_EQ(a < b, within && !contains) << left << ' ' << right;
      EXPECT_EQ(a > b, contains && !within) << left << ' ' << right;
      EXPECT_EQ(a == b, within && contains) << left << ' ' << right;
      EXPECT_EQ(a != b, !(within && contains)) << left << ' ' << right;
    }
  });
}

// TestSet.test_add, test_discard, test_remove, test_clear: once more changes nothing, or is a KeyError.
TEST(CPythonSet, AddsDiscardsRemovesAndClears) {
  on_manager([] {
    const auto set = letters(kWord);
    set.add('Q');
    EXPECT_TRUE(set.contains('Q'));
    const auto before = set.copy();
    set.add('Q');
    EXPECT_EQ(set.copy(), before);
    set.remove('Q');
    EXPECT_FALSE(set.contains('Q'));
    EXPECT_THROW(set.remove('Q'), std::out_of_range);
    set.discard('s');
    EXPECT_FALSE(set.contains('s'));
    set.discard('s');
    EXPECT_EQ(sorted(set), "behilot");
    set.clear();
    EXPECT_EQ(set.size(), 0U);
    set.clear();
    set.add('a');
    EXPECT_EQ(sorted(set), "a");
  });
}

// The error has the element itself, also where that is a tuple (TestSet.test_remove_keyerror_unpacking).
TEST(CPythonSet, TheErrorNamesTheElement) {
  on_manager([] {
    const auto set = shared().set<std::pair<int, int>>({{1, 2}});
    try {
      set.remove({3, 4});
      ADD_FAILURE() << "it was there";
    } catch (const std::out_of_range& error) {
      EXPECT_TRUE(has(error.what(), "(3, 4)")) << error.what();
    }
  });
}

// A copy does not follow (TestSet.test_copy, TestJointOps.test_deepcopy); a copied handle is the same set.
TEST(CPythonSet, ACopyKeepsWhatTheOriginalWas) {
  on_manager([] {
    const auto original = letters("abc");
    const auto local = original.copy();
    const auto another = shared().set(original);
    const Set<char> same = original;
    original.add('d');
    EXPECT_EQ(local.size(), 3U);
    EXPECT_EQ(sorted(another), "abc");
    EXPECT_EQ(sorted(same), "abcd");
  });
}

// Every one comes out once, then KeyError (TestSet.test_pop); and to one only, whoever asks.
TEST(CPythonSet, PopGivesEachOnceAndThenRefuses) {
  on_manager([] {
    const auto set = letters(kWord);
    std::string popped;
    while (!set.empty()) {
      popped += set.pop();
      EXPECT_FALSE(set.contains(popped.back()));
    }
    std::sort(popped.begin(), popped.end());
    EXPECT_EQ(popped, kDistinct);
    EXPECT_THROW(set.pop(), std::out_of_range);

    const int count = rounds(200);
    std::vector<int> numbers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) numbers[static_cast<std::size_t>(i)] = i;
    const auto left = shared().set(numbers);
    const auto taken = shared().list<int>();
    std::vector<Process> processes;
    for (int n = 0; n < 3; ++n) {
      processes.emplace_back(
          [](Set<int> from, List<int> to) {
            try {
              for (;;) to.append(from.pop());
            } catch (const std::out_of_range&) {
            }
          },
          left, taken);
    }
    start_all(processes);
    join_all(processes);
    auto all = taken.copy();
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, numbers);
  });
}

// Of a set, a range with repetitions, nothing, itself (TestSet.test_update, test_ior, test_inplace_on_self).
TEST(CPythonSet, UpdatesFromAnyRange) {
  on_manager([] {
    const auto set = letters("ab");
    set.update(letters("bc"));
    EXPECT_EQ(sorted(set), "abc");
    set.update(std::string("dddd"));
    EXPECT_EQ(sorted(set), "abcd");
    set.update(std::string());
    set.update(set);
    EXPECT_EQ(sorted(set), "abcd");
    set.update({'e', 'a'});
    EXPECT_EQ(sorted(set), "abcde");
  });
}

// Python raises where the size changes (TestExceptionPropagation.test_changingSizeWhileIterating). Here the
// loop goes through what was there at its begin.
TEST(CPythonSet, MayGrowAndShrinkWhileItIsWalkedThrough) {
  on_manager([] {
    const auto set = shared().set({1, 2, 3});
    std::vector<int> seen;
    for (const int x : set) {
      seen.push_back(x);
      set.add(x + 10);
      set.discard(3);
    }
    EXPECT_EQ(seen, (std::vector{1, 2, 3}));
    EXPECT_EQ(set, (std::vector{1, 2, 11, 12, 13}));
  });
}

// TestBasicOps.test_repr; the order is that in which they came (TestSet.test_set_literal_insertion_order).
TEST(CPythonSet, IsPrintedAsInPython) {
  on_manager([] {
    EXPECT_EQ(printed(shared().set<int>()), "set()");
    EXPECT_EQ(printed(shared().set<std::string>({"if"})), "{'if'}");
    EXPECT_EQ(printed(shared().set({3, 1, 2, 3})), "{3, 1, 2}");
  });
}

}  // namespace
}  // namespace cohort::test
