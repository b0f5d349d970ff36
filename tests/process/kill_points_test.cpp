// SPDX-License-Identifier: BSL-1.0
// Death at any instruction of an operation on a queue, a value, a lock, a Process. COHORT_TEST_KILL_POINTS=all: really at each one, else at a
// choice of those after which shared memory is another.
#include "process/kill_points.hpp"

#include "cohort/process/pool_core.hpp"

namespace cohort::test {
namespace {

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

// A job of three tasks, among those of its pool, that nobody is at.
Future<int> idle_job() {
  return Future<int>(Reference::of_new(with_heap([]<class A>(const Heap<A>& heap) {
    const ObjectId pool = make_pool(heap, 1, {}, 0, 0);
    JobSpec spec;
    spec.tasks = 3;
    const ObjectId job = make_job(heap, spec, pool, 1, 0, 0);
    PoolCore<A>(heap, pool.address).add(job);
    lower_object(heap, pool.address);
    return job;
  })));
}
constexpr auto kCancel = [](const Future<int>& job, int) { job.cancel(); };
constexpr auto kSeeJob = [](const Future<int>& job) { return std::string(job.ready() ? "ended" : "open"); };
constexpr auto kCancelToo = [](const Future<int>& job) { job.cancel(); };

TEST(DeathAtAnyInstruction, OfCancelling) {
  on_manager([] { KillPoints("cancel", idle_job, kCancel, kSeeJob, kCancelToo).may_leave_counts().run(); });
}

// What another one does all the time leaves the object as it was, so that it is still as before or as after.
TEST(DeathAtAnyInstruction, OfAChangeOfAQueueThatOthersContendFor) {
  on_manager([] {
    const auto rotate = [](const auto& queue) { queue.put(queue.get()); };
    in_queue("put a number, contended", std::vector<long>(3, 77), kPut, kNothing, rotate);
    in_queue("get a text, contended", std::vector<std::string>(3, "same"), kGet, kNothing, rotate);
  });
}

TEST(DeathAtAnyInstruction, OfWhatOthersDoAtTheSameTime) {
  on_manager([] {
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
