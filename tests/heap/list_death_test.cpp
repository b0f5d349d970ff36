// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, in each operation on lists. What it leaves is enough for
// recovery: content from before or after and never between, no latch held, no block lost and none free twice,
// and the next actor works on.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cohort/containers/list_core.hpp"
#include "heap/death.hpp"
#include "heap/list_blocks.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

template <class T>
using Model = std::vector<T>;
template <class T>
using Core = ListCore<T, A>;
template <class T>
using Change = std::function<void(const Core<T>&)>;
template <class T>
using Effect = std::function<void(Model<T>&)>;

// `change` is what dies, `effect` the same on a vector.
template <class T>
void die_everywhere(const char* name, std::size_t size, const Change<T>& change, const Effect<T>& effect) {
  for (const Magazines magazines : kAllMagazines) {
    // Lists of blobs go through all that the others do, and more.
    const bool common = magazines == Magazines::fresh || magazines == Magazines::full;
    if (is_inline<T> && !common) continue;
    bool died = true;
    int befores = 0;
    int afters = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where = std::string(name) + ", magazines " +
                                std::to_string(static_cast<int>(magazines)) + ", step " +
                                std::to_string(step);
      ScheduledWindow window(1, 2);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ObjectId list = make_list(other, slot_bytes<T>, is_inline<T> ? 0 : kBlobFlag);
      Model<T> before;
      for (std::size_t i = 0; i < size; ++i) before.push_back(element<T>(static_cast<std::int64_t>(i)));
      Core<T>(other, list.address).extend(std::span<const T>(before));
      const std::set<Word> others_blocks = prepare(dying, other, magazines);

      window.schedule.add([&] { change(Core<T>(dying, list.address)); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, dying.actor());

      const Core<T> core(other, list.address);
      Model<T> after = before;
      effect(after);
      Model<T> now = core.copy();
      EXPECT_TRUE(now == before || now == after) << where << ": content is of neither, size " << now.size();
      (now == after ? afters : befores) += 1;
      EXPECT_TRUE(died || now == after) << where;
      std::set<Word> expected = others_blocks;
      add_blocks_of(other, list.address, expected);
      expect_exactly(other, expected, where);

      // The next ones work, with the dead actor's slot as well.
      for (const ScheduledHeap* heap : {&other, &dying}) {
        Core<T>(*heap, list.address).append(element<T>(77));
        now.push_back(element<T>(77));
        Core<T>(*heap, list.address).insert(0, element<T>(78));
        now.insert(now.begin(), element<T>(78));
        EXPECT_TRUE(core.copy() == now) << where;
      }
      lower_object(other, list.address);
      expect_exactly(other, others_blocks, where + ", after the list's end");
    }
    EXPECT_TRUE(::testing::Test::HasFailure() || (befores > 0 && afters > 0)) << name;
  }
}

template <class T>
class ListDeath : public ::testing::Test {};
using Elements = ::testing::Types<std::int64_t, Pair, std::string>;
TYPED_TEST_SUITE(ListDeath, Elements);

TYPED_TEST(ListDeath, Append) {
  using T = TypeParam;
  for (const std::size_t size : {0, 3, 8, 64}) {  // empty, room, a new segment, a new directory
    die_everywhere<T>(
        "append", size, [](const Core<T>& list) { list.append(element<T>(5)); },
        [](Model<T>& model) { model.push_back(element<T>(5)); });
  }
}
TYPED_TEST(ListDeath, Extend) {
  using T = TypeParam;
  Model<T> more;
  for (std::int64_t i = 50; i < 62; ++i) more.push_back(element<T>(i));
  for (const std::size_t size : {0, 5, 60}) {
    die_everywhere<T>(
        "extend", size, [&](const Core<T>& list) { list.extend(std::span<const T>(more)); },
        [&](Model<T>& model) { model.insert(model.end(), more.begin(), more.end()); });
  }
}
TYPED_TEST(ListDeath, Pop) {
  using T = TypeParam;
  for (const std::size_t size : {1, 9}) {
    die_everywhere<T>(
        "pop", size, [](const Core<T>& list) { list.pop(-1); }, [](Model<T>& model) { model.pop_back(); });
  }
}
TYPED_TEST(ListDeath, Set) {
  using T = TypeParam;
  die_everywhere<T>(
      "set", 3, [](const Core<T>& list) { list.set(1, element<T>(5)); },
      [](Model<T>& model) { model[1] = element<T>(5); });
}
TYPED_TEST(ListDeath, Insert) {
  using T = TypeParam;
  for (const std::size_t size : {3, 8, 20}) {
    die_everywhere<T>(
        "insert", size, [](const Core<T>& list) { list.insert(1, element<T>(5)); },
        [](Model<T>& model) { model.insert(model.begin() + 1, element<T>(5)); });
  }
}
TYPED_TEST(ListDeath, Erase) {
  using T = TypeParam;
  for (const std::size_t size : {3, 17}) {
    die_everywhere<T>(
        "erase", size, [](const Core<T>& list) { list.erase(0); },
        [](Model<T>& model) { model.erase(model.begin()); });
  }
}
TYPED_TEST(ListDeath, Clear) {
  using T = TypeParam;
  die_everywhere<T>(
      "clear", 20, [](const Core<T>& list) { list.clear(); }, [](Model<T>& model) { model.clear(); });
}
TYPED_TEST(ListDeath, SetOfASlice) {
  using T = TypeParam;
  const Model<T> two = {element<T>(5), element<T>(6)};
  die_everywhere<T>(
      "set_slice", 12, [&](const Core<T>& list) { list.set_slice(2, 9, 1, std::span<const T>(two)); },
      [&](Model<T>& model) {
        model.erase(model.begin() + 2, model.begin() + 9);
        model.insert(model.begin() + 2, two.begin(), two.end());
      });
}

// A handle dropped in an update() begins an operation while the list's latch is held; the record of the
// actor's operation before, on the same list, must not be taken for its own.
TEST(Death, OperationInsideAnEditDoesNotReplayTheOneBefore) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    ScheduledWindow window(1, 2);
    const ScheduledHeap& dying = window.heaps[0];
    const ObjectId list = make_list(window.heaps[1], sizeof(Pair));
    const ObjectId inner = make_list(window.heaps[1], sizeof(Word));
    const Core<Pair> mine(dying, list.address);
    const Core<Pair> others(window.heaps[1], list.address);
    mine.append(element<Pair>(1));
    mine.set(0, element<Pair>(2));
    others.set(0, element<Pair>(3));
    others.append(element<Pair>(4));
    window.schedule.add([&] { mine.update(0, [&](Pair&) { lower_object(dying, inner.address); }); });
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    recover(window.access, dying.actor());
    EXPECT_EQ(others.copy(), (Model<Pair>{element<Pair>(3), element<Pair>(4)})) << "step " << step;
  }
}

}  // namespace
}  // namespace cohort::test
