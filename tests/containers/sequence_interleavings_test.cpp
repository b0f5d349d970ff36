// SPDX-License-Identifier: BSL-1.0
// The list's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no element is ever seen half written, and no block is lost. And with a protection left out, it shows.

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cohort/containers/list_core.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/buffered_access.hpp"
#include "support/elements.hpp"
#include "support/erring_access.hpp"
#include "support/linearizability.hpp"

namespace cohort::test {
namespace {

enum class Call { append, extend, pop, pop_at, get, set, insert, erase, copy, size, clear };
constexpr const char* kNames[] = {"append", "extend", "pop",  "pop_at", "get",  "set",
                                  "insert", "erase",  "copy", "size",   "clear"};

struct Event {
  Call call = Call::size;
  std::int64_t index = 0;
  std::int64_t value = 0;
  std::vector<std::int64_t> result;  // empty: it threw out_of_range, or has none
  bool failed = false;
  std::int64_t invoked = 0;
  std::int64_t returned = 0;
};
using Model = std::vector<std::int64_t>;

// Performs the event on the model. False: it would have had another result.
bool apply(Model& model, const Event& event) {
  const auto size = static_cast<std::int64_t>(model.size());
  const std::int64_t at = event.index + (event.index < 0 ? size : 0);
  const bool inside = at >= 0 && at < size;
  const auto is = [&event](const Model& expected) { return !event.failed && event.result == expected; };
  switch (event.call) {
    case Call::append:
      model.push_back(event.value);
      return is({});
    case Call::extend:
      model.insert(model.end(), {event.value, event.value + 1, event.value + 2});
      return is({});
    case Call::pop:
    case Call::pop_at: {
      if (!inside) return event.failed;
      const Model expected = {model[static_cast<std::size_t>(at)]};
      model.erase(model.begin() + at);
      return is(expected);
    }
    case Call::get:
      return inside ? is({model[static_cast<std::size_t>(at)]}) : event.failed;
    case Call::set:
      if (!inside) return event.failed;
      model[static_cast<std::size_t>(at)] = event.value;
      return is({});
    case Call::insert:
      model.insert(model.begin() + std::clamp<std::int64_t>(at, 0, size), event.value);
      return is({});
    case Call::erase:
      if (!inside) return event.failed;
      model.erase(model.begin() + at);
      return is({});
    case Call::copy:
      return is(model);
    case Call::size:
      return is({size});
    case Call::clear:
      model.clear();
      return is({});
  }
  return false;
}

template <class T, class A>
void perform(const ListCore<T, A>& list, Event& event) {
  try {
    switch (event.call) {
      case Call::append:
        list.append(to_element<T>(event.value));
        break;
      case Call::extend: {
        const std::vector<T> three = {to_element<T>(event.value), to_element<T>(event.value + 1),
                                      to_element<T>(event.value + 2)};
        list.extend(three);
        break;
      }
      case Call::pop:
      case Call::pop_at:
        event.result = {to_number(list.pop(event.index))};
        break;
      case Call::get:
        event.result = {to_number(list.get(event.index))};
        break;
      case Call::set:
        list.set(event.index, to_element<T>(event.value));
        break;
      case Call::insert:
        list.insert(event.index, to_element<T>(event.value));
        break;
      case Call::erase:
        list.erase(event.index);
        break;
      case Call::copy:
        for (const T& element : list.copy()) event.result.push_back(to_number(element));
        break;
      case Call::size:
        event.result = {static_cast<std::int64_t>(list.size())};
        break;
      case Call::clear:
        list.clear();
        break;
    }
  } catch (const std::out_of_range&) {
    event.failed = true;
  }
}

constexpr Call kOften[] = {Call::append, Call::append, Call::append, Call::pop,  Call::pop,  Call::pop_at,
                           Call::get,    Call::get,    Call::get,    Call::get,  Call::get,  Call::set,
                           Call::set,    Call::set,    Call::copy,   Call::copy, Call::copy, Call::insert,
                           Call::extend, Call::erase,  Call::size,   Call::clear};
constexpr Call kLooks[] = {Call::get, Call::get, Call::copy, Call::copy, Call::size};

Event draw_event(Schedule& schedule, std::size_t prefill, std::int64_t value, std::span<const Call> calls) {
  Event event;
  event.call = calls[schedule.draw(calls.size())];
  if (event.call == Call::clear && schedule.draw(4) != 0) event.call = Call::size;
  event.value = value;
  const auto span = static_cast<std::int64_t>(std::min<std::size_t>(prefill, 4) + 2);
  const auto near = static_cast<std::int64_t>(schedule.draw(static_cast<std::uint64_t>(span)));
  switch (schedule.draw(4)) {
    case 0:
      event.index = near;
      break;
    case 1:
      event.index = std::max<std::int64_t>(0, static_cast<std::int64_t>(prefill) - 2 + near);
      break;
    default:
      event.index = -1 - near / 2;
      break;
  }
  if (event.call == Call::pop) event.index = -1;
  return event;
}

std::string describe(const std::vector<Event>& history, const Verdict& verdict) {
  std::string text;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Event& e = history[i];
    const auto at = std::find(verdict.order.begin(), verdict.order.end(), i);
    text += "\n  [" + std::to_string(e.invoked) + ", " + std::to_string(e.returned) + "] " +
            kNames[static_cast<int>(e.call)] + " index " + std::to_string(e.index) + " value " +
            std::to_string(e.value) + (e.failed ? " failed" : " ->");
    for (const auto x : e.result) text += " " + std::to_string(x);
    text += at == verdict.order.end() ? "  (fits nowhere)"
                                      : "  (number " + std::to_string(at - verdict.order.begin()) + ")";
  }
  return text;
}

// Around the sizes at which segments and directories begin.
constexpr std::size_t kSizes[] = {0, 1, 2, 3, 7, 8, 15, 62, 63, 64};

template <class T>
Model fill(const ScheduledHeap& heap, ObjectId list, std::size_t prefill) {
  Model start;
  for (std::size_t i = 0; i < prefill; ++i) {
    start.push_back(static_cast<std::int64_t>(i));
    ListCore<T, ScheduledAccess>(heap, list.address).append(to_element<T>(start.back()));
  }
  return start;
}

// What one seed's actors did, each through the access that make_access gives to it: the first one `calls`, the others
// `others_calls`.
template <class T, class MakeAccess>
std::vector<Event> history_of(ScheduledWindow& window, ObjectId list, std::size_t prefill,
                              std::span<const Call> calls, std::span<const Call> others_calls,
                              MakeAccess make_access) {
  Schedule& schedule = window.schedule;
  std::vector<Event> history;
  const auto record = [&](const auto& core, const auto& access, Event event) {
    event.invoked = schedule.tick();
    perform(core, event);
    if constexpr (requires { access.drain(); }) access.drain();
    event.returned = schedule.tick();
    history.push_back(event);
  };
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const auto access = make_access(actor);
    using A = std::remove_const_t<decltype(access)>;
    const ListCore<T, A> core(Heap<A>(access, heap.actor()), list.address);
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto value = 100 + static_cast<std::int64_t>(actor) * 100 + i * 10;
      record(core, access, draw_event(schedule, prefill, value, actor == 0 ? calls : others_calls));
    }
  });
  Event end;
  end.call = Call::copy;
  record(ListCore<T, ScheduledAccess>(window.heaps[0], list.address), window.access, end);
  return history;
}

template <class T>
void try_seed(std::uint64_t seed) {
  ScheduledWindow window(seed, 3);
  const std::size_t prefill = kSizes[window.schedule.draw(std::size(kSizes))];
  const ObjectId list = make_list(window.heaps[0], slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
  const Model start = fill<T>(window.heaps[0], list, prefill);
  const auto history =
      history_of<T>(window, list, prefill, kOften, kOften, [&](std::size_t) { return window.access; });

  const Verdict verdict = find_linearization(history, start, apply);
  ASSERT_TRUE(verdict.linearizable) << "COHORT_TEST_SEED=" << seed << ", " << prefill << " elements at first"
                                    << describe(history, verdict);

  const Audit audit = audit_heap(window.heaps[0]);
  ASSERT_TRUE(audit.problems.empty()) << "COHORT_TEST_SEED=" << seed << "\n" << audit.text();
  lower_object(window.heaps[0], list.address);
  ASSERT_TRUE(audit_heap(window.heaps[0]).live.empty()) << "COHORT_TEST_SEED=" << seed << ": blocks are lost";
}

template <class T>
void try_seeds(int seeds) {
  for (std::uint64_t seed = first_seed(); seeds != 0; --seeds, ++seed) {
    try_seed<T>(seed);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(SequenceInterleavings, WordsAreLinearizable) { try_seeds<std::int64_t>(2500); }
TEST(SequenceInterleavings, BytesAreLinearizable) { try_seeds<std::uint16_t>(500); }
TEST(SequenceInterleavings, ElementsOfTwoWordsAreNeverTorn) { try_seeds<Pair>(2000); }
TEST(SequenceInterleavings, BlobsAreLinearizable) { try_seeds<std::string>(2000); }

// The last element is asked for while the list grows and an element below is replaced: the index must not be
// resolved against one size and read at another.
TEST(SequenceInterleavings, NegativeIndexIsReadAtTheSizeThatItWasResolvedAgainst) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 2000; ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId id = make_list(window.heaps[0], sizeof(std::int64_t));
    const ListCore<std::int64_t, ScheduledAccess> writer(window.heaps[0], id.address);
    const ListCore<std::int64_t, ScheduledAccess> reader(window.heaps[1], id.address);
    writer.append(1);
    std::int64_t last = 0;
    window.schedule.add([&] {
      writer.append(2);
      writer.set(0, 3);  // never the last one
    });
    window.schedule.add([&] { last = reader.get(-1); });
    window.schedule.run();
    ASSERT_NE(last, 3) << "COHORT_TEST_SEED=" << seed;
  }
}

// Does the schedule find races at all? The same list over an access that leaves one protection out, of which it must.

// How many of the seeds had a history that no list has; three are enough. make_access(window, list) gives what gives
// each actor its access.
template <class T, class MakeAccess>
int wrong_histories(int seeds, std::span<const Call> calls, std::span<const Call> others_calls,
                    MakeAccess make_access) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seeds != 0 && wrong < 3; --seeds, ++seed) {
    ScheduledWindow window(seed, 3);
    const std::size_t prefill = kSizes[window.schedule.draw(std::size(kSizes))];
    const ObjectId list = make_list(window.heaps[0], slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
    const Model start = fill<T>(window.heaps[0], list, prefill);
    try {
      const auto history =
          history_of<T>(window, list, prefill, calls, others_calls, make_access(window, list.address));
      wrong += !find_linearization(history, start, apply).linearizable;
    } catch (const std::exception&) {
      ++wrong;  // it lost its way altogether
    }
  }
  return wrong;
}

// One that changes, and two that look: changes that do not know of each other would spoil the heap.
template <class T>
int wrong_looks(Defect defect, int seeds, std::span<const Call> calls = kOften) {
  return wrong_histories<T>(seeds, calls, kLooks, [defect](ScheduledWindow& window, Address list) {
    return [&window, list, defect](std::size_t) {
      return ErringAccess(window.access, ErringWords::of(list), defect);
    };
  });
}
TEST(ScheduleFinds, NothingWithoutADefect) {
  EXPECT_EQ(wrong_looks<std::int64_t>(Defect::none, 300), 0);
  EXPECT_EQ(wrong_looks<Pair>(Defect::none, 300), 0);
}
TEST(ScheduleFinds, VersionNotChecked) { EXPECT_EQ(wrong_looks<Pair>(Defect::version_not_checked, 3000), 3); }
TEST(ScheduleFinds, MovingNotSet) { EXPECT_EQ(wrong_looks<Pair>(Defect::moving_not_set, 3000), 3); }
TEST(ScheduleFinds, WritesNotCounted) {
  static constexpr Call kSets[] = {Call::set};
  EXPECT_EQ(wrong_looks<std::int64_t>(Defect::writes_not_counted, 6000, kSets), 3);
}
TEST(ScheduleFinds, PublishedBeforeTheSlot) {
  EXPECT_EQ(wrong_looks<std::int64_t>(Defect::published_before_the_data, 3000), 3);
  EXPECT_EQ(wrong_looks<Pair>(Defect::published_before_the_data, 3000), 3);
}

// Three that append.
int lost_appends(Defect defect, int seeds) {
  static constexpr Call kAppends[] = {Call::append};
  return wrong_histories<std::int64_t>(
      seeds, kAppends, kAppends, [defect](ScheduledWindow& window, Address list) {
        return [&window, words = ErringWords::of(list), defect](std::size_t) {
          return ErringAccess(window.access, words, defect);
        };
      });
}
TEST(ScheduleFinds, LatchFreedBeforeTheSlotIsWritten) {
  EXPECT_EQ(lost_appends(Defect::none, 200), 0);
  EXPECT_EQ(lost_appends(Defect::freed_too_early, 1000), 3);
}
TEST(ScheduleFinds, LatchTakenInTwoSteps) { EXPECT_EQ(lost_appends(Defect::taken_in_two_steps, 1000), 3); }

// Cores with store buffers. `relaxed(list, address)` says which stores do not release.
template <class T, class Relaxed>
int wrong_through_buffers(int seeds, std::span<const Call> calls, std::span<const Call> others_calls,
                          Relaxed relaxed) {
  std::optional<Cores> cores;
  return wrong_histories<T>(seeds, calls, others_calls, [&](ScheduledWindow& window, Address list) {
    cores.emplace(window.schedule, window.heaps.size());
    cores->relaxed = [list, relaxed](Address a) { return relaxed(list, a); };
    Heap<BufferedAccess>::forget_readable();
    return [&cores](std::size_t actor) { return BufferedAccess(*cores, actor); };
  });
}
TEST(SequenceInterleavings, AreLinearizableThroughStoreBuffers) {
  const auto nothing = [](Address, Address) { return false; };
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(800, kOften, kOften, nothing), 0);
  EXPECT_EQ(wrong_through_buffers<Pair>(600, kOften, kOften, nothing), 0);
  EXPECT_EQ(wrong_through_buffers<std::string>(400, kOften, kOften, nothing), 0);
}
TEST(ScheduleFinds, ReleaseOfThePublishTurnedRelaxed) {
  const auto control = [](Address list, Address a) { return a == own_field(list, 0); };
  EXPECT_EQ(wrong_through_buffers<std::int64_t>(3000, kOften, kLooks, control), 3);
}
TEST(ScheduleFinds, ReleaseOfASlotTurnedRelaxed) {
  // All bytes but the object's own line, the heads and the tables: a slot overtakes the raised moves.
  const auto slots = [](Address list, Address a) {
    return a.offset() > kPageTableOffset && (a < list || a >= own_field(list, 8));
  };
  static constexpr Call kSets[] = {Call::set};
  EXPECT_EQ(wrong_through_buffers<Pair>(6000, kSets, kLooks, slots), 3);
}

TEST(ScheduleFinds, SameSeedGivesTheSameHistory) {
  const auto history = [](std::uint64_t seed) {
    ScheduledWindow window(seed, 3);
    const ObjectId id = make_list(window.heaps[0], 8);
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      for (std::int64_t i = 0; i < 5; ++i)
        ListCore<std::int64_t, ScheduledAccess>(heap, id.address).append(static_cast<std::int64_t>(actor));
    });
    return ListCore<std::int64_t, ScheduledAccess>(window.heaps[0], id.address).copy();
  };
  std::set<std::vector<std::int64_t>> all;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 20; ++seed) {
    EXPECT_EQ(history(seed), history(seed));
    all.insert(history(seed));
  }
  EXPECT_GT(all.size(), 5U);
}

}  // namespace
}  // namespace cohort::test
