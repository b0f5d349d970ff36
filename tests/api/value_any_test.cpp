// SPDX-License-Identifier: BSL-1.0
// Value<T> of what is no number: read, set and updated as one.
#include "process/process_support.hpp"

#include <map>
#include <sstream>

#include "api/list_parties.hpp"

namespace cohort::test {
namespace {

struct Wide {
  long a;
  long b;
  long c;
  friend bool operator==(const Wide&, const Wide&) = default;
};
using Table = std::map<std::string, int>;

TEST(ValueOfAny, IsReadSetAndExchanged) {
  on_manager([] {
    const auto text = shared().value("begin");
    EXPECT_TRUE((std::is_same_v<decltype(text), const Value<std::string>>));
    EXPECT_EQ(text.get(), "begin");
    text.set(std::string(1000, 'x'));
    EXPECT_EQ(text.exchange("end"), std::string(1000, 'x'));
    std::ostringstream out;
    out << text;
    EXPECT_EQ(out.str(), "'end'");

    const auto wide = shared().value(Wide{1, 2, 3});
    EXPECT_EQ(wide.update([](Wide& w) { w.b = 20; }), (Wide{1, 20, 3}));
    EXPECT_EQ(wide.get(), (Wide{1, 20, 3}));
    EXPECT_EQ(shared().value<Table>().get(), Table());
    EXPECT_EQ(shared().value<std::optional<int>>().get(), std::nullopt);
  });
}

TEST(ValueOfAny, UpdateIsOneStepAndRunsOnce) {
  const auto table = session().manager().open<Value<Table>>("table");
  const auto wide = session().manager().open<Value<Wide>>("wide");
  const auto calls = session().manager().open<Value<int>>("calls");
  const int each = repetitions(2'000);
  all_parties([&](Party& party) {
    for (int n = 0; n < each; ++n) {
      table.update([&](Table& all) {
        ++all["key " + std::to_string(party.index() % 3)];
        ++calls;
      });
      wide.update([](Wide& w) { w = {w.a + 1, w.b + 1, w.c + 1}; });
      const Wide seen = wide.get();
      ASSERT_TRUE(seen.a == seen.b && seen.b == seen.c);
    }
  });
  int sum = 0;
  for (const auto& [key, count] : table.get()) sum += count;
  EXPECT_EQ(sum, Party::count() * each);
  EXPECT_EQ(calls.get(), Party::count() * each);
  EXPECT_EQ(wide.get().a, Party::count() * each);
}

TEST(ValueOfAny, AThrowChangesNothing) {
  on_manager([] {
    const auto text = shared().value<std::string>("kept");
    EXPECT_THROW(text.update([](std::string& t) {
      t = "lost";
      throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(text.get(), "kept");
    EXPECT_TRUE(
        has(usage_error([&] { text.update([&](std::string&) { text.set("x"); }); }), "its own update()"));
    EXPECT_TRUE(has(usage_error([] { Value<std::string>().get(); }), "this Value is empty"));
    EXPECT_TRUE(has(usage_error([] {
                      (void)shared().open<Value<std::string>>("a value");
                      (void)shared().open<Value<int>>("a value");
                    }),
                    "not a cohort::Value<int>"));
  });
}

TEST(ValueOfAny, MayHoldAHandle) {
  on_manager([] {
    const auto current = shared().value(shared().list<int>({1}));
    const auto before = current.get();
    current.set(shared().list<int>({2, 3}));
    Process process([](Value<List<int>> value) { value.get().append(4); }, current);
    run_elsewhere(process);
    EXPECT_EQ(current.get(), (std::vector<int>{2, 3, 4}));
    EXPECT_EQ(before, (std::vector<int>{1}));
  });
}

TEST(ValueOfAny, OneThatDoesNotFitIsNotMade) {
  on_manager([] {
    EXPECT_THROW((void)shared().value(std::string(std::size_t{1} << 30, 'x')), OutOfSharedMemory);
    const auto text = shared().value("small");
    EXPECT_THROW(text.set(std::string(std::size_t{1} << 30, 'x')), OutOfSharedMemory);
    EXPECT_EQ(text.get(), "small");
  });
}

}  // namespace
}  // namespace cohort::test
