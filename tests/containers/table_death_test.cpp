// SPDX-License-Identifier: BSL-1.0
// An actor dies at its k-th access, for every k there is, in each operation on dicts. What it leaves is enough for
// recovery: content from before or after and never between, no latch held, no block lost and none free
// twice, and the next actor works on.

#include <functional>

#include "containers/table_history.hpp"
#include "heap/death.hpp"

namespace cohort::test {
namespace {

using A = ScheduledAccess;

// The types of a dict, so that tests can be typed by them.
template <class KeyType, class ValueType>
struct Types {
  using K = KeyType;
  using V = ValueType;
  using Core = DictCore<K, V, A>;
  using Change = std::function<void(const Core&)>;
};

// Entries of words, of pairs, of strings; tables of 8 and 32 slots.
constexpr std::size_t kDictSizes[] = {24, 32, 58, 104, 424};

void add_blocks_of_dict(const ScheduledHeap& heap, Address dict, std::set<Word>& blocks) {
  blocks.insert(dict.bits());
  const table::Block block(heap.load(own_field(dict, table::kRoot)));
  if (!block) return;
  blocks.insert(block.address().bits());
  const Word used =
      table::size_of(heap.load(own_field(dict, table::kControl))) + heap.load(own_field(dict, table::kHoles));
  for (Word i = 0; i < used; ++i) {
    if (const Word entry = heap.load(block.order(i)); entry != 0) blocks.insert(entry);
  }
}

// What makes the dict that the change meets: `size` keys from 0, of which then `erased` are erased.
struct Start {
  std::int64_t size = 0;
  std::vector<std::int64_t> erased = {};
  bool open = false;  // so that values of words change without the latch
};

// `change` is what dies, `effect` the same on the model.
template <class T>
void die_everywhere(const char* name, const Start& start, const typename T::Change& change,
                    const std::function<void(DictModel&)>& effect) {
  using K = typename T::K;
  using V = typename T::V;
  using Core = typename T::Core;
  const auto items_of = [](const Core& core) {
    DictModel items;
    for (const auto& [key, value] : core.items()) {
      for (std::int64_t k = 0; k < 100; ++k) {
        if (key != element<K>(k)) continue;
        for (std::int64_t v = 0; v < 100; ++v) {
          if (value == element<V>(v)) items.emplace_back(k, v);
        }
      }
    }
    return items;
  };
  for (const Magazines magazines : kAllMagazines) {
    const bool common = magazines == Magazines::fresh || magazines == Magazines::full;
    if (is_inline<V> && !common) continue;
    bool died = true;
    int befores = 0;
    int afters = 0;
    for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
      const std::string where = std::string(name) + " of " + std::to_string(start.size) + ", magazines " +
                                std::to_string(static_cast<int>(magazines)) + ", step " +
                                std::to_string(step);
      ScheduledWindow window(1, 2);
      const ScheduledHeap& dying = window.heaps[0];
      const ScheduledHeap& other = window.heaps[1];
      const ObjectId dict = make_dict<K, V>(other);
      const Core core(other, dict.address);
      for (std::int64_t i = 0; i < start.size; ++i) core.set(element<K>(i), element<V>(i));
      for (const std::int64_t key : start.erased) core.erase(element<K>(key));
      for (Word i = 0; start.open && i < table::kCalmChanges<ScheduledAccess>; ++i)
        core.set(element<K>(0), element<V>(0));
      const DictModel before = items_of(core);
      const std::set<Word> others_blocks = prepare(dying, other, magazines, kDictSizes);

      window.schedule.add([&] { change(Core(dying, dict.address)); });
      window.schedule.die_at(0, step);
      window.schedule.run();
      died = window.schedule.died(0);
      recover(window.access, dying.actor());

      DictModel after = before;
      effect(after);
      DictModel now = items_of(core);
      EXPECT_EQ(now.size(), core.size()) << where;
      EXPECT_TRUE(now == before || now == after) << where << ": content is of neither, size " << now.size();
      (now == after ? afters : befores) += 1;
      EXPECT_TRUE(died || now == after) << where;
      std::set<Word> expected = others_blocks;
      add_blocks_of_dict(other, dict.address, expected);
      expect_exactly(other, expected, where);

      // The next ones work, with the dead actor's slot as well.
      for (const ScheduledHeap* heap : {&other, &dying}) {
        const Core next(*heap, dict.address);
        for (const std::int64_t key : {0, 1, 77, 78}) {
          next.set(element<K>(key), element<V>(88));
          model_set(now, key, 88);
        }
        next.erase(element<K>(1));
        std::erase_if(now, [](const auto& item) { return item.first == 1; });
        EXPECT_TRUE(items_of(core) == now) << where;
        for (const auto& [key, value] : now) EXPECT_EQ(core.get(element<K>(key)), element<V>(value)) << where;
      }
      lower_object(other, dict.address);
      expect_exactly(other, others_blocks, where + ", after the dict's end");
    }
    EXPECT_TRUE(::testing::Test::HasFailure() || (befores > 0 && afters > 0)) << name;
  }
}

template <class T>
class DictDeath : public ::testing::Test {};
using Dicts = ::testing::Types<Types<std::int64_t, std::int64_t>, Types<std::int64_t, Pair>,
                               Types<std::string, std::string>>;
TYPED_TEST_SUITE(DictDeath, Dicts);

TYPED_TEST(DictDeath, SetOfANewKey) {
  using K = typename TypeParam::K;
  using V = typename TypeParam::V;
  // The first one, room, a larger table, a table without the holes of this one.
  for (const Start& start : {Start{0}, Start{2}, Start{5}, Start{5, {1, 3}}, Start{5, {}, true}}) {
    die_everywhere<TypeParam>(
        "set", start, [](const auto& dict) { dict.set(element<K>(50), element<V>(51)); },
        [](DictModel& model) { model.emplace_back(50, 51); });
  }
}
TYPED_TEST(DictDeath, SetOfAKeyThatIsThere) {
  using K = typename TypeParam::K;
  using V = typename TypeParam::V;
  for (const bool open : {false, true}) {
    die_everywhere<TypeParam>(
        "set", {3, {}, open}, [](const auto& dict) { dict.set(element<K>(1), element<V>(51)); },
        [](DictModel& model) { model[1].second = 51; });
  }
}
// The change that opens the table is one like any other.
TYPED_TEST(DictDeath, SetThatOpensTheTable) {
  using K = typename TypeParam::K;
  using V = typename TypeParam::V;
  die_everywhere<TypeParam>(
      "sets", {3},
      [](const auto& dict) {
        for (Word i = 0; i < table::kCalmChanges<ScheduledAccess>; ++i)
          dict.set(element<K>(1), element<V>(51));
      },
      [](DictModel& model) { model[1].second = 51; });
}
TYPED_TEST(DictDeath, Erase) {
  using K = typename TypeParam::K;
  for (const std::int64_t key : {1, 2}) {
    die_everywhere<TypeParam>(
        "erase", {3}, [key](const auto& dict) { dict.erase(element<K>(key)); },
        [key](DictModel& model) { model.erase(model.begin() + key); });
    die_everywhere<TypeParam>(
        "erase", {3, {}, true}, [key](const auto& dict) { dict.erase(element<K>(key)); },
        [key](DictModel& model) { model.erase(model.begin() + key); });
  }
}
TYPED_TEST(DictDeath, PopitemBeforeHoles) {
  die_everywhere<TypeParam>(
      "popitem", {5, {3, 4}}, [](const auto& dict) { dict.popitem(); },
      [](DictModel& model) { model.pop_back(); });
}
TYPED_TEST(DictDeath, Clear) {
  for (const Start& start : {Start{1}, Start{12, {5}}}) {
    die_everywhere<TypeParam>(
        "clear", start, [](const auto& dict) { dict.clear(); }, [](DictModel& model) { model.clear(); });
  }
}
TYPED_TEST(DictDeath, UpdateByMany) {
  using K = typename TypeParam::K;
  using V = typename TypeParam::V;
  std::vector<std::pair<K, V>> items;
  for (const std::int64_t key : {1, 60, 61}) items.emplace_back(element<K>(key), element<V>(key + 1));
  die_everywhere<TypeParam>(
      "update", {4, {2}}, [&](const auto& dict) { dict.update(items); },
      [](DictModel& model) {
        for (const std::int64_t key : {1, 60, 61}) model_set(model, key, key + 1);
      });
}
TYPED_TEST(DictDeath, Swap) {
  using K = typename TypeParam::K;
  die_everywhere<TypeParam>(
      "swap", {3, {}, true},
      [](const auto& dict) {
        const K* missing = nullptr;
        dict.swap(element<K>(0), element<K>(2), missing);
      },
      [](DictModel& model) { std::swap(model[0].second, model[2].second); });
}

TEST(DictDeath, IncrementInPlace) {
  die_everywhere<Types<std::int64_t, std::int64_t>>(
      "increment", {3, {}, true}, [](const auto& dict) { dict.increment(2, 40); },
      [](DictModel& model) { model[2].second = 42; });
}
TEST(DictDeath, UpdateByAFunctionOfAnOpenTable) {
  die_everywhere<Types<std::int64_t, std::int64_t>>(
      "update", {3, {}, true},
      [](const auto& dict) { dict.update(2, nullptr, [](std::int64_t& value) { value += 40; }); },
      [](DictModel& model) { model[2].second = 42; });
}

// An actor dies while it destroys a dict: it is whole, or gone with all that it had.
TEST(DictDeath, LastCount) {
  bool died = true;
  for (std::uint64_t step = 1; died && !::testing::Test::HasFailure(); ++step) {
    ScheduledWindow window(1, 2);
    using Core = DictCore<std::string, std::string, A>;
    const ObjectId dict = make_dict<std::string, std::string>(window.heaps[1]);
    const Core core(window.heaps[1], dict.address);
    for (std::int64_t i = 0; i < 8; ++i) core.set(element<std::string>(i), element<std::string>(i));
    core.erase(element<std::string>(2));
    window.schedule.add([&] { lower_object(window.heaps[0], dict.address); });
    window.schedule.die_at(0, step);
    window.schedule.run();
    died = window.schedule.died(0);
    recover(window.access, window.heaps[0].actor());
    std::set<Word> expected;
    if (raise_object(window.heaps[1], dict)) {
      EXPECT_EQ(core.size(), 7U);
      add_blocks_of_dict(window.heaps[1], dict.address, expected);
    }
    expect_exactly(window.heaps[1], expected, "step " + std::to_string(step));
  }
}

}  // namespace
}  // namespace cohort::test
