// SPDX-License-Identifier: BSL-1.0
// Which types may be arguments and elements, and which point at what another rank does not have.
#include <gtest/gtest.h>
#include <cohort/cohort.hpp>

#include <bitset>
#include <boost/serialization/access.hpp>
#include <boost/serialization/string.hpp>
#include <chrono>
#include <complex>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace cohort::test {
namespace {

struct Point {
  double x, y;
};
struct Named {
  std::string name;
};
struct Archived {
  std::string name;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name;
  }
};
class Private {
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name_;
  }
  std::string name_;
};
struct Final final {
  std::string name;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name;
  }
};
struct Derived : Archived {};
struct Outside {
  std::string name;
};
template <class Archive>
void serialize(Archive& archive, Outside& outside, unsigned /*version*/) {
  archive& outside.name;
}
enum class Colour { red };
union Either {
  int number;
  float fraction;
};
[[maybe_unused]] int twice(int n) { return 2 * n; }

// As they are.
static_assert(Travels<int> && Travels<bool> && Travels<char> && Travels<double> && Travels<long double>);
static_assert(Travels<Colour> && Travels<Either> && Travels<Point> && Travels<std::byte>);
static_assert(Travels<std::complex<double>> && Travels<std::bitset<77>> && Travels<std::chrono::nanoseconds>);
static_assert(Travels<std::chrono::system_clock::time_point> && Travels<std::thread::id> &&
              Travels<std::monostate>);
static_assert(is_inline<Point> && is_inline<Colour> && !is_inline<std::string> &&
              !is_inline<std::vector<int>>);

// Member by member.
static_assert(Travels<std::string> && Travels<std::wstring> && Travels<std::u8string>);
static_assert(Travels<std::vector<int>> && Travels<std::vector<std::string>> &&
              Travels<std::vector<std::vector<Point>>>);
static_assert(Travels<std::deque<int>> && Travels<std::list<std::string>>);
static_assert(Travels<std::set<int>> && Travels<std::multiset<std::string>> &&
              Travels<std::unordered_set<int>>);
static_assert(Travels<std::map<std::string, int>> && Travels<std::multimap<int, std::string>>);
static_assert(Travels<std::unordered_map<std::string, std::vector<int>>>);
static_assert(Travels<std::pair<std::string, int>> && Travels<std::tuple<>> &&
              Travels<std::tuple<int, std::string>>);
static_assert(Travels<std::optional<std::string>> && Travels<std::optional<int>>);
static_assert(Travels<std::variant<std::monostate, int, std::string>>);
static_assert(Travels<std::array<int, 4>> && Travels<std::array<std::string, 4>> &&
              Travels<std::array<int, 0>>);
static_assert(Travels<std::vector<bool>>);

// By what they say of themselves.
static_assert(Travels<Archived> && Travels<Private> && Travels<Final> && Travels<Derived> &&
              Travels<Outside>);
static_assert(Travels<std::vector<Archived>> && Travels<std::map<int, Private>> && !Travels<Named>);
static_assert(Travels<List<int>> && Travels<List<List<std::string>>> && Travels<Value<double>>);
static_assert(Travels<std::vector<List<int>>> && Travels<std::optional<Value<int>>>);
static_assert(Travels<decltype(partial(twice, 1))>);

// Not at all.
static_assert(!Travels<int*> && !Travels<const char*> && !Travels<void*> && !Travels<std::nullptr_t>);
static_assert(!Travels<int&> && !Travels<int Point::*> && !Travels<void (*)()>);
static_assert(!Travels<std::string_view> && !Travels<std::wstring_view> && !Travels<std::span<int>>);
static_assert(!Travels<std::span<const int, 3>> && !Travels<std::reference_wrapper<int>>);
static_assert(!Travels<std::unique_ptr<int>> && !Travels<std::shared_ptr<int>> &&
              !Travels<std::function<void()>>);
static_assert(!Travels<Named> && !Travels<std::thread> && !Travels<Process>);
static_assert(!Travels<std::vector<int*>> && !Travels<std::vector<std::string_view>> &&
              !Travels<std::set<const char*>>);
static_assert(!Travels<std::map<std::string, int*>> && !Travels<std::map<const char*, int>>);
static_assert(!Travels<std::pair<int, std::string_view>> && !Travels<std::tuple<std::string, int*>>);
static_assert(!Travels<std::vector<Named>> && !Travels<std::optional<Named>> &&
              !Travels<std::variant<int, Named>>);
static_assert(!Travels<std::vector<std::unique_ptr<int>>> && !Travels<std::forward_list<int>>);

TEST(Travels, IsAskedWhenThisFileIsCompiled) { SUCCEED(); }

// These are trivially copyable, and yet they point.
TEST(Travels, PointersAreSeenInsideOfWhatIsTriviallyCopyable) {
  EXPECT_FALSE(Travels<std::optional<int*>>);
  EXPECT_FALSE(Travels<std::optional<std::string_view>>);
  EXPECT_FALSE((Travels<std::array<const char*, 2>>));
  EXPECT_FALSE((Travels<std::array<std::string_view, 2>>));
  EXPECT_FALSE((Travels<std::variant<int, const char*>>));
  EXPECT_FALSE(Travels<std::vector<std::optional<int*>>>);
  EXPECT_FALSE((Travels<std::tuple<std::optional<std::span<int>>>>));
}

}  // namespace
}  // namespace cohort::test
