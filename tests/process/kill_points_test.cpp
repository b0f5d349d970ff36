// SPDX-License-Identifier: BSL-1.0
// Death at any instruction of an operation on a shared object. COHORT_TEST_KILL_POINTS=all: really at each one, else at a
// choice of those after which shared memory is another.
#include "process/kill_points.hpp"

namespace cohort::test {
namespace {

using Texts = List<std::string>;
using Numbers = List<long>;
using TextDict = Dict<long, std::string>;
using Counts = Dict<std::string, long>;

std::vector<std::string> texts(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back("text " + std::to_string(i) + std::string(i, '.'));
  return all;
}
std::vector<long> numbers(std::size_t count) {
  std::vector<long> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<long>(i);
  return all;
}

constexpr auto kPrint = [](const auto& object) {
  std::ostringstream text;
  text << object;
  if constexpr (requires { object.size(); }) text << ", " << object.size();
  return text.str();
};

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
    in_dict("update three keys", 3, [](const TextDict& dict, int) {
      dict.update({{1, "a"}, {77, "b"}, {78, "c"}});
    });
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

// It takes all and puts them back.
constexpr auto kTakeAll = []<class T>(const Queue<T>& queue) {
  std::vector<T> all;
  while (auto value = queue.try_get()) all.push_back(*value);
  for (const T& value : all) queue.put(value);
  std::ostringstream text;
  for (const T& value : all) text << value << " ";
  return text.str();
};

template <class T, class Act, class... More>
void in_queue(const std::string& name, const std::vector<T>& values, Act act, More... more) {
  const auto make = [values] {
    auto queue = shared().queue<T>();
    for (const T& value : values) queue.put(value);
    return queue;
  };
  KillPoints(
      name, make, act, kTakeAll, [](const Queue<T>& queue) { queue.put(T()); }, more...)
      .run();
}

constexpr auto kPut = [](const Queue<long>& queue, int) { queue.put(77); };
constexpr auto kPutText = [](const Queue<std::string>& queue, int) { queue.put("one more"); };
constexpr auto kGet = [](const auto& queue, int) { queue.get(); };

TEST(DeathAtAnyInstruction, OfAChangeOfAQueue) {
  on_manager([] {
    in_queue("put a number into none", numbers(0), kPut);
    in_queue("put a number into 3", numbers(3), kPut);
    in_queue("put a text into none", texts(0), kPutText);
    in_queue("put a text into 3", texts(3), kPutText);
    in_queue("get a number", numbers(3), kGet);
    in_queue("get a text", texts(3), kGet);
  });
}

TEST(DeathAtAnyInstruction, OfAQueueThatGoesOnToAnotherSegment) {
  on_manager([] {
    constexpr long kSlots = fifo::slots_of(sizeof(long));
    const auto full = [] {
      auto queue = shared().queue<long>();
      for (long i = 0; i < kSlots; ++i) queue.put(i);
      return queue;
    };
    const auto at_its_end = [full] {
      auto queue = full();
      for (long i = 0; i < 3; ++i) queue.put(i);
      for (long i = 0; i < kSlots; ++i) queue.get();
      return queue;
    };
    const auto next = [](const Queue<long>& queue) { queue.put(78); };
    KillPoints("put into another segment", full, kPut, kTakeAll, next).run();
    KillPoints("get from another segment", at_its_end, kGet, kTakeAll, next).run();
  });
}

TEST(DeathAtAnyInstruction, OfAChangeOfAValueOrAnArray) {
  on_manager([] {
    KillPoints(
        "update a text", [] { return shared().value<std::string>("before"); },
        [](const Value<std::string>& value, int) {
          value.update([](std::string& s) { s += ", and after"; });
        },
        kPrint,
        [](const Value<std::string>& value) { value.update([](std::string& text) { text += " next"; }); })
        .run();
    KillPoints(
        "write into an array", [] { return shared().array<long>(numbers(20)); },
        [](const Array<long>& array, int) {
          array.write(3, {71, 72, 73, 74, 75});
        },
        kPrint,
        [](const Array<long>& array) {
          array.write(0, {81, 82});
        })
        .run();
  });
}

constexpr auto kRelock = [](const Lock& lock) {
  try {
    lock.lock();
  } catch (const OwnerDied&) {
    lock.lock();
  }
  lock.unlock();
};
constexpr auto kSeeLock = [](const Lock&) { return ""; };
constexpr auto kLockAndUnlock = [](const Lock& lock, int) {
  lock.lock();
  lock.unlock();
};

TEST(DeathAtAnyInstruction, OfLockingAndUnlocking) {
  on_manager([] {
    KillPoints(
        "lock and unlock", [] { return shared().lock(); }, kLockAndUnlock, kSeeLock, kRelock)
        .run();
  });
}

constexpr auto kRelist = [](const Value<long>& /*unused*/) {
  static_cast<void>(shared().list<std::string>(texts(3)));
};
constexpr auto kMakeList = [](const Value<long>& /*unused*/, int) {
  static_cast<void>(manager().list<std::string>({"some", "more", "texts"}));
};

TEST(DeathAtAnyInstruction, OfMakingAndDroppingAList) {
  on_manager([] {
    KillPoints(
        "make and drop a list", [] { return shared().value<long>(); }, kMakeList, kPrint, kRelist)
        .may_leave_counts()
        .run();
  });
}

constexpr auto kMakeProcess = [](const Value<long>& count) {
  return Process([](Value<long> c) { ++c; }, count);
};
constexpr auto kStart = [](const Value<long>& /*unused*/, Process& process) { process.start(); };
constexpr auto kCountEnded = [](const Value<long>& count) {
  settle();
  return std::to_string(count.get());
};
constexpr auto kRunAnother = [](const Value<long>& count) {
  auto process = kMakeProcess(count);
  process.start();
  process.join();
};

TEST(DeathAtAnyInstruction, OfStartingAProcess) {
  on_manager([] {
    KillPoints(
        "start a Process", [] { return shared().value<long>(); }, kStart, kCountEnded, kRunAnother,
        kMakeProcess)
        .may_leave_counts()
        .run();
  });
}

// What another one does all the time leaves the object as it was, so that it is still as before or as after.
TEST(DeathAtAnyInstruction, OfAChangeThatOthersContendFor) {
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
    in_dict(
        "set a new key, contended", 5, [](const TextDict& dict, int) { dict.set(77, "new"); }, kNothing,
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
    in_queue("put a number, contended", std::vector<long>(3, 77), kPut, kNothing,
             [](const Queue<long>& queue) { queue.put(queue.get()); });
    in_queue("get a text, contended", std::vector<std::string>(3, "same"), kGet, kNothing,
             [](const Queue<std::string>& queue) { queue.put(queue.get()); });
    KillPoints(
        "lock and unlock, contended", [] { return shared().lock(); }, kLockAndUnlock, kSeeLock, kRelock,
        kNothing, kRelock)
        .run();
    KillPoints(
        "make and drop a list, contended", [] { return shared().value<long>(); }, kMakeList, kPrint, kRelist,
        kNothing, kRelist)
        .may_leave_counts()
        .run();
  });
}

}  // namespace
}  // namespace cohort::test
