// SPDX-License-Identifier: BSL-1.0
// Whole sentences of errors that the tests of each type know by their type or by a word alone.
#include "process/process_support.hpp"

#include <limits>
#include <sstream>
#include <variant>

#include <boost/archive/text_oarchive.hpp>

#include "cohort/containers/key.hpp"
#include "cohort/heap/actor.hpp"
#include "cohort/heap/current.hpp"
#include "support/thrown.hpp"

namespace cohort::test {

// Its key's bytes are those of a handle.
struct KeyWithAHandle {
  List<int> list = {};
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& list;
  }
  friend bool operator==(const KeyWithAHandle&, const KeyWithAHandle&) { return true; }
};

namespace {

template <class Act>
std::string out_of_range(const Act& act) {
  return text_of<std::out_of_range>(act);
}
template <class Act>
std::string invalid(const Act& act) {
  return text_of<std::invalid_argument>(act);
}

TEST(ErrorText, OfListsAndArrays) {
  on_manager([] {
    const auto list = shared().list<int>({1, 2, 3, 4, 5, 6, 7});
    EXPECT_EQ(out_of_range([&] { list.get(7); }), "list index 7 is out of range: the list has 7 elements");
    EXPECT_EQ(out_of_range([&] { list[-8] = 1; }), "list index -8 is out of range: the list has 7 elements");
    EXPECT_EQ(out_of_range([] { shared().list<int>({1}).get(1); }),
              "list index 1 is out of range: the list has 1 element");
    EXPECT_EQ(out_of_range([] { shared().list<int>().pop(); }), "pop from an empty list: index -1, size 0");
    EXPECT_EQ(invalid([&] {
                list.set_slice({}, {}, {1, 2}, 3);
              }),
              "cannot assign 2 elements to a slice of 3");
    EXPECT_EQ(invalid([&] { static_cast<void>(list.slice({}, {}, 0)); }), "a slice's step cannot be 0");
    EXPECT_EQ(invalid([&] { list.remove(9); }), "remove(value): the value is not in the list");
    EXPECT_EQ(invalid([&] { static_cast<void>(list.index(9)); }),
              "index(value): the value is not in the list");
    EXPECT_EQ(usage_error([&] { list.update(0, [&](int&) { list.append(1); }); }),
              "an object was used inside its own update(), transact() or sort(); use the argument instead");
    const auto text = text_of<OutOfSharedMemory>([&] { list.repeat(std::ptrdiff_t{1} << 40); });
    EXPECT_TRUE(
        text.starts_with("shared heap on rank 0 cannot hold 7 elements 1099511627776 times: it has ") &&
        text.ends_with("; raise COHORT_HEAP"))
        << text;
    const auto array = shared().array<int>({1, 2});
    EXPECT_EQ(out_of_range([&] { array.get(2); }), "array index 2 is out of range: the array has 2 elements");
    if (current_window.state == WindowState::rma) {
      EXPECT_EQ(
          usage_error([&] { static_cast<void>(array.local()); }),
          "Array::local() needs shared memory, and this job's window is COHORT_WINDOW=rma; use read() and "
          "write()");
    }
  });
}

TEST(ErrorText, OfDictsSetsNamespacesAndQueues) {
  on_manager([] {
    const auto dict = shared().dict<std::string, int>();
    EXPECT_EQ(
        out_of_range([&] { dict.erase("eve"); }),
        "key 'eve' is not in the dict; ask contains(key) first, or use get(key, default) or setdefault");
    EXPECT_EQ(out_of_range([&] { shared().set<int>({1}).remove(2); }),
              "remove(element): key 2 is not in the set; discard(element) does not mind");
    const auto space = shared().name_space();
    space.set("number", 3);
    EXPECT_EQ(out_of_range([&] { space.get<int>("none"); }),
              "'none' is not in the namespace; ask contains(name) first, or use get(name, default)");
    EXPECT_EQ(usage_error([&] { space.get<long>("number"); }),
              "the namespace's value is of type int, not long; ask for get<int>(name)");
    const auto handles = shared().dict<KeyWithAHandle, int>();
    EXPECT_EQ(usage_error([&] { handles.set({shared().list<int>()}, 1); }),
              "a shared object's handle cannot be in a key; use a name or a number for it");
    const auto queue = shared().queue<int>();
    queue.put(1);
    queue.put(2);
    queue.task_done();
    queue.task_done();
    EXPECT_EQ(invalid([&] { queue.task_done(); }),
              "task_done() was called more often than put(): 2 values were put");
  });
}

TEST(ErrorText, OfConditionsBarriersAndRanges) {
  on_manager([] {
    const auto condition = shared().condition();
    const std::scoped_lock held(condition);
    EXPECT_EQ(invalid([&] { condition.notify(-1); }), "notify(n): n is -1; it may not be negative");
    EXPECT_EQ(
        usage_error([] { static_cast<void>(shared().condition(Lock())); }),
        "condition(lock): the lock's handle is empty; manager.lock() makes one, and condition() its own");
    EXPECT_EQ(invalid([] { static_cast<void>(shared().barrier(0)); }),
              "barrier(parties): 0 parties; there may be 1 to 16383");
    EXPECT_EQ(invalid([] { static_cast<void>(shared().semaphore(-1)); }),
              "semaphore(n): n is -1; it may be 0 to 2147483647");
    EXPECT_EQ(invalid([] { range(1, 2, 0); }), "range(): the step must not be 0");
    using Long = std::numeric_limits<std::int64_t>;
    EXPECT_EQ(text_of<std::length_error>([] { range(Long::min(), Long::max()); }),
              "range(): more numbers than can be counted");
  });
}

TEST(ErrorText, OfHandlesAndValues) {
  on_manager([] {
    EXPECT_EQ(usage_error([] { Lock().lock(); }),
              "this lock is empty (default constructed, or moved from); assign one that was made or opened");
    std::vector<std::byte> bytes;
    {
      Encoder encoder;
      encode(encoder, shared().list<int>({1}));
      bytes = encoder.buffer();
    }
    EXPECT_EQ(text_of<DataError>([&] {
                Decoder decoder(bytes);
                static_cast<void>(decode<List<int>>(decoder));
              }),
              "a value speaks of a shared object that is gone, or is of another type");
    EXPECT_EQ(usage_error([] {
                std::ostringstream file;
                boost::archive::text_oarchive archive(file);
                const auto list = shared().list<int>();
                archive << list;
              }),
              "a shared object's handle cannot be written to a program's own archive");
  });
}

TEST(ErrorText, OfBytesThatAreNoValue) {
  const auto reading = [](auto read, std::vector<std::byte> bytes) {
    return text_of<DataError>([&] {
      Decoder decoder(bytes);
      static_cast<void>(read(decoder));
    });
  };
  const std::vector<std::byte> eight(8, std::byte{7});
  EXPECT_EQ(reading([](Decoder& from) { return decode<long>(from); }, {}), "a value's bytes are cut short");
  for (const auto& text :
       {reading([](Decoder& from) { return decode<std::string>(from); }, eight),
        reading([](Decoder& from) { return decode<bool>(from); }, eight),
        reading([](Decoder& from) { return decode<std::variant<int, std::string>>(from); }, eight)})
    EXPECT_EQ(text, "a value's bytes are damaged");
  EXPECT_EQ(reading([](Decoder& from) { return decode_key<std::variant<int, char>>(from); }, eight),
            "a key's bytes are damaged");
  session().join();
}

TEST(ErrorText, OfProcesses) {
  on_manager([] {
    const auto nothing = [] {};
    Process process(ProcessOptions{.name = "one"}, nothing);
    EXPECT_EQ(usage_error([&] { process.join(); }), "Process 'one' cannot be joined before start()");
    EXPECT_EQ(usage_error([&] { process.terminate(); }),
              "only a Process with Isolation::child can be terminated; use request_stop()");
    EXPECT_EQ(usage_error([&] { process.kill(); }),
              "only a Process with Isolation::child can be killed; use request_stop()");
    process.start();
    EXPECT_EQ(usage_error([&] { process.start(); }), "Process 'one' was started before; make a new one");
    process.join();
    const Process moved = std::move(process);
    EXPECT_EQ(usage_error([&] { process.join(); }), "this Process is empty: it was moved from");
    EXPECT_EQ(
        usage_error([&] { Process(ProcessOptions{.isolation = Isolation::child}, nothing); }),
        current_window.state == WindowState::rma
            ? "Isolation::child needs the shared window: over rma a Process reaches shared objects by MPI, "
              "which a child has not"
            : "");
    EXPECT_EQ(usage_error([&] { Process(ProcessOptions{.daemon = true}, nothing); }),
              "a daemon needs Isolation::child: a Process in a rank cannot be ended while it runs; use "
              "request_stop()");
    EXPECT_EQ(usage_error([&] { Process(ProcessOptions{.memory_limit = 1}, nothing); }),
              "a memory_limit needs Isolation::child: Processes in a rank share its memory");
    const auto said = shared().list<std::string>();
    Process inside([](Log texts) { texts.append(usage_error([] { session().join(); })); }, said);
    inside.start();
    inside.join();
    EXPECT_EQ(said.get(0), "session.join() was called inside a Process; it is for the ranks' mains");
  });
}

TEST(ErrorText, OfFailuresElsewhere) {
  EXPECT_STREQ(RemoteError("std::out_of_range", "no 5", "squares", 3, 7).what(),
               "Process 'squares' on rank 3, element 7 failed: std::out_of_range: no 5");
  EXPECT_STREQ(RemoteError("int", "", "squares", 3).what(), "Process 'squares' on rank 3 failed: int");
  EXPECT_STREQ(ProcessError({{"one", 0, 1, "int"}}).what(), "1 Process failed: 'one' on rank 0 (int)");
  EXPECT_STREQ(ProcessError({{"one", 0, 1, "int"}, {"two", 1, 3, "exit(3)"}}).what(),
               "2 Processes failed: 'one' on rank 0 (int); 'two' on rank 1 (exit(3))");
  EXPECT_STREQ(MpiError("MPI_Put", 5, "no such window").what(), "MPI_Put failed with code 5: no such window");
  session().join();
}

// Last, as the window keeps room for as many as there ever were at a time. (Over RMA the same takes very long.)
TEST(ErrorText, OfOneThreadTooMany) {
  on_manager([] {
    if (current_window.state == WindowState::rma) return;
    const auto list = shared().list<int>();
    std::vector<std::uint32_t> actors;
    with_heap([&](const auto& heap) {
      while (const auto actor = claim_actor(heap.access(), current_window.member, 0, 0))
        actors.push_back(*actor);
    });
    std::thread([&] {
      EXPECT_EQ(text_of<OutOfSharedMemory>([&] { list.append(1); }),
                "no room on rank 0 for one more thread that uses shared objects; at most 4095 can at a time");
    }).join();
    with_heap([&](const auto& heap) {
      for (const std::uint32_t actor : actors) release_actor(heap.access(), actor);
    });
    std::thread([&] { list.append(1); }).join();
    EXPECT_EQ(list.size(), 1U);
  });
}

}  // namespace
}  // namespace cohort::test
