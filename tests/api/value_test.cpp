// SPDX-License-Identifier: BSL-1.0
// Value<T>: the operations of std::atomic, shared by all ranks, for every type of number that fits.
#include "process/process_support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <type_traits>

namespace cohort::test {
namespace {

template <class T>
class ValueOf : public ::testing::Test {};

struct NameOfNumber {
  template <class T>
  static std::string GetName(int) {
    return (std::is_floating_point_v<T> ? "float"
            : std::is_signed_v<T>       ? "int"
                                        : "unsigned") +
           std::to_string(sizeof(T) * 8);
  }
};
using Numbers = ::testing::Types<signed char, unsigned char, short, unsigned short, int, unsigned, long,
                                 unsigned long, float, double>;
TYPED_TEST_SUITE(ValueOf, Numbers, NameOfNumber);

TYPED_TEST(ValueOf, BeginsAsItWasMade) {
  using T = TypeParam;
  on_manager([] {
    EXPECT_EQ(shared().value<T>().get(), T{});
    EXPECT_EQ(shared().value<T>(T{7}).get(), T{7});
    EXPECT_EQ(shared().value(T{8}).get(), T{8});
    EXPECT_TRUE((std::is_same_v<decltype(shared().value(T{})), Value<T>>));
  });
}

TYPED_TEST(ValueOf, KeepsEveryExtreme) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  on_manager([] {
    const auto value = shared().value<T>();
    for (const T extreme : {Limits::lowest(), Limits::max(), Limits::min(), T{0}, T{1}}) {
      value.set(extreme);
      EXPECT_EQ(value.get(), extreme);
      value.store(T{3});
      EXPECT_EQ(value.exchange(extreme), T{3});
      EXPECT_EQ(value.load(), extreme);
    }
  });
}

TYPED_TEST(ValueOf, AddsAndSubtracts) {
  using T = TypeParam;
  on_manager([] {
    const auto value = shared().value<T>(T{10});
    EXPECT_EQ(value.fetch_add(T{5}), T{10});
    EXPECT_EQ(value.fetch_sub(T{3}), T{15});
    EXPECT_EQ(value += T{2}, T{14});
    EXPECT_EQ(value -= T{4}, T{10});
    EXPECT_EQ(++value, T{11});
    EXPECT_EQ(--value, T{10});
    EXPECT_EQ(value++, T{10});
    EXPECT_EQ(value--, T{11});
    EXPECT_EQ(value.get(), T{10});
  });
}

TYPED_TEST(ValueOf, KeepsTheLargestAndTheSmallest) {
  using T = TypeParam;
  on_manager([] {
    const auto value = shared().value<T>(T{10});
    EXPECT_EQ(value.fetch_max(T{20}), T{10});
    EXPECT_EQ(value.fetch_max(T{15}), T{20});
    EXPECT_EQ(value.get(), T{20});
    EXPECT_EQ(value.fetch_min(T{30}), T{20});
    EXPECT_EQ(value.fetch_min(T{5}), T{20});
    EXPECT_EQ(value.get(), T{5});
  });
}

TYPED_TEST(ValueOf, ComparesAndExchanges) {
  using T = TypeParam;
  on_manager([] {
    const auto value = shared().value<T>(T{10});
    T expected{9};
    EXPECT_FALSE(value.compare_exchange(expected, T{11}));
    EXPECT_EQ(expected, T{10});
    EXPECT_EQ(value.get(), T{10});
    EXPECT_TRUE(value.compare_exchange(expected, T{11}));
    EXPECT_EQ(expected, T{10});
    EXPECT_EQ(value.get(), T{11});
  });
}

TYPED_TEST(ValueOf, LosesNoAdditionOfAnyRank) {
  using T = TypeParam;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto sum = shared().open<Value<T>>(std::string(test->test_suite_name()) + test->name());
  const int count = rounds(2000);
  for (int i = 0; i < count; ++i) ++sum;
  session().join();
  EXPECT_EQ(sum.get(), static_cast<T>(count * ranks()));  // the small ones wrap around
  session().join();
}

TYPED_TEST(ValueOf, WaitsUntilItChanges) {
  using T = TypeParam;
  on_manager([] {
    const auto value = shared().value<T>(T{1});
    value.wait(T{2});  // is not that
    EXPECT_TRUE(value.wait(T{2}, 1h));
    EXPECT_TRUE(value.wait(T{2}, 0s));
    EXPECT_FALSE(value.wait(T{1}, 0s));
    EXPECT_FALSE(value.wait(T{1}, -1s));
    EXPECT_FALSE(value.wait(T{1}, 5ms));
    Process process([](Value<T> to) { to.set(T{2}); }, value);
    process.start();
    EXPECT_TRUE(value.wait(T{1}, 30s));
    EXPECT_EQ(value.get(), T{2});
    process.join();
  });
}

TEST(Value, WrapsAroundAsAnAtomicDoes) {
  on_manager([] {
    const auto small = shared().value<unsigned char>(250);
    EXPECT_EQ(small += 10, 4);
    EXPECT_EQ(small -= 5, 255);
    const auto wide = shared().value<std::uint64_t>(~std::uint64_t{0});
    EXPECT_EQ(++wide, 0U);
    EXPECT_EQ(--wide, ~std::uint64_t{0});
    const auto negative = shared().value<int>(-1);
    EXPECT_EQ(negative.fetch_add(-5), -1);
    EXPECT_EQ(negative.fetch_min(-100), -6);
    EXPECT_EQ(negative.get(), -100);
  });
}

TEST(Value, BitsAreSetAndClearedByAll) {
  const auto flags = shared().open<Value<std::uint32_t>>("BitsAreSetAndClearedByAll", 0xff00'0000U);
  flags.fetch_or(1U << session().rank());
  session().join();
  EXPECT_EQ(flags.get(), 0xff00'0000U | ((1U << ranks()) - 1));
  session().join();
  flags &= ~(1U << session().rank());
  session().join();
  EXPECT_EQ(flags.get(), 0xff00'0000U);
  session().join();
  on_manager([&] {
    EXPECT_EQ(flags.fetch_and(0xf0ff'ffffU), 0xff00'0000U);
    EXPECT_EQ(flags |= 5, 0xf000'0005U);
    EXPECT_EQ(flags ^= 6, 0xf000'0003U);
    EXPECT_EQ(flags.fetch_xor(1), 0xf000'0003U);
    EXPECT_EQ(flags.fetch_or(1), 0xf000'0002U);
    EXPECT_EQ(flags &= 1, 1U);
    const auto small = shared().value<signed char>(-1);
    EXPECT_EQ(small ^= 0x0f, -16);
  });
}

TEST(Value, MayBeTrueOrFalseOrALetter) {
  on_manager([] {
    const auto flag = shared().value(false);
    EXPECT_FALSE(flag.get());
    EXPECT_FALSE(flag.exchange(true));
    bool expected = true;
    EXPECT_TRUE(flag.compare_exchange(expected, false));
    EXPECT_FALSE(flag.wait(false, 1ms));
    flag.set(true);
    flag.wait(false);
    EXPECT_TRUE(flag.get());
    const auto letter = shared().value('a');
    EXPECT_EQ(++letter, 'b');
    const auto wide = shared().value(L'x');
    EXPECT_EQ(wide.get(), L'x');
  });
}

TEST(Value, KeepsFloatingPointSpecials) {
  on_manager([] {
    const auto value = shared().value(0.5);
    EXPECT_EQ(value.fetch_add(0.25), 0.5);
    EXPECT_EQ(value.get(), 0.75);
    value.set(std::numeric_limits<double>::infinity());
    EXPECT_EQ(value.get(), std::numeric_limits<double>::infinity());
    value.set(std::numeric_limits<double>::quiet_NaN());
    EXPECT_NE(value.get(), value.get());
    value.set(std::numeric_limits<double>::denorm_min());
    EXPECT_EQ(value.get(), std::numeric_limits<double>::denorm_min());
    value.set(-0.0);
    EXPECT_TRUE(std::signbit(value.get()));
  });
}

TEST(Value, IsAHandle) {
  on_manager([] {
    const auto value = shared().value(1);
    const Value<int> same = value;
    same.set(2);
    EXPECT_EQ(value.get(), 2);
    EXPECT_TRUE(same.is_same(value));
    EXPECT_FALSE(same.is_same(shared().value(2)));
    const auto values = shared().list<Value<int>>({value, same});
    ++values.get(0);
    EXPECT_EQ(values.get(1).get(), 3);
    std::ostringstream out;
    out << value;
    EXPECT_EQ(out.str(), "3");
  });
}

TEST(Value, EmptyHandleRefusesEverything) {
  on_manager([] {
    const Value<int> empty;
    EXPECT_FALSE(empty.valid());
    int expected = 0;
    const auto refuses = [](auto act) { return has(usage_error(act), "Value"); };
    EXPECT_TRUE(refuses([&] { static_cast<void>(empty.get()); }));
    EXPECT_TRUE(refuses([&] { empty.set(1); }));
    EXPECT_TRUE(refuses([&] { empty.exchange(1); }));
    EXPECT_TRUE(refuses([&] { empty.fetch_add(1); }));
    EXPECT_TRUE(refuses([&] { empty.compare_exchange(expected, 1); }));
    EXPECT_TRUE(refuses([&] { empty.wait(0); }));
    EXPECT_TRUE(refuses([&] { empty.wait(0, 1s); }));
    auto value = shared().value(1);
    const auto moved = std::move(value);
    EXPECT_TRUE(refuses([&] { value.set(1); }));
    EXPECT_EQ(moved.get(), 1);
  });
}

TEST(Value, LivesAsLongAsAnyHandle) {
  on_manager([] {
    Held held;
    Value<int> kept;
    {
      const auto first = shared().value(5);
      kept = first;
    }
    for (int i = 0; i < 1000; ++i)
      EXPECT_EQ(shared().value(i).get(), i);  // takes the memory of those that went
    EXPECT_EQ(kept.get(), 5);
    Process process([](Value<int> to) { to.set(6); }, kept);
    kept = {};
    run_elsewhere(process);
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(Value, ExactlyOneOfAllTakesEachNumber) {
  const int numbers = rounds(500);
  const auto next = shared().open<Value<int>>("next");
  const auto taken = shared().open<List<int>>("taken", static_cast<std::size_t>(numbers), 0);
  for (;;) {
    int mine = next.get();
    while (mine < numbers && !next.compare_exchange(mine, mine + 1)) {
    }
    if (mine >= numbers) break;
    taken[mine] += 1;
  }
  session().join();
  EXPECT_EQ(taken.copy(), std::vector<int>(static_cast<std::size_t>(numbers), 1));
  session().join();
}

TEST(Value, FindsTheLargestOfAllRanks) {
  const auto largest = shared().open<Value<double>>("largest", -1.0);
  const auto smallest = shared().open<Value<int>>("smallest", 1 << 30);
  const int count = rounds(1000);
  for (int i = 0; i < count; ++i) {
    largest.fetch_max(i * ranks() + session().rank());
    smallest.fetch_min(count - i + session().rank());
  }
  session().join();
  EXPECT_EQ(largest.get(), count * ranks() - 1);
  EXPECT_EQ(smallest.get(), 1);
  session().join();
}

// Two take turns: each waits for what the other sets. Every change must end the wait for what was before.
template <class T>
void take_turns(const std::vector<T>& values) {
  const auto value = shared().value<T>(values.front());
  const auto late = shared().value<int>();
  const auto play = [](Value<T> ball, const std::vector<T>& all, std::size_t first, Value<int> slow) {
    for (std::size_t i = first; i + 1 < all.size(); i += 2) {
      const auto before = std::chrono::steady_clock::now();
      for (T seen = ball.get(); seen != all[i]; seen = ball.get()) {
        if (slow.get() != 0) return;
        const bool changed = ball.wait(seen, 6s);
        if (changed && std::chrono::steady_clock::now() - before > 3s) ++slow;
      }
      ball.set(all[i + 1]);
    }
  };
  std::vector<Process> processes;
  processes.emplace_back(play, value, values, std::size_t{0}, late);
  processes.emplace_back(play, value, values, std::size_t{1}, late);
  start_all(processes);
  join_all(processes);
  EXPECT_EQ(late.get(), 0) << "a change was noticed only when the time was over";
}

template <class T, class Make>
std::vector<T> many(Make make) {
  std::vector<T> values;
  for (int i = 0; i < rounds(400); ++i) values.push_back(make(i));
  return values;
}

TEST(ValueWait, EveryChangeOfANumberWakes) {
  on_manager([] {
    take_turns<int>(many<int>([](int i) { return i; }));
    take_turns<unsigned char>(many<unsigned char>([](int i) { return static_cast<unsigned char>(i); }));
    take_turns<bool>(many<bool>([](int i) { return i % 2 == 1; }));
    take_turns<float>(many<float>([](int i) { return static_cast<float>(i) / 4; }));
    take_turns<long>(many<long>([](int i) { return long{i} << 20; }));
  });
}

// The kernel compares four bytes: here it is always the other four that change.
TEST(ValueWait, EveryChangeOfTheUpperHalfWakes) {
  on_manager([] {
    take_turns<long>(many<long>([](int i) { return (long{i} << 32) + 5; }));
    take_turns<double>(many<double>([](int i) { return i + 1; }));
  });
}

TEST(ValueWait, ATimeoutIsKept) {
  on_manager([] {
    const auto value = shared().value(1.0);
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(value.wait(1.0, 30ms));
    EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
    EXPECT_FALSE(value.wait(1.0, std::chrono::duration<double>(0.001)));
    EXPECT_FALSE(value.wait(1.0, std::chrono::nanoseconds::min()));
  });
}

TEST(ValueWait, ManyWaitForOne) {
  on_manager([] {
    const auto start = shared().value<int>();
    const auto running = shared().value<int>();
    const auto through = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 50; ++i) {
      processes.emplace_back(
          [](Value<int> on, Value<int> gate, Value<int> out) {
            ++on;
            gate.wait(0);
            ++out;
          },
          running, start, through);
    }
    start_all(processes);
    wait_for(running, 50);
    EXPECT_EQ(through.get(), 0);
    start.set(1);
    join_all(processes);
    EXPECT_EQ(through.get(), 50);
  });
}

TEST(ValueWait, AllRanksMeetWithoutAProcess) {
  const auto arrived = shared().open<Value<int>>("all ranks meet");
  for (int round = 1; round <= rounds(200); ++round) {
    ++arrived;
    wait_for(arrived, round * ranks());
  }
  session().join();
  EXPECT_EQ(arrived.get(), rounds(200) * ranks());
  session().join();
}

}  // namespace
}  // namespace cohort::test
