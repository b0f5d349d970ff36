// SPDX-License-Identifier: BSL-1.0
// Values become bytes and come back equal.
#include <gtest/gtest.h>
#include <cohort/codec.hpp>

#include <boost/serialization/access.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <complex>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace cohort::test {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return encoder.buffer();
}

template <class T>
T back(const T& value) {
  const auto bytes = bytes_of(value);
  Decoder decoder(bytes);
  T decoded = decode<T>(decoder);
  EXPECT_THROW(decoder.take(1), DataError) << "bytes are left";
  return decoded;
}

struct Point {
  double x, y;
  bool operator==(const Point&) const = default;
};

struct Record {
  std::string name;
  std::vector<int> numbers;
  std::map<std::string, double> parts;
  bool operator==(const Record&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& name& numbers& parts;
  }
};

class Folder {
 public:
  Folder() = default;
  Folder(std::vector<Record> records, int depth) : records_(std::move(records)), depth_(depth) {}
  bool operator==(const Folder&) const = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& records_& depth_;
  }
  std::vector<Record> records_;
  int depth_ = 0;
};

TEST(Codec, NumbersComeBack) {
  EXPECT_EQ(back(std::numeric_limits<std::int64_t>::min()), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(back(0.1), 0.1);
  EXPECT_EQ(back(true), true);
  EXPECT_EQ(back('c'), 'c');
  EXPECT_EQ(back(Point{1, 2}), (Point{1, 2}));
  EXPECT_EQ(back(std::complex<double>(1, 2)), std::complex<double>(1, 2));
  EXPECT_EQ(bytes_of(std::int32_t{1}).size(), 4U);
  EXPECT_EQ(bytes_of(Point{}).size(), sizeof(Point));
}

TEST(Codec, StringsComeBack) {
  EXPECT_EQ(back(std::string()), "");
  EXPECT_EQ(back(std::string("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(back(std::string(100'000, 'x')), std::string(100'000, 'x'));
  EXPECT_EQ(back(std::wstring(L"wide")), L"wide");
  EXPECT_EQ(back(std::u32string(U"\U0001F600")), U"\U0001F600");
}

TEST(Codec, ContainersComeBack) {
  const std::vector<std::string> words = {"to", "", "be"};
  EXPECT_EQ(back(words), words);
  EXPECT_EQ(back(std::vector<int>{}), std::vector<int>{});
  EXPECT_EQ(back(std::deque<std::string>{"a", "b"}), (std::deque<std::string>{"a", "b"}));
  EXPECT_EQ(back(std::list<int>{1, 2}), (std::list<int>{1, 2}));
  EXPECT_EQ(back(std::set<std::string>{"b", "a"}), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(back(std::multiset<int>{1, 1, 2}), (std::multiset<int>{1, 1, 2}));
  EXPECT_EQ(back(std::unordered_set<int>{1, 2}), (std::unordered_set<int>{1, 2}));
  EXPECT_EQ(back(std::array<std::string, 2>{"a", "b"}), (std::array<std::string, 2>{"a", "b"}));
  const std::map<std::string, std::vector<int>> map = {{"a", {1}}, {"b", {}}};
  EXPECT_EQ(back(map), map);
  const std::multimap<int, std::string> multi = {{1, "a"}, {1, "b"}};
  EXPECT_EQ(back(multi), multi);
  const std::unordered_map<std::string, Point> points = {{"a", {1, 2}}};
  EXPECT_EQ(back(points), points);
}

TEST(Codec, VectorsOfBoolComeBack) {
  const std::vector<bool> flags = {true, false, true, true};
  EXPECT_EQ(back(flags), flags);
  EXPECT_EQ(back(std::vector<std::vector<bool>>{flags, {}}), (std::vector<std::vector<bool>>{flags, {}}));
}

TEST(Codec, AlternativesComeBack) {
  using Choice = std::variant<std::monostate, int, std::string, std::vector<double>, int>;
  EXPECT_EQ(back(Choice()), Choice());
  EXPECT_EQ(back(Choice(std::in_place_index<4>, 3)), Choice(std::in_place_index<4>, 3));
  EXPECT_EQ(back(Choice("text")), Choice("text"));
  EXPECT_EQ(back(std::optional<std::string>()), std::optional<std::string>());
  EXPECT_EQ(back(std::optional<std::string>("")), std::optional<std::string>(""));
  EXPECT_EQ(back(std::optional<int>(4)), std::optional<int>(4));
  using Nested = std::optional<std::optional<std::string>>;
  EXPECT_EQ(back(Nested(std::in_place, std::nullopt)), Nested(std::in_place, std::nullopt));
}

TEST(Codec, TuplesComeBackInOrder) {
  const std::tuple<int, std::string, std::pair<char, std::string>> all = {1, "two", {'3', "four"}};
  EXPECT_EQ(back(all), all);
  EXPECT_EQ(back(std::tuple<>()), std::tuple<>());
  EXPECT_EQ(back(std::pair<std::string, std::string>("a", "b")),
            (std::pair<std::string, std::string>("a", "b")));
}

TEST(Codec, ClassesWithSerializeComeBack) {
  const Record record = {"name", {1, 2, 3}, {{"half", 0.5}}};
  EXPECT_EQ(back(record), record);
  EXPECT_EQ(back(Record()), Record());
  const Folder folder({record, Record(), record}, 7);
  EXPECT_EQ(back(folder), folder);
  EXPECT_EQ(back(std::vector<Folder>{folder, Folder()}), (std::vector<Folder>{folder, Folder()}));
  const std::map<std::string, std::optional<Record>> records = {{"some", record}, {"none", std::nullopt}};
  EXPECT_EQ(back(records), records);
}

TEST(Codec, ValuesFollowEachOther) {
  Encoder encoder;
  encode(encoder, std::string("first"));
  encode(encoder, Record{"second", {2}, {}});
  encode(encoder, 3);
  const auto bytes = encoder.buffer();
  Decoder decoder(bytes);
  EXPECT_EQ(decode<std::string>(decoder), "first");
  EXPECT_EQ(decode<Record>(decoder).name, "second");
  EXPECT_EQ(decode<int>(decoder), 3);
  encoder.clear();
  EXPECT_TRUE(encoder.encoded().bytes.empty());
}

TEST(Codec, EqualValuesHaveEqualBytes) {
  EXPECT_EQ(bytes_of(std::vector<std::string>{"a", "b"}), bytes_of(std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(bytes_of(Record{"n", {1}, {}}), bytes_of(Record{"n", {1}, {}}));
  EXPECT_NE(bytes_of(std::vector<std::string>{"ab"}), bytes_of(std::vector<std::string>{"a", "b"}));
}

// Values of a deep type, chosen by chance.
using Deep = std::map<std::string,
                      std::vector<std::variant<int, std::string, std::optional<std::tuple<Point, Record>>>>>;

Deep random_value(std::mt19937& random) {
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  const auto text = [&] { return std::string(below(40), static_cast<char>('a' + below(26))); };
  Deep value;
  for (unsigned entries = below(5); entries > 0; --entries) {
    auto& list = value[text()];
    for (unsigned elements = below(6); elements > 0; --elements) {
      switch (below(4)) {
        case 0:
          list.emplace_back(static_cast<int>(random()));
          break;
        case 1:
          list.emplace_back(text());
          break;
        case 2:
          list.emplace_back(std::nullopt);
          break;
        default: {
          Record record{text(), std::vector<int>(below(10), static_cast<int>(below(100))), {{text(), 1.5}}};
          list.emplace_back(std::tuple(Point{1.0 * below(9), 2}, std::move(record)));
        }
      }
    }
  }
  return value;
}

TEST(Codec, DeepValuesComeBack) {
  std::mt19937 random(20240607);
  for (int i = 0; i < 2000; ++i) {
    const Deep value = random_value(random);
    ASSERT_EQ(back(value), value);
  }
}

}  // namespace
}  // namespace cohort::test
