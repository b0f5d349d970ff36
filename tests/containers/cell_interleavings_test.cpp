// SPDX-License-Identifier: BSL-1.0
// A Value under chosen interleavings: a number, which is a cell, and any other type, which is a list of one element.
// Every history has a sequential explanation, nobody sees half a value, nobody waits for ever for one that has come, and
// who sees a value sees what came before it. And with a protection left out, it shows.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "cohort/containers/cell.hpp"
#include "cohort/containers/list_core.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/buffered_access.hpp"
#include "support/elements.hpp"
#include "support/erring_access.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {
namespace {

enum class Call { get, set, exchange, add };
struct Event {
  Call call = Call::get;
  std::int64_t value = 0;
  std::int64_t result = 0;  // of all but set
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};

// Performs the event on the model. False: it would have had another result.
bool apply(std::int64_t& model, const Event& event) {
  switch (event.call) {
    case Call::get:
      return event.result == model;
    case Call::set:
      model = event.value;
      return true;
    case Call::exchange:
      return event.result == std::exchange(model, event.value);
    case Call::add:
      return event.result == (model += event.value);
  }
  return false;
}

// A number shows in each half of its word whether it is whole.
struct Number {
  static Word pack(std::int64_t x) { return static_cast<Word>(x) | ~static_cast<Word>(x) << 32; }
  static std::int64_t unpack(Word word) {
    const auto x = static_cast<std::int64_t>(word & 0xffff'ffff);
    return word == pack(x) ? x : kTorn;
  }
  static ObjectId make(const ScheduledHeap& heap) {
    Operation<ScheduledAccess> operation(heap);
    const ObjectId id = make_object(operation, heap, make_kind(ObjectKind::value, sizeof(Word), 0), 0, 0);
    operation.keep();
    heap.store(own_field(id.address, 0), pack(0));
    return id;
  }
  // What waiters sleep on is raised as the writes of a list are.
  static ErringWords words(Address object) {
    return {own_field(object, 0), {}, own_field(object, 2), own_field(object, 3), {}};
  }
  template <class A>
  static void perform(const Heap<A>& heap, Address object, Event& event) {
    const Cell<A> cell(heap, object);
    switch (event.call) {
      case Call::get:
        event.result = unpack(cell.load());
        break;
      case Call::set:
        cell.exchange(pack(event.value));
        break;
      case Call::exchange:
        event.result = unpack(cell.exchange(pack(event.value)));
        break;
      case Call::add:
        event.result =
            event.value + unpack(cell.update([&](Word word) { return pack(unpack(word) + event.value); }));
        break;
    }
  }
};

template <class T>
struct Box {
  static ObjectId make(const ScheduledHeap& heap) {
    Operation<ScheduledAccess> operation(heap);
    const ObjectId id = make_object(
        operation, heap,
        make_kind(ObjectKind::box, static_cast<std::uint32_t>(slot_bytes<T>), is_inline<T> ? 0 : kBlobFlag),
        0, 0);
    operation.keep();
    ListCore<T, ScheduledAccess>(heap, id.address).append(to_element<T>(0));
    return id;
  }
  static ErringWords words(Address object) { return ErringWords::of(object); }
  template <class A>
  static void perform(const Heap<A>& heap, Address object, Event& event) {
    const ListCore<T, A> core(heap, object);
    switch (event.call) {
      case Call::get:
        event.result = to_number(core.get(0));
        break;
      case Call::set:
        core.set(0, to_element<T>(event.value));
        break;
      case Call::exchange:
        core.update(0, [&](T& value) {
          event.result = to_number(value);
          value = to_element<T>(event.value);
        });
        break;
      case Call::add:
        event.result = to_number(
            core.update(0, [&](T& value) { value = to_element<T>(to_number(value) + event.value); }));
        break;
    }
  }
};

// What one seed's actors did, each through the access that make_access gives to it.
template <class Subject, class MakeAccess>
std::vector<Event> history_of(ScheduledWindow& window, Address object, MakeAccess make_access) {
  std::vector<Event> history;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const auto access = make_access(actor);
    const Heap<std::remove_const_t<decltype(access)>> mine(access, heap.actor());
    for (std::int64_t i = 0; i < 4; ++i) {
      // Half of all that is done is a look, two thirds of what the first one does a change.
      const auto luck = window.schedule.draw(6);
      Event event;
      event.call = static_cast<Call>(luck < 3 ? (actor == 0 ? luck : 0) : luck - 2);
      event.value = 100 + static_cast<std::int64_t>(actor) * 100 + i * 10;
      event.invoked = window.schedule.tick();
      Subject::perform(mine, object, event);
      if constexpr (requires { access.drain(); }) access.drain();
      event.returned = window.schedule.tick();
      history.push_back(event);
    }
  });
  return history;
}

template <class Subject>
void try_seeds(int seeds) {
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    ScheduledWindow window(seed, 2 + static_cast<int>(seed % 3));
    const ObjectId value = Subject::make(window.heaps[0]);
    const auto history =
        history_of<Subject>(window, value.address, [&](std::size_t) { return window.access; });
    ASSERT_TRUE(find_linearization(history, std::int64_t{0}, apply).linearizable)
        << "COHORT_TEST_SEED=" << seed;
    ASSERT_EQ(audit_heap(window.heaps[0]).text(), "") << "COHORT_TEST_SEED=" << seed;
    lower_object(window.heaps[0], value.address);
    ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty())
        << "COHORT_TEST_SEED=" << seed << ": blocks are lost";
  }
}

TEST(CellInterleavings, NumbersAreLinearizable) { try_seeds<Number>(1500); }
TEST(CellInterleavings, WordsThatAreNoNumbersAreLinearizable) { try_seeds<Box<std::int64_t>>(800); }
TEST(CellInterleavings, ValuesOfTwoWordsAreNeverTorn) { try_seeds<Box<Pair>>(1200); }
TEST(CellInterleavings, StringsAreNeverTorn) { try_seeds<Box<std::string>>(1000); }

// Two wait for a number that a third one changes. False: somebody waits for ever.
bool all_come_back(ScheduledWindow& window, Address object, Defect defect) {
  window.schedule.allow_spurious(false);
  try {
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const Heap<ErringAccess> mine(ErringAccess(window.access, Number::words(object), defect), heap.actor());
      const Cell<ErringAccess> cell(mine, object);
      if (actor == 2) {
        cell.exchange(Number::pack(1));
      } else {
        cell.wait([](Word word) { return word == Number::pack(0); }, {});
      }
    });
  } catch (const Stuck&) {
    return false;
  }
  return true;
}
int lost_wake_ups(Defect defect, int seeds) {
  int lost = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && lost < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    lost += !all_come_back(window, Number::make(window.heaps[0]).address, defect);
  }
  return lost;
}
TEST(CellInterleavings, NoWakeUpIsLost) { EXPECT_EQ(lost_wake_ups(Defect::none, 1000), 0); }

// Does the schedule find races at all? The same value over an access that leaves one protection out, of which it must.

// How many of the seeds had a history that no value has; three are enough.
template <class Subject, class MakeAccess>
int wrong_histories(int seeds, MakeAccess make_access) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && wrong < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const Address object = Subject::make(window.heaps[0]).address;
    try {
      const auto history = history_of<Subject>(window, object, make_access(window, object));
      wrong += !find_linearization(history, std::int64_t{0}, apply).linearizable;
    } catch (const std::exception&) {
      ++wrong;  // it lost its way altogether
    }
  }
  return wrong;
}
template <class Subject>
int wrong_with(Defect defect, int seeds) {
  return wrong_histories<Subject>(seeds, [defect](ScheduledWindow& window, Address object) {
    return [&window, words = Subject::words(object), defect](std::size_t) {
      return ErringAccess(window.access, words, defect);
    };
  });
}

TEST(CellDefects, NoneIsFoundWhereThereIsNone) {
  EXPECT_EQ(wrong_with<Number>(Defect::none, 300), 0);
  EXPECT_EQ(wrong_with<Box<Pair>>(Defect::none, 300), 0);
}
TEST(CellDefects, NumberStoredInHalvesIsFound) {
  EXPECT_EQ(wrong_with<Number>(Defect::stored_in_halves, 3000), 3);
}
TEST(CellDefects, NumberUpdatedInTwoStepsIsFound) {
  EXPECT_EQ(wrong_with<Number>(Defect::taken_in_two_steps, 3000), 3);
}
TEST(CellDefects, WaitersToldBeforeTheChangeAreFound) {
  EXPECT_EQ(lost_wake_ups(Defect::told_before_the_change, 3000), 3);
}
TEST(CellDefects, ChangeThatIsNotCountedIsFound) {
  EXPECT_EQ(lost_wake_ups(Defect::writes_not_counted, 3000), 3);
}
TEST(CellDefects, WakeUpOfNobodyIsFound) { EXPECT_EQ(lost_wake_ups(Defect::wakes_nobody, 3000), 3); }
TEST(CellDefects, WakeUpOfOneOfTwoIsFound) { EXPECT_EQ(lost_wake_ups(Defect::wakes_one_of_many, 3000), 3); }
TEST(CellDefects, SleepWithoutALookIsFound) {
  EXPECT_EQ(lost_wake_ups(Defect::sleeps_without_a_look, 3000), 3);
}

TEST(CellDefects, VersionNotCheckedIsFound) {
  EXPECT_EQ(wrong_with<Box<Pair>>(Defect::version_not_checked, 3000), 3);
}
TEST(CellDefects, MovingNotSetIsFound) { EXPECT_EQ(wrong_with<Box<Pair>>(Defect::moving_not_set, 3000), 3); }
TEST(CellDefects, VersionPublishedBeforeTheDataIsFound) {
  EXPECT_EQ(wrong_with<Box<Pair>>(Defect::published_before_the_data, 3000), 3);
}
TEST(CellDefects, LatchFreedTooEarlyIsFound) {
  EXPECT_EQ(wrong_with<Box<Pair>>(Defect::freed_too_early, 3000), 3);
}
TEST(CellDefects, LatchTakenInTwoStepsIsFound) {
  EXPECT_EQ(wrong_with<Box<Pair>>(Defect::taken_in_two_steps, 3000), 3);
}

// Cores with store buffers. `relaxed(object, address)` says which stores and read-modify-writes do not release.
template <class Relaxed>
auto through_buffers(std::optional<Cores>& cores, Relaxed relaxed) {
  return [&cores, relaxed](ScheduledWindow& window, Address object) {
    cores.emplace(window.schedule, window.heaps.size());
    cores->relaxed = [=](Address a) { return relaxed(object, a); };
    Heap<BufferedAccess>::forget_readable();
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  };
}
const auto kNothing = [](Address, Address) { return false; };
const auto kFirstWord = [](Address object, Address a) { return a == own_field(object, 0); };

// One appends to a list and then changes a number, by an exchange or an update; two wait for the number and then
// look at the list. How often they did not find what had been appended; three times are enough, and the last of these may be
// of both.
template <class Relaxed>
int unseen_pasts(int seeds, Relaxed relaxed) {
  int unseen = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && unseen < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const Address number = Number::make(window.heaps[0]).address;
    const Address list = make_list(window.heaps[0], sizeof(std::int64_t)).address;
    ListCore<std::int64_t, ScheduledAccess>(window.heaps[0], list).append(1);
    std::optional<Cores> cores;
    const auto access_of = through_buffers(cores, relaxed)(window, number);
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      const BufferedAccess access = access_of(actor);
      const Heap<BufferedAccess> mine(access, heap.actor());
      const Cell<BufferedAccess> cell(mine, number);
      const ListCore<std::int64_t, BufferedAccess> numbers(mine, list);
      if (actor == 0) {
        numbers.append(2);
        if (seed % 2 == 0) {
          cell.exchange(Number::pack(1));
        } else {
          cell.update([](Word) { return Number::pack(1); });
        }
        access.drain();
      } else {
        cell.wait([](Word word) { return word == Number::pack(0); }, {});
        unseen += numbers.size() != 2;
      }
    });
  }
  return unseen;
}

TEST(CellInterleavings, AreLinearizableThroughStoreBuffers) {
  std::optional<Cores> cores;
  EXPECT_EQ(wrong_histories<Number>(500, through_buffers(cores, kNothing)), 0);
  EXPECT_EQ(wrong_histories<Box<Pair>>(500, through_buffers(cores, kNothing)), 0);
  EXPECT_EQ(wrong_histories<Box<std::string>>(300, through_buffers(cores, kNothing)), 0);
}
TEST(CellInterleavings, WhoeverSeesANumberSeesWhatCameBeforeIt) {
  EXPECT_EQ(unseen_pasts(1500, kNothing), 0);
}
TEST(CellDefects, ReleaseOfANumberTurnedRelaxedIsFound) { EXPECT_GE(unseen_pasts(10'000, kFirstWord), 3); }
TEST(CellDefects, ReleaseOfAPublishTurnedRelaxedIsFound) {
  std::optional<Cores> cores;
  EXPECT_EQ(wrong_histories<Box<Pair>>(3000, through_buffers(cores, kFirstWord)), 3);
}

}  // namespace
}  // namespace cohort::test
