// SPDX-License-Identifier: BSL-1.0
// What CPython's own tests of Value mean (_TestValue, _TestSharedCTypes, TestSyncManagerTypes), in our words.
#include <limits>
#include <map>

#include "process/process_support.hpp"

namespace cohort::test {
namespace {

// One of each size, made here, changed there (_TestValue.test_value and test_rawvalue).
TEST(CPythonValue, EveryTypeIsWhatItWasMadeAndThenWhatAProcessMadeIt) {
  on_manager([] {
    const auto letter = shared().value('p');
    const auto small = shared().value(short{-17});
    const auto whole = shared().value(1001);
    const auto wide = shared().value(std::int64_t{1} << 40);
    const auto real = shared().value(-0.375);
    EXPECT_EQ(letter.get(), 'p');
    EXPECT_EQ(small.get(), -17);
    EXPECT_EQ(whole.get(), 1001);
    EXPECT_EQ(wide.get(), std::int64_t{1} << 40);
    EXPECT_EQ(real.get(), -0.375);
    Process process(
        [](Value<char> a, Value<short> b, Value<int> c, Value<std::int64_t> d, Value<double> e) {
          a.set('q');
          b.set(18);
          c.set(-2002);
          d.set(-(std::int64_t{1} << 41));
          e.set(8.125);
        },
        letter, small, whole, wide, real);
    process.start();
    process.join();
    EXPECT_EQ(letter.get(), 'q');
    EXPECT_EQ(small.get(), 18);
    EXPECT_EQ(whole.get(), -2002);
    EXPECT_EQ(wide.get(), -(std::int64_t{1} << 41));
    EXPECT_EQ(real.get(), 8.125);
  });
}

// The other process finds what was put there before it began (TestSyncManagerTypes.test_value).
TEST(CPythonValue, AProcessSeesWhatItWasAndItsParentWhatItBecame) {
  on_manager([] {
    const auto value = shared().value(1);
    value.set(10);
    Process process(
        [](Value<int> theirs) {
          if (theirs.get() != 10) throw std::runtime_error("another value");
          theirs.set(20);
        },
        value);
    process.start();
    process.join();
    EXPECT_EQ(process.exitcode(), 0);
    EXPECT_EQ(value.get(), 20);
  });
}

struct Fields {
  int x;
  double y;
  std::int64_t z;
  friend bool operator==(const Fields&, const Fields&) = default;
};

// All of these are twice as much afterwards (_TestSharedCTypes.test_sharedctypes and test_synchronize). What
// is two calls with a lock around them there is one step here.
TEST(CPythonValue, AProcessDoublesNumbersAndFieldsInPlace) {
  on_manager([] {
    const auto whole = shared().value(21);
    const auto real = shared().value(1.0 / 7);
    const auto fields = shared().value(Fields{4, 1.5, std::int64_t{1} << 35});
    Process process(
        [](Value<int> a, Value<double> b, Value<Fields> c) {
          a += a.get();
          double seen = b.get();
          while (!b.compare_exchange(seen, 2 * seen)) {
          }
          c.update([](Fields& f) { f = {2 * f.x, 2 * f.y, 2 * f.z}; });
        },
        whole, real, fields);
    process.start();
    process.join();
    EXPECT_EQ(whole.get(), 42);
    EXPECT_EQ(real.get(), 2.0 / 7);
    EXPECT_EQ(fields.get(), (Fields{8, 3.0, std::int64_t{1} << 36}));
  });
}

// A copy does not follow the original (_TestSharedCTypes.test_copy); a copied handle is no copy.
TEST(CPythonValue, ACopyKeepsWhatTheOriginalWas) {
  on_manager([] {
    const auto original = shared().value(Fields{2, 5.0, 9});
    const Fields local = original.get();
    const auto another = shared().value(original.get());
    const Value<Fields> same = original;
    original.set({0, 0.0, 0});
    EXPECT_EQ(local, (Fields{2, 5.0, 9}));
    EXPECT_EQ(another.get(), (Fields{2, 5.0, 9}));
    EXPECT_EQ(same.get(), (Fields{0, 0.0, 0}));
  });
}

// There is no get_lock(): each operation has it built in (_TestValue.test_getobj_getlock differs).
TEST(CPythonValue, NoIncrementIsLostAlthoughThereIsNoLock) {
  on_manager([] {
    const int count = rounds(200);
    const auto number = shared().value(0);
    const auto tally = shared().value(std::map<std::string, int>());
    std::vector<Process> processes;
    for (int n = 0; n < 4; ++n) {
      processes.emplace_back(
          [](Value<int> sum, Value<std::map<std::string, int>> all, int times) {
            for (int i = 0; i < times; ++i) {
              sum += 1;
              all.update([](std::map<std::string, int>& names) { ++names[names.empty() ? "a" : "b"]; });
            }
          },
          number, tally, count);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(number.get(), 4 * count);
    EXPECT_EQ(tally.get(), (std::map<std::string, int>{{"a", 1}, {"b", 4 * count - 1}}));
  });
}

// What stands in the `with value.get_lock():` block may fail; here nothing has changed then.
TEST(CPythonValue, AChangeThatFailsIsNone) {
  on_manager([] {
    const auto text = shared().value("before");
    const auto fail = [](std::string& all) {
      all += " and half";
      throw std::runtime_error("no");
    };
    EXPECT_THROW(text.update(fail), std::runtime_error);
    EXPECT_EQ(text.get(), "before");
  });
}

// Python's ctypes do not check for an overflow either.
TEST(CPythonValue, NumbersWrapAroundAsCtypesDo) {
  on_manager([] {
    const auto byte = shared().value<unsigned char>(250);
    EXPECT_EQ(byte += 10, 4);
    EXPECT_EQ(byte -= 5, 255);
    const auto small = shared().value(std::numeric_limits<short>::max());
    EXPECT_EQ(++small, std::numeric_limits<short>::min());
    const auto whole = shared().value(std::numeric_limits<int>::max());
    EXPECT_EQ(whole += 1, std::numeric_limits<int>::min());
    EXPECT_EQ(whole.fetch_sub(1), std::numeric_limits<int>::min());
    EXPECT_EQ(whole.get(), std::numeric_limits<int>::max());
    const auto wide = shared().value(std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(wide--, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(wide.get(), std::numeric_limits<std::int64_t>::max());
  });
}

// A manager's Value takes any object, and gives a copy of it.
TEST(CPythonValue, MayBeOfAnyTypeThatTravels) {
  on_manager([] {
    const auto names = shared().value(std::vector<std::string>{"ann", "bob"});
    auto mine = names.get();
    mine.push_back("only here");
    EXPECT_EQ(names.get().size(), 2U);
    names.set(mine);
    EXPECT_EQ(names.get().back(), "only here");
    const auto nothing = shared().value(std::optional<int>());
    EXPECT_FALSE(nothing.get());
    nothing.set(3);
    EXPECT_EQ(nothing.get(), 3);
  });
}

}  // namespace
}  // namespace cohort::test
