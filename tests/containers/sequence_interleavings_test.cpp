// SPDX-License-Identifier: BSL-1.0
// The list's operations under thousands of chosen interleavings: every history has a sequential explanation,
// no element is ever seen half written, and no block is lost.

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cohort/containers/list_core.hpp"
#include "heap/heap_audit.hpp"
#include "heap/scheduled_heap.hpp"
#include "support/elements.hpp"
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

template <class T>
void perform(const ListCore<T, ScheduledAccess>& list, Event& event) {
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

Event draw_event(Schedule& schedule, std::size_t prefill, std::int64_t value) {
  static constexpr Call kOften[] = {
      Call::append, Call::append, Call::append, Call::pop,   Call::pop,  Call::pop_at, Call::get,  Call::get,
      Call::get,    Call::get,    Call::get,    Call::set,   Call::set,  Call::set,    Call::copy, Call::copy,
      Call::copy,   Call::insert, Call::extend, Call::erase, Call::size, Call::clear};
  Event event;
  event.call = kOften[schedule.draw(std::size(kOften))];
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

template <class T>
void try_seed(std::uint64_t seed) {
  ScheduledWindow window(seed, 3);
  Schedule& schedule = window.schedule;
  // Around the sizes at which segments and directories begin.
  static constexpr std::size_t kSizes[] = {0, 1, 2, 3, 7, 8, 15, 62, 63, 64};
  const std::size_t prefill = kSizes[schedule.draw(std::size(kSizes))];
  const ObjectId list = make_list(window.heaps[0], slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
  Model start;
  for (std::size_t i = 0; i < prefill; ++i) {
    start.push_back(static_cast<std::int64_t>(i));
    ListCore<T, ScheduledAccess>(window.heaps[0], list.address).append(to_element<T>(start.back()));
  }

  std::vector<Event> history;
  window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
    const ListCore<T, ScheduledAccess> core(heap, list.address);
    for (std::int64_t i = 0; i < 4; ++i) {
      Event event = draw_event(schedule, prefill, 100 + static_cast<std::int64_t>(actor) * 100 + i * 10);
      event.invoked = schedule.tick();
      perform(core, event);
      event.returned = schedule.tick();
      history.push_back(event);
    }
  });
  Event end;
  end.call = Call::copy;
  end.invoked = schedule.tick();
  perform(ListCore<T, ScheduledAccess>(window.heaps[0], list.address), end);
  end.returned = schedule.tick();
  history.push_back(end);

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

// Does the schedule find races at all? Structures with one protection left out, of which it must.

// Readers of two words without a version.
TEST(ScheduleFinds, TornElementOfTwoWords) {
  int torn = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed) {
    ScheduledWindow window(seed, 2);
    const Address pair(0, ScheduledWindow::kBytes - 64);
    const Pair before = to_element<Pair>(0);
    window.access.write(pair, &before, sizeof before);
    window.schedule.add([&] {
      for (std::int64_t i = 1; i < 10; ++i) {
        const Pair next = to_element<Pair>(i);
        window.access.write(pair, &next, sizeof next);
      }
    });
    window.schedule.add([&] {
      for (int i = 0; i < 10; ++i) {
        Pair seen;
        window.access.read(pair, &seen, sizeof seen);
        torn += to_number(seen) == kTorn;
      }
    });
    window.schedule.run();
  }
  EXPECT_GT(torn, 0);
}

// An append that takes no latch.
TEST(ScheduleFinds, AppendThatLosesAnElement) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 200; ++seed) {
    ScheduledWindow window(seed, 2);
    const Address size(0, ScheduledWindow::kBytes - 4096);
    std::vector<Event> history;
    window.run_all([&](const ScheduledHeap& heap, std::size_t actor) {
      for (std::int64_t i = 0; i < 3; ++i) {
        Event event;
        event.call = Call::append;
        event.value = static_cast<std::int64_t>(actor) * 10 + i;
        event.invoked = window.schedule.tick();
        const Word at = heap.load(size);
        heap.store(size + 8 * (at + 1), static_cast<Word>(event.value));
        heap.store(size, at + 1);
        event.returned = window.schedule.tick();
        history.push_back(event);
      }
    });
    Event all;
    all.call = Call::copy;
    for (Word i = 0; i < window.access.load(size); ++i) {
      all.result.push_back(static_cast<std::int64_t>(window.access.load(size + 8 * (i + 1))));
    }
    all.invoked = window.schedule.tick();
    all.returned = window.schedule.tick();
    history.push_back(all);
    wrong += !find_linearization(history, Model(), apply).linearizable;
  }
  EXPECT_GT(wrong, 50);
}

// The same list with a reader that does not look at the version again.
TEST(ScheduleFinds, ReaderWithoutAVersion) {
  int wrong = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 500; ++seed) {
    ScheduledWindow window(seed, 2);
    const ObjectId id = make_list(window.heaps[0], sizeof(Pair));
    const ListCore<Pair, ScheduledAccess> list(window.heaps[0], id.address);
    for (std::int64_t i = 0; i < 8; ++i) list.append(to_element<Pair>(i));
    window.schedule.add([&] {
      for (std::int64_t i = 0; i < 10; ++i) list.set(0, to_element<Pair>(100 + i));
    });
    window.schedule.add([&] {
      const Address root(window.heaps[1].load(own_field(id.address, 4)));
      for (int i = 0; i < 20; ++i) {
        Pair seen;
        window.access.read(Address(window.heaps[1].load(root)), &seen, sizeof seen);
        wrong += to_number(seen) == kTorn;
      }
    });
    window.schedule.run();
  }
  EXPECT_GT(wrong, 0);
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
