// SPDX-License-Identifier: BSL-1.0
// Arguments of every kind arrive as they were when the Process was made.
#include "process/process_support.hpp"

#include <array>
#include <boost/serialization/access.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>
#include <variant>

namespace cohort::test {
namespace {

struct Point {
  double x;
  double y;
};

struct Address {
  std::string street;
  std::vector<int> numbers;
  bool operator==(const Address&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& street& numbers;
  }
};

class Person {
 public:
  Person() = default;
  Person(std::string name, Address address) : name_(std::move(name)), address_(std::move(address)) {}
  const std::string& name() const { return name_; }
  const Address& address() const { return address_; }

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name_& address_;
  }
  std::string name_;
  Address address_;
};

struct Job {
  std::string name;
  List<int> results;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name& results;
  }
};

enum class Colour : unsigned char { red = 3, green = 200 };

// Runs the target with the arguments, elsewhere, and expects it to end well.
template <class... Args>
void run(Args&&... args) {
  Process process(std::forward<Args>(args)...);
  run_elsewhere(process);
  EXPECT_EQ(process.exitcode(), 0);
}

TEST(ProcessArgument, NoneAtAll) {
  on_manager([] { run([] {}); });
}

TEST(ProcessArgument, AStringLiteralArrivesAsAString) {
  on_manager([] {
    run(
        [](const auto& text) {
          EXPECT_TRUE((std::is_same_v<decltype(text), const std::string&>));
          EXPECT_EQ(text, "literal");
        },
        "literal");
    char buffer[16] = "before";
    Process process([](const std::string& text) { EXPECT_EQ(text, "before"); }, buffer);
    std::copy_n("after!", 7, buffer);
    run_elsewhere(process);
  });
}

TEST(ProcessArgument, StringsOfAnyLengthAndContent) {
  on_manager([] {
    run([](const std::string& text) { EXPECT_EQ(text, ""); }, std::string());
    run([](std::string text) { EXPECT_EQ(text, std::string("a\0b\xff", 4)); }, std::string("a\0b\xff", 4));
    run(
        [](std::string text) {
          EXPECT_EQ(text.size(), 1'000'000U);
          EXPECT_EQ(text.find_first_not_of('x'), text.npos);
        },
        std::string(1'000'000, 'x'));
    run(
        [](std::wstring wide, std::u16string sixteen) {
          EXPECT_EQ(wide, L"wide \u20ac");
          EXPECT_EQ(sixteen, u"sixteen");
        },
        std::wstring(L"wide \u20ac"), std::u16string(u"sixteen"));
  });
}

TEST(ProcessArgument, NumbersAndEnumerations) {
  on_manager([] {
    run(
        [](bool yes, char c, double d, float f, std::uint64_t big, Colour colour, long double wide) {
          EXPECT_TRUE(yes);
          EXPECT_EQ(c, 'c');
          EXPECT_EQ(d, -0.1);
          EXPECT_EQ(f, 1e30F);
          EXPECT_EQ(big, ~std::uint64_t{0});
          EXPECT_EQ(colour, Colour::green);
          EXPECT_EQ(wide, 0.1L);
        },
        true, 'c', -0.1, 1e30F, ~std::uint64_t{0}, Colour::green, 0.1L);
  });
}

TEST(ProcessArgument, AStructAsItIs) {
  on_manager([] {
    run(
        [](Point a, const Point& b) {
          EXPECT_EQ(a.x + a.y, 3);
          EXPECT_EQ(b.x - b.y, 4);
        },
        Point{1, 2}, Point{7, 3});
  });
}

TEST(ProcessArgument, AClassWithSerialize) {
  on_manager([] {
    run(
        [](const Address& address, const Person& person, Person copy) {
          EXPECT_EQ(address, (Address{"Allee", {1, 2, 3}}));
          EXPECT_EQ(person.name(), "Ada");
          EXPECT_EQ(copy.address(), (Address{"Weg", {4}}));
        },
        Address{"Allee", {1, 2, 3}}, Person("Ada", {"Gasse", {}}), Person("Bob", {"Weg", {4}}));
  });
}

TEST(ProcessArgument, VectorsAndArrays) {
  on_manager([] {
    std::vector<int> numbers(100'000);
    std::iota(numbers.begin(), numbers.end(), 0);
    run(
        [](const std::vector<int>& values, std::vector<std::vector<std::string>> nested,
           std::vector<double> none) {
          EXPECT_EQ(values.size(), 100'000U);
          for (int i = 0; i < 100'000; i += 999) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
          EXPECT_EQ(nested, (std::vector<std::vector<std::string>>{{"a", "b"}, {}, {"c"}}));
          EXPECT_TRUE(none.empty());
        },
        numbers, std::vector<std::vector<std::string>>{{"a", "b"}, {}, {"c"}}, std::vector<double>{});
    run(
        [](std::array<int, 3> inline_ones, const std::array<std::string, 2>& texts) {
          EXPECT_EQ(inline_ones, (std::array{1, 2, 3}));
          EXPECT_EQ(texts, (std::array<std::string, 2>{"x", "y"}));
        },
        std::array{1, 2, 3}, std::array<std::string, 2>{"x", "y"});
  });
}

TEST(ProcessArgument, MapsAndSets) {
  on_manager([] {
    const std::map<std::string, std::vector<int>> lines = {{"one", {1}}, {"none", {}}};
    const std::unordered_map<int, std::string> names = {{1, "a"}, {2, "b"}};
    run(
        [](const std::map<std::string, std::vector<int>>& map, std::unordered_map<int, std::string> hashed,
           std::set<std::pair<int, int>> pairs) {
          EXPECT_EQ(map.at("one"), std::vector{1});
          EXPECT_EQ(map.size(), 2U);
          EXPECT_EQ(hashed.at(2), "b");
          EXPECT_TRUE(pairs.contains({3, 4}));
        },
        lines, names, std::set<std::pair<int, int>>{{1, 2}, {3, 4}});
  });
}

TEST(ProcessArgument, OptionalsVariantsAndTuples) {
  on_manager([] {
    using Either = std::variant<std::monostate, int, std::string, int>;
    run(
        [](std::optional<std::string> some, std::optional<std::string> none, std::optional<int> number) {
          EXPECT_EQ(some, "some");
          EXPECT_FALSE(none);
          EXPECT_EQ(number, 3);
        },
        std::optional<std::string>("some"), std::optional<std::string>(), std::optional<int>(3));
    run(
        [](const Either& empty, const Either& text, const Either& last) {
          EXPECT_EQ(empty.index(), 0U);
          EXPECT_EQ(std::get<2>(text), "text");
          EXPECT_EQ(last.index(), 3U);
          EXPECT_EQ(std::get<3>(last), 9);
        },
        Either(), Either(std::in_place_index<2>, "text"), Either(std::in_place_index<3>, 9));
    run([](const std::tuple<int, std::string, std::pair<std::string, double>>& all,
           std::tuple<>) { EXPECT_EQ(all, std::tuple(1, "two", std::pair(std::string("three"), 4.0))); },
        std::tuple(1, std::string("two"), std::pair(std::string("three"), 4.0)), std::tuple<>());
  });
}

TEST(ProcessArgument, HandlesReferToTheSameObjectHoweverTheyAreTaken) {
  on_manager([] {
    const auto list = shared().list<int>();
    const auto value = shared().value<long>(1);
    run(
        [](List<int> by_value, Value<long> v) {
          by_value.append(1);
          v += 10;
        },
        list, value);
    run(
        [](List<int>& by_reference, Value<long>& v) {
          by_reference.append(2);
          v += 100;
        },
        list, value);
    run(
        [](const List<int>& by_constant, const Value<long>& v) {
          by_constant.append(3);
          v += 1000;
        },
        list, value);
    run([](auto&&... all) { (all.append(4), ...); }, list, list);
    EXPECT_EQ(list.copy(), (std::vector{1, 2, 3, 4, 4}));
    EXPECT_EQ(value.get(), 1111);
  });
}

TEST(ProcessArgument, HandlesInsideOfOtherArguments) {
  on_manager([] {
    const auto list = shared().list<int>();
    run(
        [](const std::vector<List<int>>& lists, std::optional<List<int>> perhaps,
           std::map<std::string, List<int>> named, std::tuple<List<int>, int> with_number, const Job& job) {
          for (const auto& one : lists) one.append(1);
          perhaps->append(2);
          named.at("it").append(3);
          std::get<0>(with_number).append(std::get<1>(with_number));
          job.results.append(static_cast<int>(job.name.size()));
        },
        std::vector{list, list}, std::optional(list), std::map<std::string, List<int>>{{"it", list}},
        std::tuple(list, 4), Job{"five!", list});
    EXPECT_EQ(list.copy(), (std::vector{1, 1, 2, 3, 4, 5}));
  });
}

TEST(ProcessArgument, AnEmptyHandleArrivesEmpty) {
  on_manager([] {
    run(
        [](List<int> list, const Job& job, Value<int> value) {
          EXPECT_FALSE(list.valid() || job.results.valid() || value.valid());
          EXPECT_NE(usage_error([&] { list.append(1); }), "");
        },
        List<int>(), Job{"nothing", {}}, Value<int>());
  });
}

TEST(ProcessArgument, AHandleIsAliveThoughItsMakerDroppedIt) {
  on_manager([] {
    const auto sum = shared().value<int>();
    std::vector<Process> processes;
    for (int i = 0; i < 20; ++i) {
      processes.emplace_back([](List<int> list, Value<int> to) { to += list.get(0); },
                             shared().list<int>({i}), sum);
    }
    start_all(processes);
    join_all(processes);
    EXPECT_EQ(sum.get(), 190);
  });
}

TEST(ProcessArgument, IsConvertedAtTheCall) {
  on_manager([] {
    run(
        [](double a, std::size_t b, long c, const std::string& text, std::optional<int> perhaps) {
          EXPECT_EQ(a, 3);
          EXPECT_EQ(b, 4U);
          EXPECT_EQ(c, 5);
          EXPECT_EQ(text, "text");
          EXPECT_EQ(perhaps, 6);
        },
        3, 4, short{5}, "text", 6);
    run(
        [](std::string_view of_a_string, const std::vector<int>& from_size) {
          EXPECT_EQ(of_a_string, "kept");
          EXPECT_EQ(from_size.size(), 1U);
        },
        "kept", std::vector{1});
  });
}

TEST(ProcessArgument, IsCopiedWhenTheProcessIsMade) {
  on_manager([] {
    std::vector<std::string> words = {"before"};
    Process process([](const std::vector<std::string>& got) { EXPECT_EQ(got.at(0), "before"); }, words);
    words[0] = "after";
    run_elsewhere(process);
    EXPECT_EQ(process.exitcode(), 0);
  });
}

TEST(ProcessArgument, IsMovedIntoTheTarget) {
  on_manager([] {
    run(
        [](std::vector<int> taken, std::string&& text) {
          EXPECT_EQ(taken.size(), 3U);
          EXPECT_EQ(std::string(std::move(text)), "text");
        },
        std::vector{1, 2, 3}, "text");
  });
}

TEST(ProcessArgument, ThirtyOfThem) {
  on_manager([] {
    run([](auto... all) { EXPECT_EQ((0 + ... + static_cast<int>(all)), 465); }, 1, 2L, 3.0, 4, 5U, 6, 7, 8, 9,
        10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  });
}

TEST(ProcessArgument, ManyProcessesKeepTheirsApart) {
  on_manager([] {
    const auto seen = shared().list<std::string>(200, "");
    std::vector<Process> processes;
    for (int i = 0; i < 200; ++i) {
      processes.emplace_back([](List<std::string> to, int at, const std::string& text) { to[at] = text; },
                             seen, i,
                             std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
    }
    start_all(processes);
    join_all(processes);
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(seen.get(i), std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
    }
  });
}

}  // namespace
}  // namespace cohort::test
