// SPDX-License-Identifier: BSL-1.0
// The array's operations under chosen interleavings, and with a writer that dies at every access: every history
// has a sequential explanation, nothing is ever half written, no block is lost. And with a protection left out, it shows.

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <vector>

#include "cohort/process/recovery.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/buffered_access.hpp"
#include "support/erring_access.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

struct Pair {
  std::int64_t x;
  std::int64_t y;
};
template <class T>
T to_element(std::int64_t x) {
  if constexpr (std::is_same_v<T, Pair>) {
    return {x, ~x};
  } else {
    return static_cast<T>(x);
  }
}
constexpr std::int64_t kTorn = -999'999;
std::int64_t to_number(const Pair& pair) { return pair.y == ~pair.x ? pair.x : kTorn; }
std::int64_t to_number(std::int64_t x) { return x; }
std::int64_t to_number(short x) { return x; }

using Model = std::vector<std::int64_t>;
constexpr std::size_t kCount = 5;

template <class T>
ObjectId make(const ScheduledHeap& heap) {
  std::vector<T> values;
  for (std::size_t i = 0; i < kCount; ++i) values.push_back(to_element<T>(static_cast<std::int64_t>(i)));
  Operation<A> operation(heap);
  const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::array, sizeof(T), 0), 0, 0);
  lay_out_array(operation, heap, id.address, kCount, sizeof(T), std::as_bytes(std::span(values)));
  operation.keep();
  return id;
}
template <class T, class B>
Model copy(const ArrayCore<T, B>& core) {
  std::vector<T> values(kCount);
  core.read(0, values);
  Model all;
  for (const T& value : values) all.push_back(to_number(value));
  return all;
}

enum class Call { get, set, add, swap, read, write };
struct Event {
  Call call = Call::get;
  std::size_t index = 0;
  std::int64_t value = 0;
  Model result;
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};

// Performs the event on the model. False: it would have had another result.
bool replay(Model& model, const Event& event) {
  std::int64_t& element = model[event.index];
  switch (event.call) {
    case Call::get:
      return event.result == Model{element};
    case Call::set:
      element = event.value;
      return true;
    case Call::add:
      element += 1000;
      return event.result == Model{element};
    case Call::swap:
      std::swap(element, model[0]);
      return true;
    case Call::read:
      return event.result == model;
    case Call::write:
      for (std::size_t i = 1; i < kCount; ++i) model[i] = event.value + static_cast<std::int64_t>(i);
      return true;
  }
  return false;
}

template <class T, class B>
void perform(const ArrayCore<T, B>& core, Event& event) {
  const auto index = static_cast<std::ptrdiff_t>(event.index);
  switch (event.call) {
    case Call::get:
      event.result = {to_number(core.get(index))};
      break;
    case Call::set:
      core.set(index - static_cast<std::ptrdiff_t>(kCount), to_element<T>(event.value));
      break;
    case Call::add:
      event.result = {
          to_number(core.update(index, [](T& value) { value = to_element<T>(to_number(value) + 1000); }))};
      break;
    case Call::swap:
      core.swap(index, 0);
      break;
    case Call::read:
      event.result = copy(core);
      break;
    case Call::write: {
      std::vector<T> values;
      for (std::size_t i = 1; i < kCount; ++i)
        values.push_back(to_element<T>(event.value + static_cast<std::int64_t>(i)));
      core.write(1, values);
      break;
    }
  }
}

constexpr Call kAll[] = {Call::get, Call::set, Call::add, Call::swap, Call::read, Call::write};

// What one seed's actors did, each some of `calls`, through the access that make_access gives to it.
template <class T, class MakeAccess>
std::vector<Event> history_of(ScheduledWindow& window, ObjectId array, std::span<const Call> calls,
                              MakeAccess make_access) {
  std::vector<Event> history;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const auto access = make_access(actor);
    using B = std::remove_const_t<decltype(access)>;
    const ArrayCore<T, B> core(Heap<B>(access, heap.actor()), array.address);
    for (std::int64_t i = 0; i < 4; ++i) {
      Event event;
      event.call = calls[window.schedule.draw(calls.size())];
      event.index = window.schedule.draw(kCount);
      event.value = 100 + static_cast<std::int64_t>(actor) * 100 + i * 10;
      event.invoked = window.schedule.tick();
      perform(core, event);
      if constexpr (requires { access.drain(); }) access.drain();
      event.returned = window.schedule.tick();
      history.push_back(event);
    }
  });
  return history;
}

template <class T>
void try_seed(std::uint64_t seed) {
  ScheduledWindow window(seed, 3);
  const ObjectId array = make<T>(window.heaps[0]);
  const auto history = history_of<T>(window, array, kAll, [&](std::size_t) { return window.access; });
  const Verdict verdict = find_linearization(history, Model{0, 1, 2, 3, 4}, replay);
  ASSERT_TRUE(verdict.linearizable) << "COHORT_TEST_SEED=" << seed;
  const Audit audit = audit_heap(window.heaps[0]);
  ASSERT_EQ(audit.text(), "") << "COHORT_TEST_SEED=" << seed;
  lower_object(window.heaps[0], array.address);
  ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty()) << "COHORT_TEST_SEED=" << seed << ": blocks are lost";
}
template <class T>
void try_seeds(int seeds) {
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    try_seed<T>(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(ArrayInterleavings, WordsAreLinearizable) { try_seeds<std::int64_t>(1500); }
TEST(ArrayInterleavings, HalfWordsAreLinearizable) { try_seeds<short>(1000); }
TEST(ArrayInterleavings, ElementsOfTwoWordsAreNeverTorn) { try_seeds<Pair>(1500); }

// Does the schedule find races at all? The same array over an access that leaves one protection out, of which it must.

// How many of the seeds had a history that no array has; three are enough.
template <class T, class MakeAccess>
int wrong_histories(int seeds, std::span<const Call> calls, MakeAccess make_access) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && wrong < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const ObjectId array = make<T>(window.heaps[0]);
    try {
      const auto history = history_of<T>(window, array, calls, make_access(window, array.address));
      wrong += !find_linearization(history, Model{0, 1, 2, 3, 4}, replay).linearizable;
    } catch (const std::exception&) {
      ++wrong;  // it lost its way altogether
    }
  }
  return wrong;
}
template <class T>
int wrong_with(Defect defect, int seeds, std::span<const Call> calls = kAll) {
  return wrong_histories<T>(seeds, calls, [defect](ScheduledWindow& window, Address array) {
    return [&window, words = ErringWords::of(array), defect](std::size_t) {
      return ErringAccess(window.access, words, defect);
    };
  });
}

constexpr Call kSetsAndLooks[] = {Call::set, Call::get, Call::read};
constexpr Call kWritesAndLooks[] = {Call::write, Call::read};

TEST(ScheduleFinds, NothingWithoutADefect) {
  EXPECT_EQ(wrong_with<std::int64_t>(Defect::none, 200), 0);
  EXPECT_EQ(wrong_with<Pair>(Defect::none, 200), 0);
}
TEST(ScheduleFinds, VersionNotChecked) {
  EXPECT_EQ(wrong_with<Pair>(Defect::version_not_checked, 10'000, kSetsAndLooks), 3);
}
TEST(ScheduleFinds, WriteOfManyWordsWithoutMoves) {
  EXPECT_EQ(wrong_with<std::int64_t>(Defect::moving_not_set, 3000, kWritesAndLooks), 3);
}
TEST(ScheduleFinds, WritesNotCounted) {
  EXPECT_EQ(wrong_with<std::int64_t>(Defect::writes_not_counted, 3000, kSetsAndLooks), 3);
}
TEST(ScheduleFinds, PublishedBeforeTheElements) {
  EXPECT_EQ(wrong_with<Pair>(Defect::published_before_the_data, 3000), 3);
}
TEST(ScheduleFinds, LatchFreedTooEarly) {
  EXPECT_EQ(wrong_with<std::int64_t>(Defect::freed_too_early, 3000), 3);
}
TEST(ScheduleFinds, LatchTakenInTwoSteps) {
  EXPECT_EQ(wrong_with<std::int64_t>(Defect::taken_in_two_steps, 3000), 3);
}

// Cores with store buffers. `relaxed(array, data, address)` says which stores do not release.
template <class T, class Relaxed>
int wrong_through_buffers(int seeds, Relaxed relaxed, std::span<const Call> calls = kAll) {
  std::optional<Cores> cores;
  return wrong_histories<T>(seeds, calls, [&](ScheduledWindow& window, Address array) {
    cores.emplace(window.schedule, window.heaps.size());
    const Address data = ArrayCore<T, A>(window.heaps[0], array).data();
    cores->relaxed = [=](Address a) { return relaxed(array, data, a); };
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  });
}
TEST(ArrayInterleavings, AreLinearizableThroughStoreBuffers) {
  const auto nothing = [](auto...) { return false; };
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(500, nothing), 0);
  EXPECT_EQ(wrong_through_buffers<Pair>(500, nothing), 0);
}
TEST(ScheduleFinds, ReleaseOfTheLatchTurnedRelaxed) {
  const auto control = [](Address array, Address, Address a) { return a == own_field(array, 0); };
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(3000, control), 3);
  EXPECT_EQ(wrong_through_buffers<Pair>(3000, control), 3);
}
TEST(ScheduleFinds, ReleaseOfAnElementTurnedRelaxed) {
  const auto elements = [](Address, Address data, Address a) {
    return a >= data && a < data + kCount * sizeof(Pair);
  };
  EXPECT_EQ(wrong_through_buffers<Pair>(10'000, elements, kSetsAndLooks), 3);
}

template <class T>
void die_everywhere(Call call) {
  bool died = true;
  int befores = 0;
  int afters = 0;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    const std::string where =
        "call " + std::to_string(static_cast<int>(call)) + ", step " + std::to_string(step);
    ScheduledWindow window(1, 2);
    const ObjectId array = make<T>(window.heaps[1]);
    const ArrayCore<T, A> core(window.heaps[1], array.address);
    const Model before = copy(core);
    Model after = before;
    Event event{call, 3, 70, {}, 0, 0};
    window.schedule.add([&] { perform(ArrayCore<T, A>(window.heaps[0], array.address), event); });
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    recover(window.access, window.heaps[0].actor());
    event.result = {to_number(core.get(3))};
    replay(after, event);
    const Model now = copy(core);
    EXPECT_TRUE(now == before || now == after) << where;
    EXPECT_TRUE(died || now == after) << where;
    (now == after ? afters : befores) += 1;
    core.set(1, to_element<T>(5));
    core.swap(0, 1);
    EXPECT_EQ(to_number(core.get(0)), 5) << where;
    EXPECT_EQ(audit_heap(window.heaps[1]).text(), "") << where;
    lower_object(window.heaps[1], array.address);
    EXPECT_TRUE(audit_heap(window.heaps[1]).live.empty()) << where << ": blocks are lost";
  }
  EXPECT_TRUE(::testing::Test::HasFailure() || (befores > 0 && afters > 0));
}

TEST(ArrayDeath, LeavesItBeforeOrAfter) {
  for (const Call call : {Call::set, Call::swap, Call::add, Call::write}) {
    die_everywhere<std::int64_t>(call);
    die_everywhere<Pair>(call);
  }
}

}  // namespace
}  // namespace cohort::test
