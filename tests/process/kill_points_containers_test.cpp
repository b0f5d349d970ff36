// SPDX-License-Identifier: BSL-1.0
// Death at any instruction of an operation on a list, a dict or a set. COHORT_TEST_KILL_POINTS=all: really at each one, else at a
// choice of those after which shared memory is another.
#include "process/kill_points.hpp"

namespace cohort::test {
namespace {

using Texts = List<std::string>;
using Numbers = List<long>;
using TextDict = Dict<long, std::string>;
using Counts = Dict<std::string, long>;

// So that each block the operation needs comes from a list of all actors.
constexpr auto kEmptyMagazines = [](const auto& /*object*/) {
  const auto hoard = manager().list<std::string>();
  with_heap([&](const auto& heap) {
    for (std::uint32_t c = 0; c < class_of(200); ++c) {
      const auto left = [&](std::size_t field) {
        return heap.load(heap.own(COHORT_FIELD(ActorSlot, magazines) + c * sizeof(Magazine) + field));
      };
      const std::string block(class_bytes(c) - kTagBytes - 2 * sizeof(Word), '-');
      for (int i = 0; i < 1000 && (left(0) | left(sizeof(Word))) != 0; ++i) hoard.append(block);
    }
  });
  return hoard;
};

template <class T, class Act, class... More>
void in_list(const std::string& name, const std::vector<T>& elements, Act act, More... more) {
  KillPoints(
      name, [elements] { return shared().list<T>(elements); }, act, kPrint,
      [](const List<T>& list) { list.append(T()); }, more...)
      .run();
}

// A list of 8 needs another segment, one of 64 a larger directory, too.
TEST(DeathAtAnyInstruction, OfAnAppendToAList) {
  on_manager([] {
    const auto append = [](const Numbers& list, const auto&) { list.append(77); };
    const auto append_text = [](const Texts& list, const auto&) { list.append("one more"); };
    for (const std::size_t size : {0, 3, 8, 64}) {
      in_list("append a number to " + std::to_string(size), numbers(size), append);
      in_list("append a text to " + std::to_string(size), texts(size), append_text);
    }
    in_list("append a number to 64, with empty magazines", numbers(64), append, kEmptyMagazines);
    in_list("append a text to 8, with empty magazines", texts(8), append_text, kEmptyMagazines);
  });
}

TEST(DeathAtAnyInstruction, OfOtherChangesOfAList) {
  on_manager([] {
    in_list("insert a number", numbers(20), [](const Numbers& list, int) { list.insert(5, 77); });
    in_list("erase a number", numbers(20), [](const Numbers& list, int) { list.erase(5); });
    in_list("pop a number", numbers(20), [](const Numbers& list, int) { list.pop(); });
    in_list("extend numbers", numbers(6), [](const Numbers& list, int) { list.extend({71, 72, 73, 74}); });
    in_list("insert a text", texts(20), [](const Texts& list, int) { list.insert(8, "one more"); });
    in_list("insert a text into 8", texts(8), [](const Texts& list, int) { list.insert(0, "one more"); });
    in_list("erase a text", texts(20), [](const Texts& list, int) { list.erase(8); });
    in_list("pop a text", texts(20), [](const Texts& list, int) { list.pop(); });
    in_list("pop the first text", texts(9), [](const Texts& list, int) { list.pop(0); });
    in_list("set a text", texts(20), [](const Texts& list, int) { list.set(3, "another"); });
    in_list("reverse texts", texts(5), [](const Texts& list, int) { list.reverse(); });
    in_list("transact on texts", texts(5), [](const Texts& list, int) {
      list.transact([](std::vector<std::string>& all) { all.resize(3); });
    });
  });
}

template <class Act, class... More>
void in_dict(const std::string& name, std::size_t size, Act act, More... more) {
  const auto make = [size] {
    auto dict = shared().dict<long, std::string>();
    for (std::size_t i = 0; i < size; ++i) dict.set(static_cast<long>(i), texts(size)[i]);
    return dict;
  };
  KillPoints(
      name, make, act, kPrint, [](const TextDict& dict) { dict.set(1000, "next"); }, more...)
      .run();
}

// A dict of 5 must grow.
TEST(DeathAtAnyInstruction, OfAChangeOfADict) {
  on_manager([] {
    const auto add = [](const TextDict& dict, const auto&) { dict.set(77, "new"); };
    for (const std::size_t size : {0, 3, 5})
      in_dict("set a new key beside " + std::to_string(size), size, add);
    in_dict("set a new key beside 5, with empty magazines", 5, add, kEmptyMagazines);
    in_dict("replace a text", 7, [](const TextDict& dict, int) { dict.set(3, "another"); });
    in_dict("erase a key", 7, [](const TextDict& dict, int) { dict.erase(3); });
    in_dict("pop a key", 7, [](const TextDict& dict, int) { dict.pop(3); });
    in_dict("update two keys", 3, [](const TextDict& dict, int) { dict.update({{1, "a"}, {77, "b"}}); });
  });
}

template <class Act, class... More>
void in_counts(const std::string& name, int changes, Act act, More... more) {
  const auto make = [changes] {
    auto counts = shared().dict<std::string, long>();
    for (int i = 0; i < changes; ++i) counts.increment("word " + std::to_string(i % 4));
    return counts;
  };
  KillPoints(
      name, make, act, kPrint, [](const Counts& counts) { counts.increment("word 1"); }, more...)
      .run();
}

// After 256 changes without another one a dict of numbers is open: its values change without its latch.
TEST(DeathAtAnyInstruction, OfACount) {
  on_manager([] {
    const auto count = [](const Counts& counts, int) { counts.increment("word 2", 10); };
    in_counts("increment", 8, count);
    in_counts("increment in an open dict", 300, count);
    in_counts("increment a new key", 8, [](const Counts& counts, int) { counts.increment("new", 10); });
    in_counts("increment a new key of an open dict", 300,
              [](const Counts& counts, int) { counts.increment("new", 10); });
    in_counts("erase from an open dict", 300, [](const Counts& counts, int) { counts.erase("word 2"); });
  });
}

TEST(DeathAtAnyInstruction, OfAChangeOfASet) {
  on_manager([] {
    const auto make = [] { return shared().set<std::string>(texts(5)); };
    const auto next = [](const Set<std::string>& set) { set.add("next"); };
    KillPoints(
        "add to a set", make, [](const Set<std::string>& set, int) { set.add("new"); }, kPrint, next)
        .run();
    KillPoints(
        "remove from a set", make, [](const Set<std::string>& set, int) { set.remove("text 0"); }, kPrint,
        next)
        .run();
  });
}

// What another one does all the time leaves the object as it was, so that it is still as before or as after.
TEST(DeathAtAnyInstruction, OfAChangeOfAListThatOthersContendFor) {
  on_manager([] {
    in_list(
        "append a number, contended", numbers(20), [](const Numbers& list, int) { list.append(77); },
        kNothing,
        [](const Numbers& list) {
          list.append(-1);
          list.remove(-1);
        });
    in_list(
        "append a text, contended", texts(20), [](const Texts& list, int) { list.append("one more"); },
        kNothing,
        [](const Texts& list) {
          list.append("theirs");
          list.remove("theirs");
        });
  });
}

TEST(DeathAtAnyInstruction, OfAChangeOfADictThatOthersContendFor) {
  on_manager([] {
    in_dict(
        "set a new key, contended", 7, [](const TextDict& dict, int) { dict.set(77, "new"); }, kNothing,
        [](const TextDict& dict) {
          dict.set(-1, "theirs");
          dict.erase(-1);
        });
    in_counts(
        "increment, contended", 300, [](const Counts& counts, int) { counts.increment("word 2", 10); },
        kNothing,
        [](const Counts& counts) {
          counts.increment("word 2", 1);
          counts.increment("word 2", -1);
        });
  });
}

}  // namespace
}  // namespace cohort::test
